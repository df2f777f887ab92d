#pragma once

#include <string>

namespace snom::sip {

/// 16 hexadecimal digits that nobody guesses: for Call-IDs, tags and cnonces. Any thread.
[[nodiscard]] std::string random_token();

}  // namespace snom::sip
