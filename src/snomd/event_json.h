#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "control/commands/command_service.h"
#include "control/event.h"

namespace snom::snomd {

/// The JSON of snomd's HTTP side (docs/snomd.md is its contract). Texts with broken UTF-8 are mended when dumped.
/// `now`: from when the seconds left are counted.
[[nodiscard]] nlohmann::json to_json(const registration::Registration& registration,
                                     registration::Registration::TimePoint now = std::chrono::steady_clock::now());
[[nodiscard]] nlohmann::json to_json(const control::CommandService::KeyStatus& key);
[[nodiscard]] nlohmann::json to_json(const control::Event& event,
                                     registration::Registration::TimePoint at = std::chrono::steady_clock::now());

/// The names of all events.
inline constexpr std::array<std::string_view, 6> event_names{"registered", "unregistered", "button",
                                                             "keys",       "press",        "command"};
/// Name of an event on the stream: registered, unregistered, button, keys, press, command.
[[nodiscard]] std::string_view event_name(const control::Event& event);

/// The address of record that an event is about; empty: about none, or several.
[[nodiscard]] std::string phone_of(const control::Event& event);

/// One line of JSON, whatever bytes phones sent.
[[nodiscard]] std::string dump(const nlohmann::json& value);

}  // namespace snom::snomd
