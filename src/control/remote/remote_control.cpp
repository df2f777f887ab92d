#include "control/remote/remote_control.h"

#include <algorithm>
#include <cstddef>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "control/commands/find_contacts.h"
#include "control/contact.h"
#include "control/outcome_collector.h"
#include "language/command_line.h"
#include "language/model_table.h"
#include "language/phone_model.h"
#include "language/refused.h"

namespace snom::control {
namespace {

/// A phone's picture has up to 2 MB.
constexpr std::size_t most_picture_bytes = 4UL * 1024 * 1024;

std::string line_of(std::string_view shown) { return fmt::format("{} {}", snom_command_name, shown); }

/// Of several phones' pictures each gets a name of its own.
std::string picture_name(const std::string& file, std::string_view phone, bool is_only_one) {
  if (is_only_one) return file;
  std::string name(phone);
  for (char& c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '@' ||
                       c == '.' || c == '-' || c == '_';
    if (!plain) c = '_';
  }
  return (name.starts_with('.') ? "_" : "") + name + "-" + file;
}

}  // namespace

/// One thing to ask of one contact or page.
struct RemoteControl::Asked {
  ContactOutcome outcome;
  RegistrationPointer contact;  ///< empty for a page that was named
  std::string url;              ///< with channel http
};

/// A command under way.
struct RemoteControl::Run {
  SnomCommand command;
  CredentialsOf credentials;  ///< by address of record, where the command has none
  bool is_from_other_node = false;
  std::vector<Target> targets;
  std::vector<CommandDone> ended;
  std::size_t left = 0;
  runtime::Executor& executor;
  Each each;
  Done done;

  [[nodiscard]] std::string shown(const Target& target) const {
    return command.targets.size() == 1 && targets.size() == 1 && target.typed == command.targets.front().typed
               ? command.shown
               : target.typed + command.shown_rest;
  }
  void end(std::size_t index, CommandDone one) {
    if (each) each(one);
    ended[index] = std::move(one);
    if (--left > 0) return;
    executor.post(
        [done = std::exchange(done, nullptr), ended = std::move(ended)]() mutable { done(std::move(ended)); });
  }
};

/// Phones of a command, each once, where it is named first.
class RemoteControl::Named {
 public:
  /// Whether a group, or a target (a phone, `*`), is met for the first time: it means the same each time, and is looked
  /// up once.
  [[nodiscard]] bool is_first_group(const std::string& name) { return groups_.insert(name).second; }
  [[nodiscard]] bool is_first_target(const std::string& typed) { return targets_.insert(typed).second; }
  void add(Target phone) {
    if (names_.insert(phone.typed).second) phones_.push_back(std::move(phone));
  }
  [[nodiscard]] std::vector<Target> take() { return std::move(phones_); }

