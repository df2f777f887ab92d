#pragma once

#include <cstdint>

#include "control/event.h"

namespace snom::freeswitch {

/// control's events as FreeSWITCH's: CUSTOM snom::button, snom::keys and snom::press. Control's thread.
class Events final : public control::EventSink {
 public:
  static constexpr const char* button = "snom::button";
  static constexpr const char* keys = "snom::keys";
  static constexpr const char* press = "snom::press";

  struct Counters {
    std::uint64_t keys_set = 0;
    std::uint64_t keys_sent = 0;  ///< nobody tells how the phone answered
    std::uint64_t keys_not_set = 0;
    std::uint64_t presses = 0;
    std::uint64_t presses_refused = 0;
    std::uint64_t commands = 0;
    std::uint64_t commands_failed = 0;
  };

  void publish(const control::Event& event) override;
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  Counters counters_;
};

}  // namespace snom::freeswitch
