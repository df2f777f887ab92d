#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace snom::language {

/// The parameters of an authentication header (RFC 7235 section 2.1, RFC 3261 section 25.1): `name=value, ...` where a
/// value is a token or a quoted-string. Values are held without quotes and escapes.
class AuthParameters {
 public:
  /// Reads what follows `scheme` (compared without case). nullopt for another scheme, a malformed list, a control
  /// character, a name given twice or more than 64 parameters.
  [[nodiscard]] static std::optional<AuthParameters> parse(std::string_view header_value, std::string_view scheme);

  /// The value; nullptr when the header does not have it. `name` in lower case.
  [[nodiscard]] const std::string* find(std::string_view name) const;

  /// The value, or an empty text.
  [[nodiscard]] std::string value_or_empty(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;  ///< names in lower case
};

/// A quoted-string. Control characters but TAB cannot stand in one and are left out, so no value can start a new header
/// line.
[[nodiscard]] std::string quoted_string(std::string_view value);

}  // namespace snom::language
