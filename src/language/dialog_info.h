#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "language/button.h"
#include "language/error.h"

namespace snom::language {

/// Content-Type of the states of dialogs, and the event package that they are told by (RFC 4235).
inline constexpr std::string_view dialog_info_content_type = "application/dialog-info+xml";
inline constexpr std::string_view dialog_event = "dialog";

/// How far a dialog has come (RFC 4235 section 3.7.1), as far as lamps of keys tell it apart: `terminated` is also what
/// an entity without any dialog is.
enum class DialogState { terminated, trying, proceeding, early, confirmed };

/// "terminated", "early" ...
[[nodiscard]] std::string_view to_string(DialogState state);

/// What is said of an entity: its one dialog, or of several the one that a lamp shows.
struct DialogInfo {
  std::string entity;         ///< URI of who is told about: "sip:snom+1000-2@example.com"
  std::uint32_t version = 0;  ///< counts up from 0 within a subscription (RFC 4235 section 4.1)
  DialogState state = DialogState::terminated;
  bool is_held = false;  ///< its own target has `+sip.rendering="no"` (RFC 4235 section 5, RFC 3840)
  std::string caller;    ///< name of the other party, UTF-8; empty = none
  /// To keys that are told everything: what this stands for, in the entity's own identity; else nothing.
  std::optional<Light> light = std::nullopt;
  std::string label = {};
  bool operator==(const DialogInfo&) const = default;
};

/// The dialog that stands for a lamp: docs/subscriptions.md has the table, with the reason for each row. `caller` is
/// told with `pickup` only, as x-buttons has it.
[[nodiscard]] DialogInfo dialog_of_light(Light light, std::string_view caller);

/// The lamp that stands for a dialog, on a phone whose key watches it.
[[nodiscard]] Light light_of_dialog(DialogState state, bool is_held);

/// The URI of the own identity of an entity that tells which light it shows: "sip:snom+1000-2@example.com;light=park".
[[nodiscard]] std::string identity_with_light(std::string_view entity, Light light);

/// Such a document, always `state="full"`: RFC 4235 section 4.1.
[[nodiscard]] std::string write_dialog_info(const DialogInfo& info);

/// Reads what comes from outside: at most 16 KiB of UTF-8, 8 levels, 512 elements; no DOCTYPE. Elements by their local
/// names, whatever the prefix; those that are not known are passed over. Of several dialogs the one that most wants
/// looking at counts: early, confirmed, held, proceeding, trying. The error's argument is "xml".
[[nodiscard]] tl::expected<DialogInfo, Error> parse_dialog_info(std::string_view text);

}  // namespace snom::language
