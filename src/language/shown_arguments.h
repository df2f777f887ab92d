#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What a program says of its arguments. Pure functions.
namespace snom::language {

/// A URL, or what was meant to be one, as it may be shown: printable, and with "***" where a password stands, before
/// the last `@` (RFC 3986 section 3.2.1) or after "password=". Where the text cannot be read as a URL, rather too much
/// is left out than too little; a file's name that begins with '/' or '.' stays as it is.
[[nodiscard]] std::string without_password(std::string_view url);

/// Why a program does not start with its arguments, in lines with their ends: those that it does not know, in their
/// order and without_password(), and what else is wrong (`why`; may be empty). Printable, whatever was written there.
[[nodiscard]] std::string wrong_arguments(std::string_view why, const std::vector<std::string>& unknown);

}  // namespace snom::language
