#include "snomd/about.h"

namespace snom::snomd {

About::Listener listener_of(const std::string& line) {
  const auto space = line.find(' ');
  auto name = line.substr(0, space);
  auto address = line.substr(space + 1);
  const auto colon = address.find(':');
  const auto transport = address.substr(0, colon);
  if (transport != "udp" && transport != "tcp" && transport != "tls") return {"", std::move(name), std::move(address)};
  return {std::move(name), transport, address.substr(colon + 1)};
}

}  // namespace snom::snomd
