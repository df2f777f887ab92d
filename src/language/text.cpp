#include "language/text.h"

#include <algorithm>
#include <optional>

#include "language/refused.h"

namespace snom::language {
namespace {

/// One character's code point and its length in bytes.
struct CodePoint {
  char32_t value;
  std::size_t length;
};

/// The first character of a non-empty text; nullopt when its bytes are not well-formed UTF-8.
std::optional<CodePoint> first_code_point(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return CodePoint{lead, 1};
  std::size_t length = 0;
  char32_t value = 0;
  char32_t smallest = 0;  // what a shorter form could hold is overlong here
  if ((lead & 0xE0U) == 0xC0U) {
    length = 2, value = lead & 0x1FU, smallest = 0x80;
  } else if ((lead & 0xF0U) == 0xE0U) {
    length = 3, value = lead & 0x0FU, smallest = 0x800;
  } else if ((lead & 0xF8U) == 0xF0U) {
    length = 4, value = lead & 0x07U, smallest = 0x10000;
  } else {
    return std::nullopt;
  }
  if (text.size() < length) return std::nullopt;
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0U) != 0x80U) return std::nullopt;
    value = (value << 6U) | (next & 0x3FU);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest || surrogate || value > 0x10FFFF) return std::nullopt;
  return CodePoint{value, length};
}

bool is_control(char32_t code_point) { return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F); }

/// Takes what stands there of printable ASCII, which most texts are through and through.
std::string_view take_ascii(std::string_view& text) {
  const auto is_other = [](char c) { return c < ' ' || c > '~'; };
  const auto end = std::find_if(text.begin(), text.end(), is_other);
  const auto ascii = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(ascii.size());
  return ascii;
}

/// Takes the first character, or stray byte, from a non-empty text, and appends what is shown of it.
void take_printable(std::string_view& text, std::string& shown) {
  constexpr std::string_view hex = "0123456789abcdef";
  const auto character = first_code_point(text);
  const auto bytes = text.substr(0, character ? character->length : 1);
  text.remove_prefix(bytes.size());
  if (character && is_printable(character->value)) {
    shown += bytes;
  } else {
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      shown += {'\\', 'x', hex[byte >> 4U], hex[byte & 0x0FU]};
    }
  }
}

char in_lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool is_utf8(std::string_view text) {
  while (take_ascii(text), !text.empty()) {
    const auto character = first_code_point(text);
    if (!character) return false;
    text.remove_prefix(character->length);
  }
  return true;
}

std::optional<NotUtf8> why_not_utf8(std::string_view file) {
  const bool is_spreadsheet = file.starts_with("PK\x03\x04") || file.starts_with("\xd0\xcf\x11\xe0");
  if (is_spreadsheet) {
    return NotUtf8{1,
                   "the file is a spreadsheet, as .xlsx, .xls and .ods are (expected text: save it as CSV in UTF-8)"};
  }
  const bool marked = file.starts_with("\xff\xfe") || file.starts_with("\xfe\xff");
  // Without the mark, every second byte of what Latin letters say is zero.
  const bool zeros =
      file.size() >= 4 && (file[0] == '\0') != (file[1] == '\0') && (file[2] == '\0') != (file[3] == '\0');
  if (marked || zeros) return NotUtf8{1, "the file is UTF-16 (expected UTF-8: save it as text or CSV in UTF-8)"};
  for (auto rest = file; !rest.empty();) {
    const auto character = first_code_point(rest);
    if (character) {
      rest.remove_prefix(character->length);
      continue;
    }
    constexpr std::string_view hex = "0123456789abcdef";
    const auto read = file.substr(0, file.size() - rest.size());
    const auto byte = static_cast<unsigned char>(rest.front());
    return NotUtf8{static_cast<int>(std::count(read.begin(), read.end(), '\n')) + 1,
                   std::string("the byte 0x") + hex[byte >> 4U] + hex[byte & 0x0FU] +
                       " is not UTF-8 (a file in Windows-1252 or ISO 8859-1 has such: save it in UTF-8)"};
  }
  return std::nullopt;
}

bool has_control_character(std::string_view utf8) {
  while (take_ascii(utf8), !utf8.empty()) {
    const auto character = first_code_point(utf8);
    if (!character) return false;
    if (is_control(character->value)) return true;
    utf8.remove_prefix(character->length);
  }
  return false;
}

bool has_noncharacter(std::string_view utf8) {
  return utf8.find("\xef\xbf\xbe") != std::string_view::npos || utf8.find("\xef\xbf\xbf") != std::string_view::npos;
}

bool is_printable(char32_t code_point) {
  const auto is_in = [code_point](char32_t first, char32_t last) { return first <= code_point && code_point <= last; };
  if (is_control(code_point)) return false;
  const bool turns = code_point == 0x061C || is_in(0x200E, 0x200F) || is_in(0x202A, 0x202E) || is_in(0x2066, 0x206F);
  const bool separates = is_in(0x2028, 0x2029);
  const bool unseen = code_point == 0xFEFF || is_in(0xFFF9, 0xFFFB) || is_in(0xE0000, 0xE007F);
  return !turns && !separates && !unseen;
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (shown += take_ascii(text), !text.empty()) {
    constexpr std::string_view named = "\n\r\t";
    constexpr std::string_view names = "nrt";
    if (const auto at = named.find(text.front()); at != std::string_view::npos) {
      shown += {'\\', names[at]};
      text.remove_prefix(1);
    } else {
      take_printable(text, shown);
    }
  }
  return shown;
}

std::string printable_lines(std::string_view text) {
  std::string shown;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    shown.append(printable(text.substr(0, end))).append("\n");
  }
  return shown + printable(text);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t max_shown = 80;
  std::string shown = "'";
  while (!text.empty()) {
    if (shown.size() > max_shown) {
      shown += "...";
      break;
    }
    take_printable(text, shown);
  }
  return shown + "'";
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string_view first_bytes(std::string_view utf8, std::size_t most) {
  if (utf8.size() <= most) return utf8;
  while (most > 0 && (static_cast<unsigned char>(utf8[most]) & 0xC0U) == 0x80U) --most;
  return utf8.substr(0, most);
}

tl::expected<void, Error> check_text(std::string_view argument, std::string_view value, std::size_t max_bytes) {
  const auto refuse = [argument](std::string message) {
    return tl::unexpected(Error{std::string(argument), std::move(message)});
  };
  if (value.size() > max_bytes) {
    return refuse("is " + std::to_string(value.size()) + " bytes long (at most " + std::to_string(max_bytes) +
                  " are possible)");
  }
  if (!is_utf8(value)) return refuse(in_quotes_to_its_blank(value) + " is not well-formed UTF-8");
  if (has_control_character(value)) {
    return refuse(in_quotes_to_its_blank(value) +
                  " holds a control character (line ends, tabs and the like are not possible)");
  }
  if (has_noncharacter(value)) {
    return refuse(in_quotes_to_its_blank(value) + " holds U+FFFE or U+FFFF, which are no characters");
  }
  return {};
}

tl::expected<void, Error> check_key(std::string_view argument, std::string_view value) {
  if (value.find_first_not_of(' ') == std::string_view::npos) {
    return tl::unexpected(Error{std::string(argument), "is empty (expected the number or name of a key, such as 2)"});
  }
  return check_text(argument, value, max_key_bytes);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = in_lower_case(c);
  return lower;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return in_lower_case(x) == in_lower_case(y); });
}

}  // namespace snom::language
