#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "control/commands/command_service.h"
#include "registration/directory.h"

namespace snom::snomd {

/// Why a key is not known to be on its phone, where who sent it does not tell how phones answer.
inline constexpr std::string_view only_sent = "sent, and nobody tells what the phone says of it";

/// How a phone is, what is wrong first (docs/glossary.md).
enum class PhoneState {
  silent,   ///< a contact of it does not answer, or is busy, and is asked again
  refused,  ///< its contacts have refused a key that is wanted
  pending,  ///< a key is on its way to it
  ok,       ///< it shows all that is wanted
  away,     ///< it has keys and is not registered here
};
inline constexpr std::array<std::string_view, 5> phone_states{"silent", "refused", "pending", "ok", "away"};
[[nodiscard]] std::string_view to_string(PhoneState state);
[[nodiscard]] std::optional<PhoneState> parse_phone_state(std::string_view text);

/// What lists say of one phone: an address of record, with all its contacts and how its keys stand. Copied on the
/// loop's thread, made JSON on any.
struct PhoneSummary {
  std::string address_of_record;
  std::vector<registration::RegistrationPointer> contacts;
  control::KeySync::Standing keys;
  std::string node = {};  ///< that it is registered with; empty: this one, or none
  [[nodiscard]] PhoneState state() const;
  /// Neither registered, anywhere, nor with keys: there is no such phone.
  [[nodiscard]] bool is_nobody() const;
};
/// Whose phone is meant by what somebody typed, as a command would take it: a registrar knows its hosts by several
/// names, in whatever case. That of its contacts, else of its account; what was typed where the contacts are several
/// phones'; nullopt: there is neither. Loop's thread.
[[nodiscard]] std::optional<std::string> address_of_record_of(const registration::Directory& directory,
                                                              const std::string& typed);
/// That one, or what was typed where keys are kept of just that: they may be of a name that it had. Loop's thread.
[[nodiscard]] std::string shown_phone(const control::CommandService& command_service,
                                      const registration::Directory& directory, const std::string& typed);
/// Loop's thread.
[[nodiscard]] PhoneSummary summary_of(const control::CommandService& command_service,
                                      const registration::Directory& directory, std::string address_of_record);
[[nodiscard]] nlohmann::json to_json(const PhoneSummary& phone);

}  // namespace snom::snomd
