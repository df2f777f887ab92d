#include "snomd/event_log.h"

#include <utility>
#include <variant>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "runtime/overloaded.h"
#include "snomd/event_json.h"
#include "snomd/log.h"

namespace snom::snomd {
namespace {

/// Commands are many and have a reply of their own; what phones do by themselves is what a log is read for.
spdlog::level::level_enum level_of(const control::Event& event) {
  const bool by_command =
      std::holds_alternative<control::CommandDone>(event) || std::holds_alternative<control::ButtonSet>(event);
  return by_command ? spdlog::level::debug : spdlog::level::info;
}

std::string key_of(const control::Event& event) {
  return std::visit(
      runtime::Overloaded{[](const control::ButtonSet& e) { return e.button.key; },
                          [](const control::Pressed& e) { return e.key; }, [](const auto&) { return std::string(); }},
      event);
}

std::string reason_of(const control::Event& event) {
  return std::visit(
      runtime::Overloaded{[](const control::Unregistered& e) { return e.why; },
                          [](const control::ButtonSet& e) { return e.error; },
                          [](const control::KeysSent& e) { return e.reason; },
                          [](const control::Pressed& e) { return e.why; }, [](const auto&) { return std::string(); }},
      event);
}

}  // namespace

LogFields fields_of(const control::Event& event) {
  return {{"SNOM_EVENT", std::string(event_name(event))},
          {"SNOM_PHONE", phone_of(event)},
          {"SNOM_KEY", key_of(event)},
          {"SNOM_REASON", reason_of(event)}};
}

void EventLog::publish(const control::Event& event) {
  const auto level = level_of(event);
  if (!spdlog::should_log(level)) return;
  log_about(level, fields_of(event), fmt::format("{} {}", event_name(event), dump(to_json(event))));
}

}  // namespace snom::snomd
