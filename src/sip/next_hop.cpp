#include "sip/next_hop.h"

#include <utility>

#include "language/text.h"
#include "sip/sip_uri.h"

namespace snom::sip {

tl::expected<TransportAddress, std::string> next_hop(std::string_view uri) {
  const auto refused = [&](std::string_view why) {
    return tl::make_unexpected("'" + std::string(uri) + "' " + std::string(why));
  };
  const auto parsed = parse_sip_uri(uri);
  if (!parsed) return refused("is no SIP URI");
  TransportAddress hop;
  const std::string_view maddr = parsed->parameter("maddr");
  hop.host = maddr.empty() ? parsed->host : bare_host(maddr);
  hop.transport = language::lower_case(parsed->parameter("transport"));
  const bool secure = parsed->scheme == "sips";
  // "transport=tcp" of a SIPS URI is TLS over TCP (RFC 3261 section 26.2.2).
  if (hop.transport.empty() || (secure && hop.transport == "tcp")) hop.transport = secure ? "tls" : "udp";
  if (!is_transport(hop.transport)) return refused("names a transport that is not spoken here");
  if (secure && hop.transport != "tls") return refused("wants TLS over a transport that is not spoken here");
  hop.port = parsed->port.value_or(hop.transport == "tls" ? default_tls_port : default_port);
  return hop;
}

}  // namespace snom::sip
