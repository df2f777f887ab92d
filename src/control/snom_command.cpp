#include "control/snom_command.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "control/typed_line.h"
#include "language/command_line.h"
#include "language/key_sequence.h"
#include "language/percent.h"

namespace snom::control {
namespace {

constexpr std::string_view usage = "usage: snom_command <ip|user> <command> <type> [<username> <password>]";

struct PhoneAction {
  std::string_view name;
  std::string_view path_and_query;
};
constexpr std::array phone_actions = {
    PhoneAction{"reboot", "/advanced_update.htm?reboot=Reboot"},
    PhoneAction{"reset", "/advanced_update.htm?reset=Reset"},
    PhoneAction{"dialeddel", "/index.htm?dialeddel=0"},
    PhoneAction{"misseddel", "/index.htm?misseddel=0"},
    PhoneAction{"receiveddel", "/index.htm?receiveddel=0"},
};

tl::expected<std::string, std::string> key_request(std::string_view sequence) {
  if (const auto parsed = language::parse_key_sequence(sequence); !parsed) {
    return tl::unexpected(parsed.error().text());
  }
  return "/command.htm?key=" + language::percent_encode(sequence);
}

tl::expected<std::string, std::string> action_request(std::string_view name) {
  for (const auto& action : phone_actions) {
    if (equal_ignoring_case(name, action.name)) return std::string(action.path_and_query);
  }
  return tl::unexpected(fmt::format(
      "action '{}' not supported (supported actions are reboot, reset, dialeddel, misseddel, receiveddel)", name));
}

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

std::string answer(const ContactOutcome& contact, bool with_credentials) {
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

}  // namespace

tl::expected<SnomCommand, std::string> parse_snom_command(std::string_view arguments) {
  auto split = language::split_command_line(arguments, 5);
  if (split.size() < 3 || split.size() == 4) return tl::unexpected(std::string(usage));
  const bool with_credentials = split.size() == 5;

  const bool key = equal_ignoring_case(split[1], "key");
  if (!key && !equal_ignoring_case(split[1], "action")) {
    return tl::unexpected(std::string("only key or action commands allowed at the moment"));
  }
  auto phone = parse_phone_address(split[0]);
  if (!phone) return tl::unexpected(phone.error().text());
  auto request = key ? key_request(split[2]) : action_request(split[2]);
  if (!request) return tl::unexpected(std::move(request.error()));

  SnomCommand command;
  command.phone = std::move(*phone);
  command.typed_phone = std::move(split[0]);
  command.path_and_query = std::move(*request);
  if (with_credentials) {
    if (auto valid = check_credentials(split[3], split[4]); !valid) return tl::unexpected(std::move(valid.error()));
    command.username = std::move(split[3]);
    command.password = std::move(split[4]);
  }
  command.shown = with_credentials ? first_arguments(arguments, 3) : arguments;
  return command;
}

std::string snom_command_reply(const SnomCommand& command, const std::vector<ContactOutcome>& contacts) {
  const auto succeeded = [](const ContactOutcome& contact) { return contact.status == 200; };
  if (std::any_of(contacts.begin(), contacts.end(), succeeded)) return "+OK " + command.shown;

  const auto first_answer =
      std::find_if(contacts.begin(), contacts.end(), [](const ContactOutcome& contact) { return contact.status != 0; });
  const int status = first_answer == contacts.end() ? 0 : first_answer->status;
  const bool with_credentials = !command.username.empty();
  auto reply = fmt::format("-ERR {} [HTTP:{}]: ", command.shown, status);
  if (contacts.size() == 1) return reply + answer(contacts.front(), with_credentials);
  std::string_view separator;
  for (const auto& contact : contacts) {
    reply.append(separator).append(contact.contact).append(": ").append(answer(contact, with_credentials));
    separator = "; ";
  }
  return reply;
}

}  // namespace snom::control
