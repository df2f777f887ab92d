#include "snomd/event_log.h"

#include <variant>

#include <spdlog/spdlog.h>

#include "snomd/event_json.h"

namespace snom::snomd {
namespace {

/// Commands are many and have a reply of their own; what phones do by themselves is what a log is read for.
spdlog::level::level_enum level_of(const control::Event& event) {
  const bool by_command =
      std::holds_alternative<control::CommandDone>(event) || std::holds_alternative<control::ButtonSet>(event);
  return by_command ? spdlog::level::debug : spdlog::level::info;
}

}  // namespace

void EventLog::publish(const control::Event& event) {
  const auto level = level_of(event);
  if (spdlog::should_log(level)) spdlog::log(level, "{} {}", event_name(event), dump(to_json(event)));
}

}  // namespace snom::snomd
