#include "control/commands/command_service.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "control/commands/find_contacts.h"
#include "control/commands/redact.h"
#include "control/contact.h"
#include "control/keys/key_outcome.h"
#include "control/keys/subscription_channel.h"
#include "control/outcome_collector.h"
#include "control/presses/press.h"
#include "control/remote/phone_address.h"
#include "language/command_line.h"
#include "language/refused.h"
#include "language/text.h"

namespace snom::control {
namespace {

std::string failed(std::string_view what) { return fmt::format("-ERR {}", what); }

/// A host of "*" may match users of one name in several domains: those are several phones, with keys of their own.
bool is_one_phone(std::span<const RegistrationPointer> contacts) {
  return std::all_of(contacts.begin(), contacts.end(), [&first = contacts.front()](const RegistrationPointer& contact) {
    return contact->user == first->user && contact->domain == first->domain;
  });
}

std::string in_several_domains(std::string_view user) {
  return fmt::format("user '{}' is registered in several domains: name the host", user);
}

std::string pending(std::string_view shown, std::string_view address_of_record) {
  return fmt::format("+OK {}: pending, {} is not registered", shown, address_of_record);
}

/// What was typed for several phones is repeated in the reply of each, all of which are one text, and goes with what
/// each is asked: nullopt when that is little enough.
std::optional<std::string> too_long_for_all(std::size_t bytes, std::size_t phones) {
  if (phones == 0 || bytes <= CommandService::most_group_reply / phones) return std::nullopt;
  return fmt::format(
      "{} bytes of arguments for each of {} phones are too much: expected {} bytes together at most, so ask less at "
      "once, or fewer phones",
      bytes, phones, CommandService::most_group_reply);
}

std::string command_and(std::string_view name, std::string_view arguments) {
  return fmt::format("{} {}", name, arguments);
}

}  // namespace

std::string_view to_string(KeySync::State state) {
  switch (state) {
    case KeySync::State::pending:
      return "pending";
    case KeySync::State::confirmed:
      return "confirmed";
    case KeySync::State::failed:
      return "failed";
  }
  return "pending";
}

std::string iso_time(runtime::Clock::WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", std::chrono::floor<std::chrono::seconds>(time));
}

/// A command that sets keys, between its steps.
struct CommandService::KeyChange {
  std::string name;
  std::string shown;  ///< its arguments, without secrets
  Phone phone;
  WantedKeys::Edit edit;
  std::string by;
  Reply reply;
  std::vector<language::Button> made;  ///< as they became
  std::function<bool(const WantedKeys::View& now)> precondition;
  std::function<void()> refused;
  std::function<void(Delivery)> delivered;
  bool is_refused = false;  ///< by the precondition
  bool is_replied = false;

  [[nodiscard]] std::string line() const { return command_and(name, shown); }
  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const auto& button : made) {
      if (std::find(names.begin(), names.end(), button.key) == names.end()) names.push_back(button.key);
    }
    return names;
  }
};

CommandService::CommandService(const Ports& ports, Options options)
    : ports_(ports),
      options_(std::move(options)),
      wanted_keys_(ports.store, ports.executor, ports.clock, options_.new_reference,
                   [this](const std::string& address_of_record) { delivery_.send_again(address_of_record); }),
      delivery_(wanted_keys_, ports.directory, ports.messages, ports.executor, ports.clock, ports.events,
                options_.delivery, ports.subscriptions),
      remote_(ports.directory, ports.messages, ports.web, ports.executor, ports.clock, options_.pictures,
              options_.delivery.answer_limit, ports.others),
      trials_(ports.messages, ports.subscriptions, ports.executor) {}

void CommandService::learn(KeyNews news) {
  const auto address_of_record = news.address_of_record;
  if (wanted_keys_.learn(std::move(news))) delivery_.send_again(address_of_record);
}

void CommandService::learn_all(std::vector<KeyNews> all, std::uint64_t number) {
  for (const auto& changed : wanted_keys_.learn_all(std::move(all), number)) delivery_.send_again(changed);
}

void CommandService::run(ReadCommand read, CommandContext context, Reply reply) {
  // What could not be read is not repeated: nobody knows which part of it is a password.
  if (!read.command) return end({std::move(read.name), failed(read.command.error()), {}}, reply);
  std::visit([&](auto& command) { run(std::move(command), std::move(context), std::move(reply)); }, *read.command);
}

