#pragma once

#include <string>
#include <string_view>

/// What may be repeated of a text that somebody gave and that is refused: it may be half a line, or a line in the wrong
/// place, with a password in it. Every error that quotes such a text does it by one of these. Pure functions.
namespace snom::language {

/// The first word of what cannot be understood: its first run of letters, digits, `_`, `-`, `.` and `+` (ASCII), 64
/// bytes at most. No more of such a text may be shown: nobody knows which part of it is a password.
[[nodiscard]] std::string_view first_word(std::string_view text);

/// Text as it may be shown: the password of each URI in it (`sip:user:password@host`, `http://user:password@host`) is
/// left out with its colon. Nothing else changes.
[[nodiscard]] std::string without_uri_passwords(std::string_view text);

/// Where one word is expected: the first word, and " ..." when there is more. In quotes, as text.h's in_quotes() does.
[[nodiscard]] std::string to_its_first_word(std::string_view text);
[[nodiscard]] std::string in_quotes_to_its_first_word(std::string_view text);

/// Where one number, name, address or line of text is expected: these hold characters that no word has. To the first
/// blank (or TAB or line end), and " ..." when there is more: a quote in the wrong place puts a password behind it. A
/// password in a URI is left out, and of what looks like an action or a row of arguments (`api+`, `^^,`) no more than
/// the first word is there.
[[nodiscard]] std::string to_its_blank(std::string_view text);
[[nodiscard]] std::string in_quotes_to_its_blank(std::string_view text);

/// What toml++ says of a file that it cannot read. Of the file's text that is a few characters, or the name of a
/// setting that is there twice, whole: of that no more than its first word is shown.
[[nodiscard]] std::string shown_toml_error(std::string_view description);

}  // namespace snom::language
