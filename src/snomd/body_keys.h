#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "control/commands/command_table.h"
#include "http/server.h"

/// Keys as the body of a request names them (docs/openapi.json), as the commands that set them. The errors are problem
/// documents, 400, that name the property; what is wrong with a value stands in ReadCommand::command of the first two.
/// Pure functions; `body` comes from body_json().
namespace snom::snomd {

/// Properties of one key, {"light": "on"}. `whole`: those that it does not name are emptied.
[[nodiscard]] tl::expected<control::ReadCommand, http::Response> read_key(const std::string& phone,
                                                                          const std::string& key,
                                                                          const nlohmann::json& body, bool whole);

/// Several keys that are set all together or not at all: {"2": {"light": "on"}}.
[[nodiscard]] tl::expected<control::ReadCommand, http::Response> read_keys(const std::string& phone,
                                                                           const nlohmann::json& body);

struct KeyInList {
  std::string key;
  control::ReadCommand read;  ///< with no error
};
/// Keys each of which is a command of its own: [{"key": "2", "light": "on"}]; 1 to 500 of them, each once. `whole`:
/// each of them is, and there may be none.
[[nodiscard]] tl::expected<std::vector<KeyInList>, http::Response> read_key_list(const std::string& phone,
                                                                                 const nlohmann::json& body,
                                                                                 bool whole);

}  // namespace snom::snomd
