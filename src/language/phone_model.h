#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace snom::language {

/// What a phone's User-Agent says of it: "snom370/7.3.14", "snomD862/10.1.226.13".
struct PhoneModel {
  std::string name;           ///< "370", "D862", "MP"; in capitals
  std::vector<int> firmware;  ///< {10, 1, 226, 13}; empty when not told
  bool operator==(const PhoneModel&) const = default;
};

/// nullopt when the header names no Snom, or one of our programs (snomd, snomphone, snomctl). Models without a number
/// are models too: snomMP. A firmware whose name has no points and none of Snom's forms counts as not told. Case of
/// "snom" does not matter; what follows the first blank is passed over.
[[nodiscard]] std::optional<PhoneModel> parse_user_agent(std::string_view header);

}  // namespace snom::language
