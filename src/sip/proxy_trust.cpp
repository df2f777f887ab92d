#include "sip/proxy_trust.h"

#include <algorithm>

#include "control/contact.h"
#include "language/text.h"

namespace snom::sip {
namespace {

constexpr std::size_t longest_user = 64;

}  // namespace

bool ProxyTrust::includes(std::string_view source_host) const {
  return std::ranges::any_of(addresses,
                             [&](const std::string& address) { return control::same_address(address, source_host); });
}

bool is_user_name(std::string_view user) {
  return !user.empty() && user.size() <= longest_user && language::is_utf8(user) &&
         !language::has_control_character(user) && user.find_first_of(" /@*,;\"<>") == std::string_view::npos;
}

}  // namespace snom::sip
