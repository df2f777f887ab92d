#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "asterisk/ami_message.h"
#include "runtime/clock.h"

/// Presses as calls: a key dials a feature code of the dialplan's and digits that only its phone was told.
namespace snom::asterisk {

/// Behind the feature prefix. With 100 tries a second (TryLimit) and a million keys, guessing any one of them takes
/// 10^20 / (2 * 10^6 * 100) s on average, which is 16,000 years.
inline constexpr std::size_t press_digits = 20;

/// What may stand in front: one to eight of 0-9, *, #.
[[nodiscard]] bool is_feature_prefix(std::string_view text);
/// A code that was never told to anybody: the prefix and press_digits digits.
[[nodiscard]] std::string new_press_code(std::string_view feature_prefix);

/// The dialplan's `UserEvent(SnomPress)`, as Asterisk's manager tells of it.
struct DialledPress {
  std::string code;      ///< what was dialled
  std::string endpoint;  ///< whose channel it was, as the event says; who forges it can say anything
};
/// nullopt: it is another event, or what was dialled is no code behind this prefix.
[[nodiscard]] std::optional<DialledPress> read_press(const AmiMessage& event, std::string_view feature_prefix);

/// How many wrong codes a second are looked at.
class TryLimit final {
 public:
  static constexpr unsigned most_a_second = 100;

  /// False: enough were wrong within this second, so that no more are tried, whoever they come from.
  [[nodiscard]] bool may_try(runtime::Clock::TimePoint now);
  void was_wrong() { ++wrong_; }

 private:
  runtime::Clock::TimePoint second_{};
  unsigned wrong_ = 0;
};

}  // namespace snom::asterisk
