#pragma once

#include <string>
#include <string_view>

namespace snom::http {

/// "Basic dXNlcjpwYXNz" (RFC 7617), the value of Authorization.
[[nodiscard]] std::string basic_credentials(std::string_view username, std::string_view password);

/// RFC 4648 section 4, in one line.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace snom::http
