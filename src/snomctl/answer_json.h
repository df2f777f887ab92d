#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

/// What came from a server, read within limits: whoever answers may be anybody. Pure functions.
namespace snom::snomctl {

/// The error says what is wrong: "is no JSON", "is nested more than 32 deep", "has more than 8000000 values".
[[nodiscard]] tl::expected<nlohmann::json, std::string> parse_answer(std::string_view text);

/// As JSON for programs: exact, with what JSON itself escapes and nothing else. `indent`: as of json::dump().
[[nodiscard]] std::string json_text(const nlohmann::json& value, int indent = -1);

/// A member as text; "" for null, for what is not there, and of what is no object.
[[nodiscard]] std::string text_of(const nlohmann::json& object, const char* name);
/// A member that is a number, true, or a list; 0, false or an empty list when it is anything else.
[[nodiscard]] std::int64_t number_of(const nlohmann::json& object, const char* name);
[[nodiscard]] bool flag_of(const nlohmann::json& object, const char* name);
[[nodiscard]] const nlohmann::json& list_of(const nlohmann::json& object, const char* name);

}  // namespace snom::snomctl
