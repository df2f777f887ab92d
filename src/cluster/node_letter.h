#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control/commands/command_context.h"
#include "control/event.h"
#include "control/keys/wanted_keys.h"

/// What nodes write to each other (docs/decisions/ownership.md), as JSON. Pure functions.
namespace snom::cluster {

/// These revisions are stored: its phones are to show them. Answered.
struct AskDelivery {
  std::uint64_t id = 0;
  std::string address_of_record;
  std::vector<control::WantedKeys::Revision> revisions;
};
/// A snom_command for its phones. Answered.
struct AskCommand {
  std::uint64_t id = 0;
  std::string address_of_record;
  std::string line;                  ///< with its secrets
  control::Credentials credentials;  ///< of the phone's web page
};
/// What came of either.
struct NodeAnswer {
  std::uint64_t id = 0;
  std::vector<control::ContactOutcome> contacts;
  std::string error;  ///< empty: none
};
/// A text for its phones.
struct NodeText {
  std::string address_of_record;
  std::string text;
};
using NodeLetter = std::variant<AskDelivery, AskCommand, NodeAnswer, NodeText>;

[[nodiscard]] std::string write_node_letter(const NodeLetter& letter);
/// nullopt: it is none, or one of another version.
[[nodiscard]] std::optional<NodeLetter> read_node_letter(std::string_view text);

}  // namespace snom::cluster
