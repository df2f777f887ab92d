#include "mod_snom/event_counters.h"

#include <variant>

#include "control/keys/key_outcome.h"

namespace snom::freeswitch {

void EventCounters::publish(const control::Event& event) {
  if (const auto* set = std::get_if<control::ButtonSet>(&event)) {
    const bool sent = control::delivery(set->contacts) == control::Delivery::sent;
    ++(set->confirmed ? counts_.keys_set : sent ? counts_.keys_sent : counts_.keys_not_set);
  } else if (const auto* pressed = std::get_if<control::Pressed>(&event)) {
    ++(pressed->accepted ? counts_.presses : counts_.presses_refused);
  } else if (const auto* done = std::get_if<control::CommandDone>(&event)) {
    ++(done->reply.starts_with("+OK") ? counts_.commands : counts_.commands_failed);
  }
}

}  // namespace snom::freeswitch
