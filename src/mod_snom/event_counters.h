#pragma once

#include <cstdint>

#include "control/event.h"

namespace snom::freeswitch {

/// How many of each there were since the module was loaded, for `snom status`. Control's thread.
class EventCounters final : public control::EventSink {
 public:
  struct Counts {
    std::uint64_t keys_set = 0;
    std::uint64_t keys_sent = 0;  ///< nobody tells how the phone answered
    std::uint64_t keys_not_set = 0;
    std::uint64_t presses = 0;
    std::uint64_t presses_refused = 0;
    std::uint64_t commands = 0;
    std::uint64_t commands_failed = 0;
  };

  void publish(const control::Event& event) override;
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  Counts counts_;
};

}  // namespace snom::freeswitch
