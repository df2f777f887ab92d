#include "control/commands/snom_command.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "control/commands/command_words.h"
#include "control/contact.h"
#include "control/keys/key_outcome.h"
#include "language/command_line.h"
#include "language/refused.h"

namespace snom::control {
namespace {

using Words = CommandForm::Words;

constexpr std::size_t credentials = 2;
/// Phone and command.
constexpr std::size_t in_front = 2;

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// Names the argument, repeats nothing of it.
tl::expected<void, std::string> check_credentials(std::string_view username, std::string_view password) {
  if (username.empty()) return tl::unexpected(std::string("username: empty (leave out both to send no credentials)"));
  for (const auto& [name, value] : {std::pair{"username", username}, std::pair{"password", password}}) {
    if (has_control_character(value)) {
      return tl::unexpected(fmt::format(
          "{}: holds a control character (a backslash before n, r or t makes one; type two backslashes for one)",
          name));
    }
  }
  return {};
}

std::string usage_of_form(const CommandForm& form) {
  if (form.name == "key" || form.name == "action") return usage_of(snom_command_name);
  return fmt::format("usage: {} <ip|user> {}{}", snom_command_name, form.usage,
                     form.words == Words::rest_of_line ? "" : " [<username> <password>]");
}

/// The most words that may follow a command of this form, without credentials.
std::size_t most_words(Words words) {
  switch (words) {
    case Words::none:
      return 0;
    case Words::one:
    case Words::optional_identity:
    case Words::rest_of_line:
      return 1;
    case Words::name_and_value:
      return 2;
  }
  return 1;
}

/// Of the words behind the command, how many belong to it; the rest are credentials, two or none. nullopt: neither.
std::optional<std::size_t> own_words(Words words, std::size_t count) {
  const auto most = most_words(words);
  if (words == Words::rest_of_line) return count == most ? std::optional(most) : std::nullopt;
  if (count == most || count == most + credentials) return most;
  if (words == Words::optional_identity && (count == 0 || count == credentials)) return 0;
  return std::nullopt;
}

tl::expected<std::vector<CommandTarget>, std::string> parse_targets(std::string_view typed) {
  std::vector<CommandTarget> targets;
  const auto names = static_cast<std::size_t>(std::count(typed.begin(), typed.end(), ',')) + 1;
  if (names > SnomCommand::most_targets) {
    return tl::unexpected(
        fmt::format("ip|user: {} names in a list (at most {} are possible; a group or * stands for "
                    "many phones)",
                    names, SnomCommand::most_targets));
  }
  std::size_t with_star = 0;
  for (;;) {
    const auto comma = std::min(typed.find(','), typed.size());
    const auto one = typed.substr(0, comma);
    // A user without a name is nobody; in a list it is a comma too many.
    if (one.empty() && (comma < typed.size() || !targets.empty())) {
      return tl::unexpected(std::string("ip|user: an empty name in a list (expected such as 1000,1001)"));
    }
    auto phone = parse_phone_address(one);
    if (!phone) return tl::unexpected(phone.error().text());
    const auto* query = std::get_if<Directory::Query>(&*phone);
    if (query != nullptr && query->user == "*" && ++with_star > SnomCommand::most_of_all) {
      return tl::unexpected(fmt::format("ip|user: more than {} names with a * in a list (* alone is all phones)",
                                        SnomCommand::most_of_all));
    }
    targets.push_back({std::string(one), std::move(*phone)});
    if (comma == typed.size()) return targets;
    typed.remove_prefix(comma + 1);
  }
}

bool succeeded(const ContactOutcome& contact) {
  if (contact.channel != Channel::notify) return contact.status == 200;
  return contact.unconfirmed || (contact.status >= 200 && contact.status < 300);
}

std::string notify_answer(const ContactOutcome& contact) {
  if (contact.status == 0) return contact.reason.empty() ? "no answer" : contact.reason;
  const std::string_view hint =
      contact.status == 489   ? " (older firmware takes Snom XML with its setting xml_notify on)"
      : contact.status == 403 ? " (it trusts its registrar only, and what its setting mb_trusted_hosts names)"
                              : "";
  return fmt::format("the phone answered {}{}{}{}", contact.status, contact.reason.empty() ? "" : " ", contact.reason,
                     hint);
}

}  // namespace

std::string_view snom_command_without_secrets(std::string_view arguments) {
  const auto first = language::split_command_line(arguments, in_front + 1);
  const auto* form = first.size() < in_front ? nullptr : command_form(first[1]);
  if (form == nullptr) return {};
  const auto words = form->words;
  if (words == Words::rest_of_line) return arguments;
  const auto limit = in_front + most_words(words) + credentials;
  const auto split = language::split_command_line(arguments, limit + 1);
  auto shown = in_front + most_words(words);
  if (words == Words::name_and_value) --shown;
  if (words == Words::optional_identity && split.size() > in_front) {
    const auto& identity = split[in_front];
    const bool is_identity = identity.size() <= 2 && identity.find_first_not_of("0123456789") == std::string::npos;
    if (!is_identity || split.size() == in_front + credentials) --shown;
  }
  return split.size() <= shown ? arguments : first_arguments(arguments, shown);
}

std::optional<std::string> redact_snom_command(std::string_view arguments, const ShownAction&) {
  return std::string(snom_command_without_secrets(arguments));
}

bool holds_credentials(std::string_view arguments) {
  const auto first = language::split_command_line(arguments, in_front + 1);
  const auto* form = first.size() < in_front ? nullptr : command_form(first[1]);
  if (form == nullptr || form->words == Words::rest_of_line) return false;
  const auto split = language::split_command_line(arguments, in_front + most_words(form->words) + credentials);
  const auto own = own_words(form->words, split.size() - in_front);
  return own && (form->words == Words::name_and_value || split.size() > in_front + *own);
}

tl::expected<SnomCommand, std::string> parse_snom_command(std::string_view arguments) {
  const auto first = language::split_command_line(arguments, in_front + 1);
  const auto* form = first.size() < in_front ? nullptr : command_form(first[1]);
  if (form == nullptr) {
    // As ever: with a number of arguments that no command has, the usage.
    const auto count = language::split_command_line(arguments, 5).size();
    if (count < 3 || count == 4) return tl::unexpected(usage_of(snom_command_name));
    // Without the word: in a line whose order is wrong it may be a password.
    return tl::unexpected(fmt::format("command: not known (expected {})", command_names()));
  }
  const bool takes_rest = form->words == Words::rest_of_line;
  const auto limit = in_front + most_words(form->words) + (takes_rest ? 0 : credentials);
  auto split = language::split_command_line(arguments, limit);
  // With less than one word more than there may be, the last would take what is too much.
  if (form->words == Words::none && split.size() == in_front + 1) return tl::unexpected(usage_of_form(*form));
  const auto own = own_words(form->words, split.size() - in_front);
  if (!own) return tl::unexpected(usage_of_form(*form));

  auto targets = parse_targets(split[0]);
  if (!targets) return tl::unexpected(std::move(targets.error()));
  const auto behind = split.begin() + in_front;
  const auto own_end = behind + static_cast<std::ptrdiff_t>(*own);
  auto remote = make_remote_command(*form, {behind, own_end});
  if (!remote) return tl::unexpected(std::move(remote.error()));

  SnomCommand command;
  command.targets = std::move(*targets);
  command.remote = std::move(*remote);
  if (own_end != split.end()) {
    if (auto valid = check_credentials(own_end[0], own_end[1]); !valid) return tl::unexpected(std::move(valid.error()));
    command.username = std::move(own_end[0]);
    command.password = std::move(own_end[1]);
  }
  command.shown = language::without_uri_passwords(snom_command_without_secrets(arguments));
  const auto typed = first_arguments(command.shown, 1);
  if (!typed.empty()) command.shown_rest = command.shown.substr(typed.size());
  command.rest = arguments.substr(first_arguments(arguments, 1).size());
  return command;
}

std::string what_it_answered(const ContactOutcome& contact, bool with_credentials) {
  if (contact.channel == Channel::notify) return notify_answer(contact);
  if (!contact.reason.empty()) return contact.reason;
  switch (contact.status) {
    case 0:
      return "no answer";
    case 401:
      return with_credentials ? "the phone refused the user name and password"
                              : "the phone wants a user name and password";
    case 403:
      return "the phone forbids remote control";
    case 404:
      return "the phone has no such page";
    default:
      return fmt::format("the phone answered {} instead of 200", contact.status);
  }
}

std::string snom_command_reply(std::string_view shown, bool with_credentials,
                               const std::vector<ContactOutcome>& contacts) {
  if (std::any_of(contacts.begin(), contacts.end(), succeeded)) {
    std::vector<ContactOutcome> successes;
    std::copy_if(contacts.begin(), contacts.end(), std::back_inserter(successes), succeeded);
    return fmt::format("+OK {}{}", shown, way_of(successes));
  }
  const auto is_asked = [](const ContactOutcome& contact) { return contact.channel.has_value(); };
  const auto has_answered = [](const ContactOutcome& contact) { return contact.status != 0; };
  auto counts = std::find_if(contacts.begin(), contacts.end(), has_answered);
  if (counts == contacts.end()) counts = std::find_if(contacts.begin(), contacts.end(), is_asked);
  auto reply = fmt::format("-ERR {}", shown);
  if (counts != contacts.end()) {
    reply += fmt::format(" [{}:{}]", counts->channel == Channel::notify ? "NOTIFY" : "HTTP", counts->status);
  }
  reply += ": ";
  if (contacts.size() == 1) return reply + what_it_answered(contacts.front(), with_credentials);
  std::string_view separator;
  for (const auto& contact : contacts) {
    reply.append(separator).append(contact.contact).append(": ").append(what_it_answered(contact, with_credentials));
    separator = "; ";
  }
  return reply;
}

}  // namespace snom::control
