#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "language/error.h"

/// Settings files, by which Snoms are provisioned: what they say of function keys (Snom, "<functionKeys> tag"). Pure
/// functions.
namespace snom::language {

/// `<fkey idx="1" context="active" label="DND" perm="">button 2</fkey>`
struct FunctionKeySetting {
  int index = 0;                   ///< from 0: the phone's own keys, then those of its expansion modules
  std::string context = "active";  ///< "active", or the number of an identity
  std::string label;
  std::string perm;  ///< "", "RW", "$": taken, and may be changed at the phone; "R", "&", " ": may not; "!": not taken
                     ///< once it was changed at the phone
  std::string type;  ///< in lower case: "button", "blf", "url", "xml", "line", "none" ...
  std::string argument;  ///< what follows the type: "2", "<sip:1001@example.com>", "http://..."
  bool operator==(const FunctionKeySetting&) const = default;
};

/// What is read of a settings file.
struct PhoneSettings {
  std::vector<FunctionKeySetting> keys;  ///< in the file's order, each index once
  bool operator==(const PhoneSettings&) const = default;
};

/// Keys that a file may set, and the largest file.
inline constexpr int last_function_key = 511;
inline constexpr std::size_t largest_settings = 1024 * 1024;

/// `<settings><functionKeys>...`, a line for each key. What is in `settings` has to be UTF-8 without control
/// characters.
[[nodiscard]] std::string write_phone_settings(const PhoneSettings& settings);

/// Reads `<settings>` that hold `<functionKeys>` (or `<function-keys>`), or that element alone, and passes over all
/// other settings. At most 1 MiB and 20,000 elements; indices 0 to 511, each once; contexts `active` or 1 to 12; labels
/// of at most 1024 bytes, arguments of at most 16 KiB (escaped, as CDATA or as XML), without control characters but
/// line ends. The error's argument is "settings", and its text names the key.
[[nodiscard]] tl::expected<PhoneSettings, Error> parse_phone_settings(std::string_view text);

/// The URI of a `blf` key's argument: "<sip:1001@example.com>|*8" and "sip:1001@example.com|*8" are both
/// "sip:1001@example.com"; empty when there is none.
[[nodiscard]] std::string uri_of_blf(std::string_view argument);

}  // namespace snom::language