 private:
  std::vector<Target> phones_;
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> groups_;
  std::unordered_set<std::string> targets_;
};

void RemoteControl::use(Settings settings) {
  settings_ = std::move(settings);
  xml_.use(settings_.xml_pause);
}

void RemoteControl::add_phones(const CommandTarget& target, Named& named) const {
  if (!named.is_first_target(target.typed)) return;
  if (const auto* page = std::get_if<WebAddress>(&target.phone)) return named.add({target.typed, *page, {}});
  auto query = std::get<Directory::Query>(target.phone);
  if (query.user != "*") {
    auto contacts = contacts_of_user(directory_, query);
    const bool is_here = !contacts || !contacts->empty();
    return named.add({target.typed, {}, std::move(contacts), is_here ? std::string() : elsewhere(query)});
  }
  query.user.clear();
  bool any_elsewhere = false;
  if (others_ != nullptr) {
    for (auto& address : others_->phones()) {
      const auto domain = std::string_view(address).substr(address.rfind('@') + 1);
      if (!registration::means_any(query.domain) && domain != query.domain) continue;
      any_elsewhere = true;
      named.add({address, {}, {}, address});
    }
  }
  auto found = directory_.find(query);
  if (found && found->empty() && any_elsewhere) return;
  if (!found || found->empty()) return named.add({target.typed, {}, std::move(found)});
  std::map<std::string, std::vector<RegistrationPointer>> by_address;
  for (auto& contact : *found) by_address[contact->address_of_record()].push_back(std::move(contact));
  for (auto& [address, contacts] : by_address) named.add({address, {}, std::move(contacts)});
}

std::string RemoteControl::elsewhere(const Directory::Query& query) const {
  if (others_ == nullptr || registration::means_any(query.user)) return {};
  const auto account = directory_.account(query);
  return account && !others_->node_of(*account).empty() ? *account : std::string();
}

const std::vector<std::string>* RemoteControl::members_of(std::string_view group, const Groups& groups) const {
  for (const auto* known : {&groups, &settings_.groups, &kept_groups_}) {
    if (const auto found = known->find(group); found != known->end()) return &found->second;
  }
  return nullptr;
}

std::size_t RemoteControl::count(const std::vector<CommandTarget>& targets, const Groups& groups) const {
  std::optional<std::size_t> everybody;
  const auto count_everybody = [&] {
    if (!everybody) everybody = directory_.names().size() + (others_ == nullptr ? 0 : others_->phones().size());
    return *everybody;
  };
  std::size_t phones = 0;
  for (const auto& target : targets) {
    const auto* members = members_of(target.typed, groups);
    const auto* phone = std::get_if<Directory::Query>(&target.phone);
    const bool is_everybody = phone != nullptr && registration::means_any(phone->user);
    phones += members != nullptr ? members->size() : is_everybody ? count_everybody() : 1;
  }
  return phones;
}

std::vector<RemoteControl::Target> RemoteControl::resolve(const std::vector<CommandTarget>& targets,
                                                          const Groups& groups) const {
  Named named;
  for (const auto& target : targets) {
    const auto* members = members_of(target.typed, groups);
    if (members == nullptr) {
      add_phones(target, named);
    } else if (named.is_first_group(target.typed)) {
      for (const auto& member : *members) add_phones({member, parse_user(member)}, named);
    }
  }
  return named.take();
}

std::vector<RegistrationPointer> RemoteControl::contacts_of(const std::vector<CommandTarget>& targets,
                                                            const Groups& groups) const {
  std::vector<RegistrationPointer> contacts;
  for (auto& target : resolve(targets, groups)) {
    if (target.contacts) contacts.insert(contacts.end(), target.contacts->begin(), target.contacts->end());
  }
  return contacts;
}

void RemoteControl::run(SnomCommand command, const CommandContext& context, Each each, Done done) {
  auto targets = resolve(command.targets, context.groups);
  const auto count = targets.size();
  run_next(
      std::make_shared<Run>(Run{std::move(command), context.credentials, context.is_from_other_node, std::move(targets),
                                std::vector<CommandDone>(count), count, executor_, std::move(each), std::move(done)}),
      0);
}

void RemoteControl::run_next(const std::shared_ptr<Run>& run, std::size_t begin) {
  const auto end = std::min(begin + most_a_turn, run->targets.size());
  for (auto i = begin; i < end; ++i) run_one(run, i);
  if (end == run->targets.size()) return;
  clock_.after(std::chrono::milliseconds(0), lifetime_.guard([this, run, end] { run_next(run, end); }));
}

tl::expected<Channel, std::string> RemoteControl::channel_for(const RemoteCommand& command,
                                                              const Registration& contact) const {
  if (command.any_firmware) return Channel::notify;
  auto channel = channel_of_commands(contact, settings_.channels.commands(contact));
  if (!channel) return channel;
  const bool by_web = *channel == Channel::http;
  if (by_web && !command.web) return tl::unexpected(command.web.error());
  if (by_web || command.xml) {
    const auto takes = by_web ? std::chrono::milliseconds(0) : xml_.duration(*command.xml);
    if (takes <= XmlDelivery::longest) return channel;
    return tl::unexpected(fmt::format("takes {} ms by NOTIFY, {} ms are possible (fewer keys, or shorter pauses)",
                                      takes.count(), XmlDelivery::longest.count()));
  }
  const auto model = language::parse_user_agent(contact.user_agent);
  const bool no_web = model && !language::traits_of(*model).has_http_control;
  const auto page = web_address(contact);
  const bool configured = settings_.channels.commands(contact) == ChannelSettings::Commands::notify;
  return tl::unexpected(fmt::format("{}, and {}", command.xml.error(),
                                    no_web               ? "this model has no remote control by HTTP"
                                    : configured || page ? "this phone is configured to be reached by NOTIFY"
                                                         : page.error()));
}

std::vector<RemoteControl::Asked> RemoteControl::ask_whom(const SnomCommand& command, const Target& target) const {
  const auto& remote = command.remote;
  std::vector<Asked> asked;
  if (target.page) {
    ContactOutcome outcome{target.page->base, 0, {}};
    if (!remote.web) {
      outcome.reason = remote.web.error();
      return {{std::move(outcome), {}, {}}};
    }
    auto url = target.page->base + *remote.web;
    outcome.contact = shown_url(url);
    outcome.channel = Channel::http;
    return {{std::move(outcome), {}, std::move(url)}};
  }
  for (const auto& contact : *target.contacts) {
    Asked one{{language::without_uri_passwords(contact->contact), 0, {}}, contact, {}};
    const auto channel = channel_for(remote, contact);
    if (!channel) {
      one.outcome.reason = channel.error();
    } else {
      one.outcome.channel = *channel;
    }
    if (channel == Channel::http) {
      one.url = web_address(contact).value() + *remote.web;
      one.outcome.contact = shown_url(one.url);
      // Two contacts of one phone have one web page.
      const auto is_same = [&one](const Asked& other) { return other.url == one.url; };
      if (std::any_of(asked.begin(), asked.end(), is_same)) continue;
    }
    asked.push_back(std::move(one));
  }
  return asked;
}

void RemoteControl::run_one(const std::shared_ptr<Run>& run, std::size_t index) {
  const auto& target = run->targets[index];
  const auto& command = run->command;
  auto shown = run->shown(target);
  const auto fail = [&](std::string_view why) { run->end(index, {line_of(shown), fmt::format("-ERR {}", why), {}}); };
  if (!target.contacts) return fail(target.contacts.error());
  if (!target.elsewhere.empty() && !run->is_from_other_node) return run_elsewhere(run, index);
  if (!target.page && target.contacts->empty())
    return fail(fmt::format("user {} not registered", language::in_quotes_to_its_blank(target.typed)));
  const auto& file = command.remote.screen_file;
  if (!file.empty() && pictures_ == nullptr) {
    return fail(fmt::format("{}: there is no folder for pictures (docs/commands.md)", shown));
  }

  auto asked = ask_whom(command, target);
  std::vector<ContactOutcome> outcomes;
  outcomes.reserve(asked.size());
  for (const auto& one : asked) outcomes.push_back(one.outcome);
  const auto collector = std::make_shared<OutcomeCollector>(
      std::move(outcomes), executor_,
      lifetime_.guard([run, index, shown = std::move(shown)](std::vector<ContactOutcome> answers) {
        auto reply = snom_command_reply(shown, !run->command.username.empty(), answers);
        run->end(index, {line_of(shown), std::move(reply), std::move(answers)});
      }));
  const auto picture = file.empty() ? "" : picture_name(file, target.typed, run->targets.size() == 1);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    auto& one = asked[i];
    const auto channel = one.outcome.channel;
    if (!channel) {
      collector->answer(i, 0, one.outcome.reason);
      continue;
    }
    if (channel == Channel::notify) {
      xml_.send(one.contact, *command.remote.xml, [collector, i](SipOutcome outcome) {
        collector->answer(i, outcome.status, std::move(outcome.reason), Channel::notify, outcome.unconfirmed);
      });
      continue;
    }
    const auto max_body = picture.empty() ? 0 : most_picture_bytes;
    get(one, {command.username, command.password}, run->credentials, max_body,
        lifetime_.guard([this, collector, i, picture](WebOutcome outcome) {
          if (!picture.empty() && outcome.status == 200) {
            return pictures_->keep(
                picture, std::move(outcome.body),
                [collector, i, status = outcome.status](const tl::expected<void, std::string>& kept) {
                  if (kept) return collector->answer(i, status, {}, Channel::http);
                  collector->answer(i, 0, kept.error(), Channel::http);
                });
          }
          collector->answer(i, outcome.status, std::move(outcome.error), Channel::http);
        }));
  }
}

