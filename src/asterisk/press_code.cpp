#include "asterisk/press_code.h"

#include <algorithm>

#include "runtime/random.h"

namespace snom::asterisk {
namespace {

constexpr std::string_view digits = "0123456789";

}  // namespace

bool is_feature_prefix(std::string_view text) {
  constexpr std::size_t longest = 8;
  return !text.empty() && text.size() <= longest && text.find_first_not_of("0123456789*#") == std::string_view::npos;
}

std::string new_press_code(std::string_view feature_prefix) {
  std::string code(feature_prefix);
  while (code.size() < feature_prefix.size() + press_digits) {
    // 250 is the most that ten digits share evenly.
    for (const unsigned char byte : runtime::random_bytes(press_digits)) {
      if (byte < 250 && code.size() < feature_prefix.size() + press_digits) code += digits[byte % digits.size()];
    }
  }
  return code;
}

std::optional<DialledPress> read_press(const AmiMessage& event, std::string_view feature_prefix) {
  if (event.get("Event") != "UserEvent" || event.get("UserEvent") != "SnomPress") return std::nullopt;
  const auto code = event.get("Exten");
  if (code.size() != feature_prefix.size() + press_digits || !code.starts_with(feature_prefix)) return std::nullopt;
  if (code.substr(feature_prefix.size()).find_first_not_of(digits) != std::string_view::npos) return std::nullopt;
  auto channel = event.get("Channel");  // "PJSIP/1003-00000001"
  constexpr std::string_view technology = "PJSIP/";
  if (!channel.starts_with(technology)) return std::nullopt;
  channel.remove_prefix(technology.size());
  const auto end = channel.rfind('-');
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  return DialledPress{std::string(code), std::string(channel.substr(0, end))};
}

bool TryLimit::may_try(runtime::Clock::TimePoint now) {
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    wrong_ = 0;
  }
  return wrong_ < most_a_second;
}

}  // namespace snom::asterisk
