#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

/// JSON that Asterisk writes. Pure functions.
namespace snom::asterisk {

/// nullopt: it is no JSON, or nested more than 32 deep.
[[nodiscard]] std::optional<nlohmann::json> read_json(std::string_view text);

/// A member that is a string; empty when there is none, and where `object` is no object.
[[nodiscard]] std::string text_of(const nlohmann::json& object, const char* name);

}  // namespace snom::asterisk
