#pragma once

#include <vector>

#include "control/event.h"

namespace snom::control {

/// The one place that events are published to: hands each to every sink, in the order in which they subscribed. What a
/// sink throws is logged and keeps the event from no other. Control's thread.
class EventBus final : public EventSink {
 public:
  /// It hears of all events from now on. Outlives the last one.
  void subscribe(EventSink& sink) { sinks_.push_back(&sink); }

  void publish(const Event& event) override;

 private:
  std::vector<EventSink*> sinks_;
};

}  // namespace snom::control
