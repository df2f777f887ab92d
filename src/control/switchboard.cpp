#include "control/switchboard.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "control/bind_key.h"
#include "control/gathering.h"
#include "control/press.h"
#include "control/redact.h"
#include "control/snom_command.h"
#include "control/typed_line.h"
#include "language/buttons_document.h"

namespace snom::control {
namespace {

std::string failed(std::string_view what) { return fmt::format("-ERR {}", what); }

/// A host of "*" may match users of one name in several domains: those are several phones, with keys of their own.
bool is_one_phone(std::span<const Registration> contacts) {
  return std::all_of(contacts.begin(), contacts.end(), [&first = contacts.front()](const Registration& contact) {
    return contact.user == first.user && contact.domain == first.domain;
  });
}

}  // namespace

Switchboard::Switchboard(Directory& directory, MessageSender& messages, PhoneWeb& web, EventSink& events,
                         Options options)
    : directory_(directory), messages_(messages), web_(web), events_(events), options_(std::move(options)) {}

void Switchboard::run(std::string_view line, Reply reply) {
  const auto [word, arguments] = read_line(line);
  if (word == bind_key_name) return bind_key(arguments, std::move(reply));
  if (word == snom_command_name) return snom_command(arguments, std::move(reply));
  end({std::string(word),
       fmt::format("-ERR unknown command '{}' (commands: {}, {})", word, bind_key_name, snom_command_name),
       {}},
      reply);
}

void Switchboard::bind_key(std::string_view arguments, Reply reply) {
  auto parsed = parse_bind_key(arguments);
  // What could not be read is not repeated: nobody knows which part of it is a password.
  if (!parsed) return end({std::string(bind_key_name), failed(parsed.error()), {}}, reply);
  auto& command = *parsed;
  const auto line = [](const BindKey& of) { return fmt::format("{} {}", bind_key_name, of.shown); };

  auto contacts = contacts_of({command.profile, command.user, command.host});
  if (!contacts) return end({line(command), failed(contacts.error()), {}}, reply);
  if (contacts->empty()) return end({line(command), failed(not_registered(command)), {}}, reply);
  if (!is_one_phone(*contacts)) {
    return end({line(command),
                failed(fmt::format("user '{}' is registered in several domains: name the host", command.user)),
                {}},
               reply);
  }

  auto address_of_record = contacts->front().address_of_record();
  std::string reference;
  auto told = command.button;
  if (options_.new_reference && told.action == language::Action::message && own_command(told.number)) {
    reference = options_.new_reference();
    told.number = reference;
  }
  const auto ticket = memory_.sent(address_of_record, command.button, std::move(reference));
  const auto body = language::write_buttons_document({&told, 1});

  std::vector<ContactOutcome> asked;
  asked.reserve(contacts->size());
  for (const auto& contact : *contacts) asked.push_back({contact.contact, 0, {}});

  CommandDone early{line(command), "+OK " + command.shown, {}};
  const bool answer_now = !options_.wait_for_delivery;

  const auto gathering = std::make_shared<Gathering>(
      std::move(asked), [this, alive = std::weak_ptr(alive_), command = std::move(command), ticket, line,
                         address_of_record = std::move(address_of_record),
                         late = answer_now ? Reply{} : reply](std::vector<ContactOutcome> outcomes) mutable {
        if (alive.expired()) return;
        const auto result = delivery(outcomes);
        switch (result) {
          case Delivery::confirmed:
            memory_.confirmed(address_of_record, ticket);
            break;
          case Delivery::refused:
            memory_.refused(address_of_record, ticket);
            break;
          case Delivery::unanswered:
            memory_.unanswered(address_of_record, ticket);
            break;
        }
        CommandDone done{line(command), bind_key_reply(command, address_of_record, outcomes), outcomes};
        auto& button = command.button;
        button.number = action_without_password(button.number);
        events_.publish(ButtonSet{std::move(address_of_record), std::move(button), result == Delivery::confirmed,
                                  std::move(outcomes)});
        if (late) end(std::move(done), late);
      });

  // The last answer may come at once and end the switchboard: nothing of it is touched after the last send.
  auto& messages = messages_;
  const auto alive = std::weak_ptr(alive_);
  for (std::size_t i = 0; i < contacts->size(); ++i) {
    messages.send(
        {std::move((*contacts)[i]), {}, std::string(language::buttons_content_type), body, told.key},
        [gathering, i](SipOutcome outcome) { gathering->answer(i, outcome.status, std::move(outcome.reason)); });
  }
  if (answer_now && !alive.expired()) end(std::move(early), reply);
}

void Switchboard::snom_command(std::string_view arguments, Reply reply) {
  auto parsed = parse_snom_command(arguments);
  // What could not be read is not repeated: nobody knows which part of it is a password.
  if (!parsed) return end({std::string(snom_command_name), failed(parsed.error()), {}}, reply);
  auto& command = *parsed;
  const auto line = [](const SnomCommand& of) { return fmt::format("{} {}", snom_command_name, of.shown); };

  std::vector<std::string> urls;
  std::vector<std::string> whose;
  std::vector<std::string> user_agents;
  if (const auto* web = std::get_if<WebAddress>(&command.phone)) {
    urls.push_back(web->base + command.path_and_query);
    whose.emplace_back();
    user_agents.emplace_back();
  } else {
    const auto contacts = contacts_of(std::get<Directory::Query>(command.phone));
    if (!contacts) return end({line(command), failed(contacts.error()), {}}, reply);
    for (const auto& contact : *contacts) {
      // Two contacts of one phone have one web page.
      auto url = web_address(contact) + command.path_and_query;
      if (std::find(urls.begin(), urls.end(), url) != urls.end()) continue;
      urls.push_back(std::move(url));
      whose.push_back(contact.address_of_record());
      user_agents.push_back(contact.user_agent);
    }
    if (urls.empty()) {
      return end({line(command), failed(fmt::format("user '{}' not registered", command.typed_phone)), {}}, reply);
    }
  }

  std::vector<ContactOutcome> asked;
  asked.reserve(urls.size());
  for (const auto& url : urls) asked.push_back({shown_url(url), 0, {}});
  auto username = command.username;
  auto password = std::exchange(command.password, {});

  const auto gathering = std::make_shared<Gathering>(
      std::move(asked), [this, alive = std::weak_ptr(alive_), command = std::move(command), line,
                         reply = std::move(reply)](std::vector<ContactOutcome> outcomes) {
        if (alive.expired()) return;
        auto text = snom_command_reply(command, outcomes);
        end({line(command), std::move(text), std::move(outcomes)}, reply);
      });

  // As in bind_key: the last answer may end the switchboard.
  auto& web = web_;
  for (std::size_t i = 0; i < urls.size(); ++i) {
    web.get({std::move(urls[i]), username, password, std::move(whose[i]), std::move(user_agents[i])},
            [gathering, i](WebOutcome outcome) { gathering->answer(i, outcome.status, std::move(outcome.error)); });
  }
}

std::optional<language::Button> Switchboard::bound(const Press& press) const {
  const auto address_of_record = press.from.address_of_record();
  if (auto button = memory_.referred_action(address_of_record, press.target)) return button;
  const auto key = key_in_body(press.body);
  auto button = memory_.bound_action(address_of_record, press.target, key);
  // A bound number that names its host arrives in two parts.
  if (!button) button = memory_.bound_action(address_of_record, press.target + "@" + press.target_host, key);
  // A phone that was told a reference asks for that.
  if (button && options_.new_reference && own_command(button->number)) return std::nullopt;
  return button;
}

void Switchboard::note_press(const Press& press) {
  const auto button = bound(press);
  if (!button) return;
  events_.publish(
      Pressed{press.from.address_of_record(), button->key, action_without_password(button->number), true, {}, {}});
}

bool Switchboard::press(const Press& press) {
  auto address_of_record = press.from.address_of_record();
  const auto button = bound(press);
  if (!button) {
    events_.publish(Pressed{std::move(address_of_record),
                            {},
                            action_without_password(press.target),
                            false,
                            "not bound to a key of this phone",
                            {}});
    return false;
  }

  Pressed pressed{std::move(address_of_record), button->key, action_without_password(button->number), true, {}, {}};
  const auto command = own_command(button->number);
  if (!command) {
    events_.publish(std::move(pressed));
    return true;
  }
  // `button` is a copy: the command may bind this very key anew.
  run_action(*command, [this, alive = std::weak_ptr(alive_), pressed = std::move(pressed),
                        phone = Directory::Query{press.from.profile, press.from.user, press.from.domain}](
                           const std::string& output) mutable {
    if (alive.expired()) return;
    pressed.output = output;
    events_.publish(std::move(pressed));
    tell(phone, output);
  });
  return true;
}

void Switchboard::run_action(std::string_view command_line, Reply reply) {
  if (options_.actions == nullptr) return run(command_line, std::move(reply));
  options_.actions->run(command_line, std::move(reply));
}

tl::expected<std::vector<Registration>, std::string> Switchboard::contacts_of(const Directory::Query& query) const {
  if (query.user.empty() || query.user == "*") return std::vector<Registration>{};
  return directory_.find(query);
}

void Switchboard::end(CommandDone done, const Reply& reply) {
  make_printable(done.command);
  make_printable(done.reply);
  auto text = done.reply;
  events_.publish(std::move(done));
  reply(std::move(text));
}

void Switchboard::tell(const Directory::Query& phone, const std::string& text) {
  auto contacts = contacts_of(phone);
  if (!contacts) return;
  for (auto& contact : *contacts) {
    messages_.send({std::move(contact), "snom", "text/plain;charset=utf-8", text}, [](const SipOutcome&) {});
  }
}

}  // namespace snom::control