void RemoteControl::run_elsewhere(const std::shared_ptr<Run>& run, std::size_t index) {
  const auto& [typed, page, contacts, address_of_record] = run->targets[index];
  const auto& command = run->command;
  auto shown = run->shown(run->targets[index]);
  if (!command.remote.screen_file.empty()) {
    auto reply = fmt::format("-ERR {}: pictures are kept by the node that the phone is registered with: ask {}", shown,
                             others_->node_of(address_of_record));
    return run->end(index, {line_of(shown), std::move(reply), {}});
  }
  const auto found = run->credentials.find(address_of_record);
  const auto credentials = found == run->credentials.end() ? Credentials{} : found->second;
  const auto takes = command.remote.xml ? xml_.duration(*command.remote.xml) : std::chrono::milliseconds(0);
  const auto line =
      fmt::format("{} {}{}", snom_command_name, language::quote_argument(address_of_record), command.rest);
  others_->run(address_of_record, line, credentials, limit_ + std::min(takes, XmlDelivery::longest),
               lifetime_.guard([run, index, shown = std::move(shown)](
                                   tl::expected<std::vector<ContactOutcome>, std::string> outcomes) {
                 std::string reply;
                 if (!outcomes) {
                   reply = fmt::format("-ERR {}: whether it was done is not known: {}", shown, outcomes.error());
                 } else if (outcomes->empty()) {
                   reply = fmt::format("-ERR user {} not registered",
                                       language::in_quotes_to_its_blank(run->targets[index].typed));
                 } else {
                   reply = snom_command_reply(shown, !run->command.username.empty(), *outcomes);
                 }
                 auto asked = outcomes ? std::move(*outcomes) : std::vector<ContactOutcome>{};
                 run->end(index, {line_of(shown), std::move(reply), std::move(asked)});
               }));
}

