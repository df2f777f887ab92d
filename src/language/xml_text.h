#pragma once

#include <string>
#include <string_view>

namespace snom::language {

/// Text as it stands in an element or a quoted attribute of XML or HTML. Of the characters that XML has none for (C0
/// but TAB, LF and CR; U+FFFE, U+FFFF) nothing stays, of broken UTF-8 each byte is U+FFFD.
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace snom::language
