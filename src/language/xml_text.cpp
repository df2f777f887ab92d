#include "language/xml_text.h"

#include "language/text.h"

namespace snom::language {
namespace {

/// The first character of a text that is not empty; empty: its first byte begins none.
std::string_view first_character(std::string_view text) {
  constexpr std::size_t longest = 4;
  for (std::size_t length = 1; length <= longest && length <= text.size(); ++length) {
    if (is_utf8(text.substr(0, length))) return text.substr(0, length);
  }
  return {};
}

void append(std::string_view character, std::string& written) {
  constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
  constexpr std::string_view kept = "\t\n\r";
  if (character.empty()) {
    written += replacement;
    return;
  }
  switch (character.front()) {
    case '&':
      written += "&amp;";
      break;
    case '<':
      written += "&lt;";
      break;
    case '>':
      written += "&gt;";
      break;
    case '"':
      written += "&quot;";
      break;
    case '\'':
      written += "&#39;";
      break;
    default:
      if (has_noncharacter(character)) return;
      if (static_cast<unsigned char>(character.front()) < ' ' && kept.find(character.front()) == std::string_view::npos)
        return;
      written += character;
  }
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string written;
  written.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    append(character, written);
    text.remove_prefix(character.empty() ? 1 : character.size());
  }
  return written;
}

}  // namespace snom::language