void CommandService::run(BindKey command, CommandContext context, const Reply& reply) {
  const auto refuse = [&](std::string_view why) {
    end({command_and(bind_key_name, command.shown), failed(why), {}}, reply);
  };

  auto contacts = contacts_of_user(ports_.directory, {command.profile, command.user, command.host});
  if (!contacts) return refuse(contacts.error());
  auto phone = contacts->empty() ? phone_elsewhere({command.profile, command.user, command.host}) : Phone{};
  if (!phone) return refuse(not_registered(command));
  if (!contacts->empty()) {
    if (!is_one_phone(*contacts)) return refuse(in_several_domains(command.user));
    phone->address_of_record = contacts->front()->address_of_record();
    phone->contacts = std::move(*contacts);
  }
  change_keys({std::string(bind_key_name),
               std::move(command.shown),
               std::move(*phone),
               [button = std::move(command.button)](const WantedKeys::View&) {
                 return std::vector<WantedKeys::Proposal>{{button}};
               },
               std::move(context.by),
               reply,
               {},
               std::move(context.precondition),
               std::move(context.refused),
               std::move(context.delivered)});
}

template <typename KeyCommand>
struct CommandService::GroupRun {
  KeyCommand command;
  CommandContext context;
  std::vector<std::string> members;
  std::vector<std::string> replies;
  std::size_t left = 0;
  Reply reply;

  [[nodiscard]] KeyCommand for_member(const std::string& member) const {
    auto one = command;
    one.phone = parse_user(member);
    const auto blank = one.shown.find(' ');
    one.shown = member + (blank == std::string::npos ? "" : one.shown.substr(blank));
    return one;
  }
  void end(std::size_t index, std::string told) {
    replies[index] = std::move(told);
    if (--left > 0) return;
    std::string text;
    for (const auto& one : replies) text.append(text.empty() ? "" : "\n").append(one);
    reply(std::move(text));
  }
};

template <typename KeyCommand>
bool CommandService::is_run_for_group(const KeyCommand& command, std::string_view name, const CommandContext& context,
                                      const Reply& reply) {
  const auto group = group_of(command.phone);
  if (!group) return false;
  const auto* members = remote_.members_of(*group, context.groups);
  if (members == nullptr || members->empty()) {
    end({command_and(name, command.shown),
         failed(fmt::format("there is no group {}", language::in_quotes_to_its_blank(*group))),
         {}},
        reply);
    return true;
  }
  const auto count = members->size();
  if (auto why = too_long_for_all(command.shown.size(), count)) {
    // As typed it would be in memory, in the event, once more than need be.
    end({command_and(name, command.shown.substr(0, command.shown.find(' '))), failed(*why), {}}, reply);
    return true;
  }
  run_next(std::make_shared<GroupRun<KeyCommand>>(
               GroupRun<KeyCommand>{command, context, *members, std::vector<std::string>(count), count, reply}),
           0);
  return true;
}

template <typename KeyCommand>
void CommandService::run_next(const std::shared_ptr<GroupRun<KeyCommand>>& group, std::size_t begin) {
  const auto end = std::min(begin + RemoteControl::most_a_turn, group->members.size());
  for (auto i = begin; i < end; ++i) {
    run(group->for_member(group->members[i]), group->context,
        [group, i](std::string told) { group->end(i, std::move(told)); });
  }
  if (end == group->members.size()) return;
  ports_.clock.after(std::chrono::milliseconds(0), lifetime_.guard([this, group, end] { run_next(group, end); }));
}

