#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

/// What a person reads on the terminal: printable whatever phones and servers sent. Pure functions; each text ends with
/// a line feed. JSON that is not as snomd's is shown as far as it goes.
namespace snom::snomctl {

/// Rows of equally many columns, aligned; the first is the heading.
[[nodiscard]] std::string show_table(const std::vector<std::vector<std::string>>& rows);

/// The answers of /v1/phones and /v1/phones/<aor>/buttons as tables, columns aligned.
[[nodiscard]] std::string show_phones(const nlohmann::json& phones);
[[nodiscard]] std::string show_buttons(const nlohmann::json& buttons);

/// The phones of a page of /v1/phones, in its order.
[[nodiscard]] std::string show_found_phones(const nlohmann::json& phones);

/// The answer of /v1/tokens.
[[nodiscard]] std::string show_tokens(const nlohmann::json& tokens);

/// The answers of /v1/groups and /v1/layouts/jobs.
[[nodiscard]] std::string show_groups(const nlohmann::json& groups);
[[nodiscard]] std::string show_jobs(const nlohmann::json& jobs);
/// What became of each phone of a job, and of all together.
[[nodiscard]] std::string show_outcomes(const nlohmann::json& job, const nlohmann::json& outcomes);

/// An event as one line, "12:00:01 press 1000@example.com key 2: api+... -> +OK ...". `time`: what to write in front.
[[nodiscard]] std::string show_event(std::string_view time, std::string_view name, const nlohmann::json& data);

/// How many columns a terminal needs for `value`, UTF-8 text.
[[nodiscard]] std::size_t display_width(std::string_view value);

}  // namespace snom::snomctl
