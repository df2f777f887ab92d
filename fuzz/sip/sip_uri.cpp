#include "sip/sip_uri.h"

#include "sip/nta_glue.h"
#include "targets.h"

namespace snom::fuzz {

/// Two URIs, a line each.
void sip_uri(std::string_view input) {
  const auto a = sip::parse_sip_uri(take_line(input));
  const auto b = sip::parse_sip_uri(input);
  for (const auto& one : {a, b}) {
    if (!one) continue;
    must(one->scheme == "sip" || one->scheme == "sips", "only SIP's URIs are read");
    must(!one->host.empty(), "a URI has a host");
    must(sip::same_uri(*one, *one), "a URI is the same as itself");
    (void)sip::is_ip_address(one->host);
    (void)one->parameter("transport");
  }
  if (a && b) must(sip::same_uri(*a, *b) == sip::same_uri(*b, *a), "what is the same is so from both sides");

  const auto address = sip::parse_transport_address(input);
  if (!address) return;
  must(sip::parse_transport_address(address->to_string()) == *address, "an address is read back as it was written");
}

}  // namespace snom::fuzz