void CommandService::run(SetButtons command, CommandContext context, const Reply& reply) {
  if (is_run_for_group(command, button_name, context, reply)) return;
  auto phone = phone_of(command.phone);
  if (!phone) return end({command_and(button_name, command.shown), failed(phone.error()), {}}, reply);
  change_keys({std::string(button_name),
               std::move(command.shown),
               std::move(*phone),
               [edits = std::move(command.keys)](const WantedKeys::View& now) {
                 std::vector<WantedKeys::Proposal> proposals;
                 for (const auto& edit : edits) {
                   const auto same_key = [&](const auto& proposal) { return proposal.button.key == edit.key; };
                   auto at = std::find_if(proposals.begin(), proposals.end(), same_key);
                   if (at == proposals.end()) {
                     at = proposals.insert(at, WantedKeys::Proposal{});
                     at->button.key = edit.key;
                     const auto* wanted = now.find(edit.key);
                     if (wanted != nullptr && !wanted->cleared) at->button = wanted->button;
                   }
                   edit.apply(at->button);
                 }
                 return proposals;
               },
               std::move(context.by),
               reply,
               {},
               std::move(context.precondition),
               std::move(context.refused),
               std::move(context.delivered)});
}

void CommandService::run(ClearButtons command, CommandContext context, const Reply& reply) {
  if (is_run_for_group(command, clear_name, context, reply)) return;
  auto phone = phone_of(command.phone);
  if (!phone) return end({command_and(clear_name, command.shown), failed(phone.error()), {}}, reply);
  change_keys({std::string(clear_name),
               std::move(command.shown),
               std::move(*phone),
               [key = std::move(command.key)](const WantedKeys::View& now) {
                 std::vector<WantedKeys::Proposal> proposals;
                 for (auto& name : key.empty() ? now.keys() : std::vector<std::string>{key}) {
                   language::Button dark;
                   dark.key = std::move(name);
                   dark.light = language::Light::off;
                   proposals.push_back({std::move(dark), true});
                 }
                 return proposals;
               },
               std::move(context.by),
               reply,
               {},
               std::move(context.precondition),
               std::move(context.refused),
               std::move(context.delivered)});
}

void CommandService::run(const ListButtons& command, const CommandContext&, const Reply& reply) {
  const auto line = command_and(buttons_name, command.shown);
  const auto phone = phone_of(command.phone);
  if (!phone) return end({line, failed(phone.error()), {}}, reply);
  const auto listed = keys(phone->address_of_record);
  auto first =
      fmt::format("+OK {} {} of {}{}", listed.size(), listed.size() == 1 ? "key" : "keys", phone->address_of_record,
                  !phone->node.empty()      ? fmt::format(" (registered with {})", phone->node)
                  : phone->contacts.empty() ? " (not registered)"
                                            : "");
  auto text = first;
  for (const auto& key : listed) {
    auto row = fmt::format("{} state={} set={}", write_button_arguments(key.button), to_string(key.state),
                           iso_time(key.set_at));
    if (!key.set_by.empty()) row += " by=" + language::quote_argument(key.set_by);
    row = language::printable(row);
    text.append("\n").append(row);
  }
  ports_.events.publish(CommandDone{line, std::move(first), {}});
  reply_later(reply, std::move(text));
}

tl::expected<CommandService::Phone, std::string> CommandService::phone_of(const Directory::Query& query) const {
  auto contacts = contacts_of_user(ports_.directory, query);
  if (!contacts) return tl::unexpected(std::move(contacts.error()));
  if (!contacts->empty()) {
    if (!is_one_phone(*contacts)) return tl::unexpected(in_several_domains(query.user));
    auto address_of_record = contacts->front()->address_of_record();
    return Phone{std::move(address_of_record), std::move(*contacts)};
  }
  if (auto elsewhere = phone_elsewhere(query)) return std::move(*elsewhere);
  auto account = ports_.directory.account(query);
  if (!account) {
    const auto typed = query.user + (query.domain.empty() ? "" : "@") + query.domain;
    return tl::unexpected(fmt::format("user {} not registered, and there is no one account of that name",
                                      language::in_quotes_to_its_blank(typed)));
  }
  return Phone{std::move(*account), {}};
}

std::optional<CommandService::Phone> CommandService::phone_elsewhere(const Directory::Query& query) const {
  if (ports_.others == nullptr || registration::means_any(query.user)) return std::nullopt;
  auto account = ports_.directory.account(query);
  if (!account) return std::nullopt;
  auto node = ports_.others->node_of(*account);
  if (node.empty()) return std::nullopt;
  return Phone{std::move(*account), {}, std::move(node)};
}

