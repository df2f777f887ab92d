#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "language/error.h"

namespace snom::language {

/// Longest name of a key, in bytes.
inline constexpr std::size_t max_key_bytes = 64;
/// Longest label, number or caller of a key, in bytes.
inline constexpr std::size_t max_value_bytes = 1024;

/// True for well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// Where a file is no UTF-8, and what it is instead as far as that can be told, for who saved it.
struct NotUtf8 {
  int line = 1;
  std::string what;
};
/// nullopt for well-formed UTF-8, a byte order mark before it or not.
[[nodiscard]] std::optional<NotUtf8> why_not_utf8(std::string_view file);

/// True if well-formed UTF-8 holds a control character: C0 (CR, LF, TAB, NUL ...), DEL or C1 (U+0080 to U+009F).
[[nodiscard]] bool has_control_character(std::string_view utf8);

/// True if well-formed UTF-8 holds U+FFFE or U+FFFF, which XML cannot write in any way (XML 1.0 section 2.2).
[[nodiscard]] bool has_noncharacter(std::string_view utf8);

/// True for a character that does nothing to a terminal or to the text around it but stand there. None are control
/// characters, line and paragraph separators, and those that turn the direction of writing (Unicode Standard Annex 9).
[[nodiscard]] bool is_printable(char32_t code_point);

/// What a terminal, a line of a log or a reply shows of any bytes: what is not printable becomes `\n`, `\r`, `\t`, or
/// `\xHH` for each byte. Whatever comes from elsewhere and is read by a person goes through here.
[[nodiscard]] std::string printable(std::string_view text);
/// The same of a text of several lines: line feeds stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// The text between single quotes, fit for one line of a log or reply: printable, cut after about 80 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// ASCII letters in lower case; whatever else it holds stays.
[[nodiscard]] std::string lower_case(std::string_view text);
/// Whether two texts are one but for the case of ASCII letters.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Without the blanks and line ends around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// The first `most` bytes of UTF-8, or a few less where that would be in the middle of a character.
[[nodiscard]] std::string_view first_bytes(std::string_view utf8, std::size_t most);

/// Refuses broken UTF-8, control characters and more than `max_bytes` bytes; the error carries `argument`.
[[nodiscard]] tl::expected<void, Error> check_text(std::string_view argument, std::string_view value,
                                                   std::size_t max_bytes);

/// check_text for the name of a key, which must not be empty or only blanks either.
[[nodiscard]] tl::expected<void, Error> check_key(std::string_view argument, std::string_view value);

}  // namespace snom::language
