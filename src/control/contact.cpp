#include "control/contact.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "language/text.h"

namespace snom::control {
namespace {

/// An IPv4 address as its IPv6 form, so that both ways of writing it compare.
using Address = std::array<unsigned char, 16>;

std::optional<Address> address(std::string_view text) {
  const std::string host(text);
  if (host.find('\0') != std::string::npos) return std::nullopt;
  Address bytes{};
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) return bytes;
  constexpr std::size_t mapped = 12;
  if (inet_pton(AF_INET, host.c_str(), bytes.data() + mapped) != 1) return std::nullopt;
  bytes[10] = bytes[11] = 0xff;
  return bytes;
}

}  // namespace

std::string_view host_of_uri(std::string_view uri) {
  const auto scheme = uri.find(':');
  if (scheme == std::string_view::npos) return {};
  uri.remove_prefix(scheme + 1);
  // A user may hold ';' and '?' (section 25.1), so the '@' comes first.
  if (const auto at = uri.find('@'); at != std::string_view::npos) uri.remove_prefix(at + 1);
  if (uri.starts_with('[')) {
    const auto end = uri.find(']');
    return end == std::string_view::npos ? std::string_view{} : uri.substr(1, end - 1);
  }
  return uri.substr(0, uri.find_first_of(":;?>/"));
}

bool same_address(std::string_view a, std::string_view b) {
  const auto first = address(a);
  return first && first == address(b);
}

bool is_at_its_source(const Registration& registration) {
  return registration.direct && same_address(host_of_uri(registration.contact), registration.network_host);
}

}  // namespace snom::control
