#pragma once

#include <string>
#include <string_view>

namespace snom::asterisk {

/// RFC 4648 section 4, in one line.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace snom::asterisk