std::vector<RegistrationPointer> CommandService::contacts_here(const std::string& address_of_record) const {
  const auto at = address_of_record.rfind('@');
  if (at == std::string::npos) return {};
  auto found =
      contacts_of_user(ports_.directory, {{}, address_of_record.substr(0, at), address_of_record.substr(at + 1)});
  return found ? std::move(*found) : std::vector<RegistrationPointer>{};
}

void CommandService::find_again(Phone& phone) const {
  auto node = ports_.others == nullptr ? std::string() : ports_.others->node_of(phone.address_of_record);
  if (!node.empty()) {
    phone.contacts.clear();
    phone.node = std::move(node);
  } else if (phone.contacts.empty()) {
    phone.contacts = contacts_here(phone.address_of_record);
    if (!phone.contacts.empty()) phone.node.clear();
  }
}

void CommandService::change_keys(KeyChange change) {
  const auto kept = std::make_shared<KeyChange>(std::move(change));
  auto edit = [kept](const WantedKeys::View& now) {
    auto proposals = kept->edit(now);
    kept->made.clear();  // it may be asked again
    for (const auto& proposal : proposals) kept->made.push_back(proposal.button);
    return proposals;
  };
  auto changed = [this, kept](tl::expected<std::vector<WantedKeys::Revision>, std::string> revisions) {
    const auto& phone = kept->phone;
    if (!revisions && kept->is_replied) {
      for (const auto& made : kept->made) {
        auto button = made;
        button.number = action_without_password(button.number);
        ports_.events.publish(ButtonSet{phone.address_of_record, std::move(button), false, {}, revisions.error()});
      }
      return;
    }
    if (!revisions) {
      return answer(*kept,
                    failed(fmt::format("{}: {}", not_set(kept->keys(), phone.address_of_record), revisions.error())));
    }
    if (kept->is_refused) {
      if (kept->refused) kept->refused();
      return answer(*kept, failed(fmt::format("{} was changed meanwhile: nothing is set", phone.address_of_record)));
    }
    if (revisions->empty()) return answer(*kept, "+OK " + kept->shown);
    bring(kept, *revisions);
  };
  WantedKeys::Condition condition;
  if (kept->precondition) {
    condition = [kept](const WantedKeys::View& now) {
      kept->is_refused = !kept->precondition(now);
      return !kept->is_refused;
    };
  }
  wanted_keys_.change(kept->phone.address_of_record, std::move(edit), kept->by, lifetime_.guard(std::move(changed)),
                      std::move(condition));
  if (options_.reply_when == ReplyWhen::accepted && !kept->phone.contacts.empty()) {
    answer(*kept, "+OK " + kept->shown);
  }
}

void CommandService::bring(const std::shared_ptr<KeyChange>& change,
                           const std::vector<WantedKeys::Revision>& revisions) {
  // While the store was busy it may have registered, or moved, when there was nothing yet to send it.
  find_again(change->phone);
  const auto& phone = change->phone;
  if (phone.contacts.empty() && phone.node.empty()) {
    return answer(*change, pending(change->shown, phone.address_of_record));
  }
  if (phone.contacts.empty()) {
    bring_elsewhere(change, revisions);
  } else {
    bring_here(change, revisions);
  }
  if (options_.reply_when != ReplyWhen::delivered) answer(*change, "+OK " + change->shown);
}

void CommandService::bring_here(const std::shared_ptr<KeyChange>& change,
                                const std::vector<WantedKeys::Revision>& revisions) {
  delivery_.deliver(change->phone.contacts, revisions,
                    lifetime_.guard([this, change, revisions](std::vector<ContactOutcome> outcomes) {
                      answered(*change, revisions, std::move(outcomes));
                    }));
}

void CommandService::bring_elsewhere(const std::shared_ptr<KeyChange>& change,
                                     const std::vector<WantedKeys::Revision>& revisions) {
  auto done = [this, change, revisions](tl::expected<std::vector<ContactOutcome>, std::string> outcomes) {
    if (outcomes && !outcomes->empty()) return answered(*change, {}, std::move(*outcomes));
    // Whoever was asked has it no more. Once it is here it is sent what it lacks by nobody but this.
    find_again(change->phone);
    if (!change->phone.contacts.empty()) return bring_here(change, revisions);
    const auto& address_of_record = change->phone.address_of_record;
    if (outcomes) return answer(*change, pending(change->shown, address_of_record));
    answer(*change, fmt::format("+OK {}: stored; whether {} shows it is not known: {}", change->shown,
                                address_of_record, outcomes.error()));
  };
  ports_.others->deliver(change->phone.address_of_record, revisions, lifetime_.guard(std::move(done)));
}

