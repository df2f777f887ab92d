#pragma once

#include "control/event.h"

namespace snom::snomd {

/// Events in the log, as JSON: what phones do by themselves at level info, what commands do at level debug. Loop's
/// thread.
class EventLog final : public control::EventSink {
 public:
  void publish(const control::Event& event) override;
};

}  // namespace snom::snomd
