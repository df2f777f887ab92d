#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "control/commands/command_service.h"
#include "control/event.h"

namespace snom::snomd {

/// The JSON of snomd's HTTP side (docs/snomd.md is its contract). Texts with broken UTF-8 are mended when dumped.
[[nodiscard]] nlohmann::json to_json(const registration::Registration& registration);
[[nodiscard]] nlohmann::json to_json(const control::CommandService::KeyStatus& key);
[[nodiscard]] nlohmann::json to_json(const control::Event& event);

/// Name of an event on the stream: registered, unregistered, button, keys, press, command.
[[nodiscard]] std::string_view event_name(const control::Event& event);

/// One line of JSON, whatever bytes phones sent.
[[nodiscard]] std::string dump(const nlohmann::json& value);

}  // namespace snom::snomd
