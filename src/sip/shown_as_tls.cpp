#include "sip/shown_as_tls.h"

#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

constexpr const char* tls_protocol = "SIP/2.0/TLS";

/// The Via that nta keeps with each listening transport, and with the connections of it.
[[nodiscard]] sip_via_t* via_of(const tport_t* tport) { return reinterpret_cast<sip_via_t*>(tport_magic(tport)); }

}  // namespace

void ShownAsTls::show(tport_t* primary, const TransportAddress& at) {
  for (sip_via_t* via = via_of(primary); via != nullptr; via = via->v_next) {
    via->v_protocol = tls_protocol;
    via->v_host = texts_.emplace_back(bracketed(at.host)).c_str();
    via->v_port = at.port == default_tls_port ? nullptr : texts_.emplace_back(std::to_string(at.port)).c_str();
  }
}

bool is_shown_as_tls(const tport_t* tport) {
  const sip_via_t* via = tport == nullptr ? nullptr : via_of(tport);
  return via != nullptr && via->v_protocol == tls_protocol;
}

std::string outlet_url(std::uint16_t port) { return "sip:127.0.0.1:" + std::to_string(port) + ";transport=tcp"; }

}  // namespace snom::sip
