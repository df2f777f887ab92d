#include "mod_snom/event_log.h"

#include <variant>

#include <fmt/format.h>

#include "mod_snom/core.h"

namespace snom::freeswitch {

void EventLog::publish(const control::Event& event) {
  const auto* pressed = std::get_if<control::Pressed>(&event);
  if (pressed == nullptr || pressed->accepted || pressed->network.empty()) return;
  log(Level::warning, fmt::format("{} at {} asked for an action that is not bound to its keys",
                                  pressed->address_of_record, pressed->network));
}

}  // namespace snom::freeswitch