void CommandService::answered(KeyChange& change, const std::vector<WantedKeys::Revision>& revisions,
                              std::vector<ContactOutcome> outcomes) {
  const auto& address_of_record = change.phone.address_of_record;
  const auto delivery = control::delivery(outcomes);
  if (delivery == Delivery::refused) roll_back(address_of_record, revisions);
  if (change.delivered) change.delivered(delivery);
  publish_outcome(change, outcomes);
  auto reply = keys_reply(change.shown, change.keys(), address_of_record, outcomes);
  answer(change, std::move(reply), std::move(outcomes));
}

void CommandService::answer(KeyChange& change, std::string reply, std::vector<ContactOutcome> contacts) {
  if (std::exchange(change.is_replied, true)) return;
  end({change.line(), std::move(reply), std::move(contacts)}, change.reply);
}

void CommandService::roll_back(const std::string& address_of_record, const std::vector<WantedKeys::Revision>& refused) {
  for (const auto& revision : refused) {
    const auto* wanted = wanted_keys_.wanted(address_of_record, revision.key);
    const auto states = wanted != nullptr && wanted->revision == revision.revision
                            ? delivery_.states(address_of_record, *wanted)
                            : std::vector<KeySync::ContactState>{};
    const bool is_shown = std::any_of(states.begin(), states.end(), [](const KeySync::ContactState& contact) {
      return contact.state == KeySync::State::confirmed;
    });
    wanted_keys_.roll_back(address_of_record, revision, is_shown);
  }
  delivery_.send_again(address_of_record);
}

void CommandService::publish_outcome(const KeyChange& change, const std::vector<ContactOutcome>& outcomes) {
  const auto& address_of_record = change.phone.address_of_record;
  const bool is_confirmed = control::delivery(outcomes) == Delivery::confirmed;
  for (const auto& made : change.made) {
    auto button = made;
    button.number = action_without_password(button.number);
    auto told = outcomes;
    for (auto& contact : told) {
      if (contact.channel) contact.lost = delivery_.lost(address_of_record, contact, made);
    }
    ports_.events.publish(ButtonSet{address_of_record, std::move(button), is_confirmed, std::move(told), {}});
  }
}

void CommandService::deliver_here(const std::string& address_of_record,
                                  const std::vector<WantedKeys::Revision>& revisions, KeySync::Done done) {
  const auto contacts = contacts_here(address_of_record);
  if (contacts.empty()) {
    ports_.executor.post([done = std::move(done)] { done({}); });
    return;
  }
  delivery_.deliver(contacts, revisions,
                    lifetime_.guard([this, address_of_record, revisions,
                                     done = std::move(done)](std::vector<ContactOutcome> outcomes) {
                      if (control::delivery(outcomes) == Delivery::refused) roll_back(address_of_record, revisions);
                      done(std::move(outcomes));
                    }));
}

void CommandService::run_here(std::string_view line, CommandContext context, OtherNodes::Done done) {
  auto read = read_command(line);
  auto* command = read.command ? std::get_if<SnomCommand>(&*read.command) : nullptr;
  if (command == nullptr) {
    ports_.executor.post([done = std::move(done)] { done(tl::unexpected(std::string("no snom_command"))); });
    return;
  }
  context.is_from_other_node = true;
  remote_.run(std::move(*command), context, {},
              [done = std::move(done)](std::vector<CommandDone> ends) { done(std::move(ends.front().contacts)); });
}

void CommandService::tell_here(const std::string& address_of_record, const std::string& text) {
  for (auto& contact : contacts_here(address_of_record)) {
    ports_.messages.send({std::move(contact), "snom", "text/plain;charset=utf-8", text}, [](const SipOutcome&) {});
  }
}

std::vector<CommandService::KeyStatus> CommandService::keys(std::string_view address_of_record) const {
  std::vector<KeyStatus> listed;
  for (const auto* wanted : wanted_keys_.wanted(address_of_record)) {
    if (!wanted->cleared) listed.push_back(status_of(address_of_record, *wanted));
  }
  return listed;
}