void RemoteControl::get(const Asked& asked, const Credentials& own, const CredentialsOf& configured,
                        std::size_t max_body, std::function<void(WebOutcome)> done) {
  const bool is_named = asked.contact->user.empty();
  auto address_of_record = is_named ? std::string() : asked.contact->address_of_record();
  auto credentials = own;
  bool is_configured = false;
  if (own.username.empty() && !is_named) {
    if (const auto found = configured.find(address_of_record); found != configured.end()) {
      credentials = found->second;
      is_configured = true;
    } else if (const auto* entry = settings_.credentials.find(address_of_record, asked.contact->user_agent)) {
      credentials = {entry->username, entry->password};
      is_configured = true;
    }
  }
  web_.get({asked.url, std::move(credentials.username), std::move(credentials.password), std::move(address_of_record),
            max_body},
           [is_configured, done = std::move(done)](WebOutcome outcome) {
             if (outcome.status == 401 && is_configured) {
               outcome.error = "the phone refused the configured user name and password";
             }
             done(std::move(outcome));
           });
}

void RemoteControl::take_picture(const Directory::Query& phone, Picture done) {
  const auto refuse = [this, &done](std::string why) {
    executor_.post([done = std::move(done), why = std::move(why)]() mutable { done(tl::unexpected(std::move(why))); });
  };
  auto contacts = contacts_of_user(directory_, phone);
  if (!contacts) return refuse(std::move(contacts.error()));
  if (contacts->empty()) {
    const auto other = elsewhere(phone);
    return refuse(other.empty()
                      ? fmt::format("user {} not registered", language::in_quotes_to_its_blank(phone.user))
                      : fmt::format("{} is registered with another node: ask {}", other, others_->node_of(other)));
  }
  auto& contact = contacts->front();
  const auto command = picture_of_screen({});
  if (const auto channel = channel_for(command, contact); !channel) return refuse(channel.error());
  auto url = web_address(contact).value() + *command.web;
  get({{}, std::move(contact), std::move(url)}, {}, {}, most_picture_bytes,
      [done = std::move(done)](WebOutcome outcome) {
        if (outcome.status == 200) return done(std::move(outcome.body));
        const std::vector<ContactOutcome> only{{{}, outcome.status, std::move(outcome.error), Channel::http}};
        done(tl::unexpected(what_it_answered(only.front(), false)));
      });
}

}  // namespace snom::control
