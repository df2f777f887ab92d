#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <tl/expected.hpp>

#include "control/registration.h"
#include "language/error.h"

/// The first argument of snom_command: which phone. Pure functions.
namespace snom::control {

/// A phone's web page by its address: "http://192.0.2.7", "https://[2001:db8::7]:8443", without a slash at the end.
struct WebAddress {
  std::string base;
  bool operator==(const WebAddress&) const = default;
};

/// Either the phone's own address, or who is to be looked up in the directory.
using PhoneAddress = std::variant<WebAddress, Directory::Query>;

/// Takes `192.0.2.7`, `192.0.2.7:8080`, `2001:db8::7`, `[2001:db8::7]`, `[2001:db8::7]:8080`,
/// `http(s)://host[:port][/]`, and for users `[profile/]user[@host]` with profile `*` for any. A bare host name is
/// taken for a user, as ever. The error's argument is "ip|user". An address with credentials in it is refused and never
/// repeated.
[[nodiscard]] tl::expected<PhoneAddress, language::Error> parse_phone_address(std::string_view text);

/// `[profile/]user[@host]` as it stands: nothing is checked.
[[nodiscard]] Directory::Query parse_user(std::string_view text);

/// The web page of a registered phone: the configured one, else plain HTTP, port 80, at the address it registered from.
/// The error says that nothing shows that this is the phone's own address, and what to configure.
[[nodiscard]] tl::expected<std::string, std::string> web_address(const Registration& registration);

/// A URL as outcomes show it: without credentials and query.
[[nodiscard]] std::string shown_url(std::string_view url);

}  // namespace snom::control