std::optional<CommandService::KeyStatus> CommandService::key(std::string_view address_of_record,
                                                             std::string_view key) const {
  const auto* wanted = wanted_keys_.wanted(address_of_record, key);
  if (wanted == nullptr || wanted->cleared) return std::nullopt;
  return status_of(address_of_record, *wanted);
}

CommandService::KeyStatus CommandService::status_of(std::string_view address_of_record,
                                                    const WantedButton& wanted) const {
  using State = KeySync::State;
  KeyStatus status{wanted.button,  false,         State::pending,
                   wanted.set_at,  wanted.set_by, delivery_.states(address_of_record, wanted),
                   wanted.revision};
  status.button.number = action_without_password(status.button.number);
  status.number_hidden = status.button.number != wanted.button.number;
  const auto is = [](State state) { return [state](const auto& contact) { return contact.state == state; }; };
  const auto& contacts = status.contacts;
  if (std::any_of(contacts.begin(), contacts.end(), is(State::confirmed))) {
    status.state = State::confirmed;
  } else if (!contacts.empty() && std::all_of(contacts.begin(), contacts.end(), is(State::failed))) {
    status.state = State::failed;
  }
  return status;
}

void CommandService::run(SnomCommand command, const CommandContext& context, Reply reply) {
  constexpr std::size_t short_enough = 256;  // for as many phones as there may be
  if (command.rest.size() > short_enough) {
    if (auto why = too_long_for_all(command.rest.size(), remote_.count(command.targets, context.groups))) {
      return end({std::string(snom_command_name), failed(*why), {}}, reply);
    }
  }
  const auto each = [this](CommandDone& one) {
    one.command = language::printable(one.command);
    one.reply = language::printable(one.reply);
    ports_.events.publish(one);
  };
  remote_.run(std::move(command), context, each, [reply = std::move(reply)](const std::vector<CommandDone>& ends) {
    std::string text;
    for (const auto& one : ends) text.append(text.empty() ? "" : "\n").append(one.reply);
    reply(std::move(text));
  });
}

std::optional<language::Button> CommandService::bound(const Press& press) const {
  const auto address_of_record = press.from->address_of_record();
  if (auto button = wanted_keys_.referred_action(address_of_record, press.target)) return button;
  const auto key = key_in_body(press.body);
  auto button = wanted_keys_.bound_action(address_of_record, press.target, key);
  // A bound number that names its host arrives in two parts.
  if (!button) button = wanted_keys_.bound_action(address_of_record, press.target + "@" + press.target_host, key);
  // A phone that was told a reference asks for that.
  if (button && options_.new_reference && !options_.new_reference(address_of_record, *button).empty()) {
    return std::nullopt;
  }
  return button;
}

void CommandService::note_press(const Press& press) {
  const auto button = bound(press);
  if (!button) return;
  ports_.events.publish(
      Pressed{press.from->address_of_record(), button->key, action_without_password(button->number), true, {}, {}});
}

bool CommandService::press(const Press& press) {
  auto address_of_record = press.from->address_of_record();
  const auto button = bound(press);
  if (!button) {
    trials_.note_press(address_of_record,
                       {press.target, std::string(key_in_body(press.body)), press.content_type, press.body});
    ports_.events.publish(Pressed{std::move(address_of_record),
                                  {},
                                  action_without_password(press.target),
                                  false,
                                  "not bound to a key of this phone",
                                  {},
                                  press.from->network_host});
    return false;
  }

  run_press(press.from, *button);
  return true;
}

