#pragma once

#include "control/event.h"
#include "snomd/journal.h"

namespace snom::snomd {

/// Events in the log, as JSON: what phones do by themselves at level info, what commands do at level debug. Loop's
/// thread.
class EventLog final : public control::EventSink {
 public:
  void publish(const control::Event& event) override;
};

/// What an event is about, for the journal: which phone, key, and why.
[[nodiscard]] LogFields fields_of(const control::Event& event);

}  // namespace snom::snomd
