#include "control/event_bus.h"

#include <cstddef>

#include "runtime/guard.h"

namespace snom::control {

void EventBus::publish(const Event& event) {
  // By index: a sink may have another one subscribe.
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    runtime::guarded("an event", [&] { sinks_[i]->publish(event); });
  }
}

}  // namespace snom::control