void CommandService::try_key(const Directory::Query& phone, const KeyTrial& trial,
                             std::function<void(tl::expected<std::vector<ContactOutcome>, std::string>)> done) {
  const auto contacts = contacts_of_user(ports_.directory, phone);
  if (!contacts || contacts->empty()) {
    const auto elsewhere = phone_elsewhere(phone);
    auto why = elsewhere  ? fmt::format("registered with {}: ask there", elsewhere->node)
               : contacts ? std::string("not registered")
                          : contacts.error();
    ports_.executor.post([done = std::move(done), why = std::move(why)] { done(tl::unexpected(why)); });
    return;
  }
  std::vector<ContactOutcome> asked;
  asked.reserve(contacts->size());
  for (const auto& contact : *contacts) asked.push_back({language::without_uri_passwords(contact->contact), 0, {}});
  const auto collector = std::make_shared<OutcomeCollector>(
      std::move(asked), ports_.executor,
      lifetime_.guard([done = std::move(done)](std::vector<ContactOutcome> outcomes) { done(std::move(outcomes)); }));
  for (std::size_t i = 0; i < contacts->size(); ++i) {
    trials_.send((*contacts)[i], trial, [collector, i, channel = trial.channel](SipOutcome outcome) {
      collector->answer(i, outcome.status, std::move(outcome.reason), channel, outcome.unconfirmed);
    });
  }
}

void CommandService::end_trial(const Directory::Query& phone, const std::string& key) {
  const auto contacts = contacts_of_user(ports_.directory, phone);
  if (!contacts) return;
  for (const auto& contact : *contacts) delivery_.subscribed(contact, key);
}

CommandService::KeyPress CommandService::press_key(const RegistrationPointer& from, const std::string& key) {
  const auto* wanted = wanted_keys_.wanted(from->address_of_record(), key);
  if (wanted == nullptr || wanted->cleared || wanted->button.number.empty()) {
    ports_.events.publish(
        Pressed{from->address_of_record(), key, {}, false, "nothing is bound to it", {}, from->network_host});
    return {};
  }
  // A copy: what it runs may bind this very key anew.
  const auto button = wanted->button;
  run_press(from, button);
  return {true, button.action.value_or(language::Action::invite) == language::Action::invite ? button.number : ""};
}

KeyLight CommandService::light(const std::string& address_of_record, const std::string& key) const {
  const auto* wanted = wanted_keys_.wanted(address_of_record, key);
  return wanted == nullptr || wanted->cleared ? KeyLight{key} : light_of(wanted->button);
}

std::vector<KeyLight> CommandService::lights(const std::string& address_of_record) const {
  std::vector<KeyLight> lights;
  for (const auto* wanted : wanted_keys_.wanted(address_of_record)) {
    if (!wanted->cleared) lights.push_back(light_of(wanted->button));
  }
  return lights;
}

void CommandService::run_press(const RegistrationPointer& from, const language::Button& button) {
  const auto whose = from->address_of_record();
  Pressed pressed{whose, button.key, action_without_password(button.number), true, {}, {}};
  const auto command =
      button.action == language::Action::message ? own_command(button.number) : std::optional<std::string_view>();
  if (!command) return ports_.events.publish(std::move(pressed));
  run_action(*command, whose,
             lifetime_.guard([this, pressed = std::move(pressed),
                              phone = Directory::Query{from->profile, from->user, from->domain}](
                                 const std::string& output) mutable {
               pressed.output = output;
               ports_.events.publish(std::move(pressed));
               tell(phone, output);
             }));
}

void CommandService::run_action(std::string_view command_line, const std::string& address_of_record, Reply reply) {
  if (options_.actions == nullptr) {
    return run(command_line, {.by = "press of " + address_of_record}, std::move(reply));
  }
  options_.actions->run(command_line, std::move(reply));
}

void CommandService::end(CommandDone done, const Reply& reply) {
  done.command = language::printable(done.command);
  done.reply = language::printable(done.reply);
  auto text = done.reply;
  ports_.events.publish(std::move(done));
  reply_later(reply, std::move(text));
}

void CommandService::reply_later(Reply reply, std::string text) {
  ports_.executor.post([reply = std::move(reply), text = std::move(text)]() mutable { reply(std::move(text)); });
}

void CommandService::tell(const Directory::Query& phone, const std::string& text) {
  auto contacts = contacts_of_user(ports_.directory, phone);
  if (!contacts) return;
  if (const auto elsewhere = contacts->empty() ? phone_elsewhere(phone) : std::nullopt) {
    return ports_.others->tell(elsewhere->address_of_record, text);
  }
  for (auto& contact : *contacts) {
    ports_.messages.send({std::move(contact), "snom", "text/plain;charset=utf-8", text}, [](const SipOutcome&) {});
  }
}

}  // namespace snom::control
