#pragma once

#include <string>
#include <vector>

#include "mod_snom/host/host.h"

namespace snom::freeswitch::testing {

/// What the C functions of switch.h see of the host, and the other way round.
struct Doors {
  static Host* host;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): C functions carry no pointer

  static switch_event_t* event(const Event& like);
  static std::vector<std::string> matches(switch_console_complete_callback_t callback);

  static std::mutex& mutex() { return host->mutex_; }
  static std::mutex& callbacks() { return host->callbacks_; }
  static void told() { host->changed_.notify_all(); }
  static auto& inside() { return host->inside_; }
  static bool& ready() { return host->ready_; }
  static auto& apis() { return host->apis_; }
  static auto& new_apis() { return host->new_apis_; }
  static auto& new_chats() { return host->new_chats_; }
  static auto& new_applications() { return host->new_applications_; }
  static auto& bindings() { return host->bindings_; }
  static auto& subclasses() { return host->subclasses_; }
  static auto& completions() { return host->completions_; }
  static auto& lines() { return host->lines_; }
  static auto& events() { return host->events_; }
  static auto& log() { return host->log_; }
};

}  // namespace snom::freeswitch::testing
