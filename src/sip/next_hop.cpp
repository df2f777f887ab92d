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
  if (parsed->scheme == "sips") return refused("needs TLS, which is not spoken here");
  TransportAddress hop;
  const std::string_view maddr = parsed->parameter("maddr");
  hop.host = maddr.empty() ? parsed->host : bare_host(maddr);
  hop.port = parsed->port.value_or(default_port);
  hop.transport = language::lower_case(parsed->parameter("transport"));
  if (hop.transport.empty()) hop.transport = "udp";
  if (hop.transport != "udp" && hop.transport != "tcp") return refused("names a transport that is not spoken here");
  return hop;
}

}  // namespace snom::sip
