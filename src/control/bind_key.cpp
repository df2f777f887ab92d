#include "control/bind_key.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "control/redact.h"
#include "language/command_line.h"

namespace snom::control {
namespace {

constexpr std::string_view usage =
    "usage: snom_bind_key <key> <light> <label> <user> <host> <profile> [<action_name> [<action>]]";

bool accepted(const ContactOutcome& contact) { return contact.status >= 200 && contact.status < 300; }

std::string answer(const ContactOutcome& contact) {
  if (contact.status == 0) return contact.reason.empty() ? "no answer" : contact.reason;
  return fmt::format("answered {}{}{}", contact.status, contact.reason.empty() ? "" : " ", contact.reason);
}

}  // namespace

tl::expected<BindKey, std::string> parse_bind_key(std::string_view arguments) {
  auto split = language::split_command_line(arguments, 8);
  if (split.size() < 6) return tl::unexpected(std::string(usage));

  BindKey command;
  command.button.key = std::move(split[0]);
  const auto light = language::parse_light(split[1]);
  if (!light) return tl::unexpected(light.error().text());
  command.button.light = *light;
  command.button.label = std::move(split[2]);
  command.user = std::move(split[3]);
  command.host = std::move(split[4]);
  command.profile = std::move(split[5]);
  if (split.size() > 6) {
    const auto action = language::parse_action(split[6]);
    if (!action) return tl::unexpected(action.error().text());
    if (split.size() > 7) {
      command.button.action = *action;
      command.button.number = std::move(split[7]);
    }
  }
  if (const auto valid = language::validate(command.button); !valid) return tl::unexpected(valid.error().text());
  command.shown = bind_key_arguments_without_password(arguments, command.button.number);
  return command;
}

std::string not_registered(const BindKey& command) {
  auto text = fmt::format("user '{}@{}' not registered", command.user, command.host);
  if (!command.profile.empty() && command.profile != "*") text += fmt::format(" on profile '{}'", command.profile);
  return text;
}

Delivery delivery(const std::vector<ContactOutcome>& contacts) {
  if (std::any_of(contacts.begin(), contacts.end(), accepted)) return Delivery::confirmed;
  const bool all_answered =
      std::all_of(contacts.begin(), contacts.end(), [](const ContactOutcome& contact) { return contact.status != 0; });
  return all_answered ? Delivery::refused : Delivery::unanswered;
}

std::string bind_key_reply(const BindKey& command, std::string_view address_of_record,
                           const std::vector<ContactOutcome>& contacts) {
  if (delivery(contacts) == Delivery::confirmed) return "+OK " + command.shown;
  auto reply = fmt::format("-ERR key {} of {} not set: ", command.button.key, address_of_record);
  if (contacts.size() == 1) {
    const auto& only = contacts.front();
    return reply.append(only.status == 0 ? "" : "phone ").append(answer(only));
  }
  std::string_view separator;
  for (const auto& contact : contacts) {
    reply.append(separator).append(contact.contact).append(": ").append(answer(contact));
    separator = "; ";
  }
  return reply;
}

}  // namespace snom::control
