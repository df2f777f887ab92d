#include "mod_snom/module.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "control/commands/phones_named.h"
#include "control/commands/redact.h"
#include "control/keys/key_address.h"
#include "control/keys/memory_button_store.h"
#include "control/presses/press.h"
#include "language/hex.h"
#include "language/percent.h"
#include "mod_snom/core.h"
#include "runtime/random.h"
#include "store/open_store.h"

namespace snom::freeswitch {
namespace {

using std::chrono::milliseconds;

/// mod_sofia repeats over UDP what is not answered, for 64 * T1 (RFC 3261 section 17.1.2.2), and cannot be stopped.
constexpr milliseconds longest_transaction{32000};

/// At the end, for phones to be given away to which nothing is under way.
constexpr milliseconds longest_drain{500};
constexpr milliseconds between_looks{10};

/// How often a thread that waits for a reply looks whether FreeSWITCH wants to be done with it.
constexpr milliseconds patience{250};

control::CommandService::Options command_service_options(const Settings& settings, control::ActionRunner& actions,
                                                         control::PictureKeeper* pictures) {
  control::CommandService::Options options;
  options.reply_when = settings.reply_when();
  options.delivery.answer_limit = settings.delivery_timeout;
  // Each one that is under way has a thread in mod_sofia, and commands want some, too. A NOTIFY is never answered:
  // there the rate alone counts.
  options.delivery.restores_under_way = std::max<std::size_t>(settings.max_deliveries / 4, 1);
  options.delivery.restores_per_second = 2000;
  options.actions = &actions;
  options.pictures = pictures;
  if (settings.press_mode == Settings::PressMode::reference) {
    options.new_reference = [](const std::string&, const language::Button& button) {
      return control::own_command(button.number)
                 ? std::string(control::message_reference) + language::to_hex(runtime::random_bytes(16))
                 : std::string();
    };
  }
  return options;
}

http::WebClient::Options web_options(const Settings& settings, std::shared_ptr<http::PinStore> pins) {
  http::WebClient::Options options;
  options.connect_timeout = settings.connect_timeout;
  options.total_timeout = settings.total_timeout;
  options.max_redirects = settings.max_redirects;
  options.max_connections = settings.max_connections;
  options.max_connections_per_host = settings.max_connections_per_phone;
  options.verify = settings.verify;
  options.ca_file = settings.ca_file;
  options.pins = std::move(pins);
  options.log = [](const std::string& line) { log(Level::warning, line); };
  return options;
}

}  // namespace

/// A reply on its way to the thread that waits for it. When nobody can give it any more, it is answered so.
struct Module::Answer {
  std::mutex mutex;
  std::condition_variable given;
  std::optional<std::string> text;

  void give(std::string reply) {
    const std::lock_guard lock(mutex);
    if (!text) text = std::move(reply);
    given.notify_all();
  }
};

Module::Module(const Settings& settings, std::shared_ptr<http::PinStore> pins)
    : settings_(settings),
      registrations_({[](const std::string& arguments) { return run_api("sofia", arguments); },
                      [] { return SofiaSource::Clock::now(); },
                      [this](std::function<void()> work) { control_.post(std::move(work)); },
                      [this](milliseconds delay, std::function<void()> work) {
                        asker_.post([this, delay, work = std::move(work)] { asker_.after(delay, work); });
                      }},
                     told_),
      message_sender_({settings.delivery_timeout, settings.max_deliveries}, control_,
                      [this](const ControlThread::Work& work) { return control_.run(work); }),
      jobs_(control_, control_, settings.action_timeout),
      presence_keys_(control_, control_, tell_presence),
      pages_(control_, web_options(settings, std::move(pins))) {
  events_.subscribe(event_counters_);
  events_.subscribe(event_log_);
  events_.subscribe(outgoing_events_);
  if (!settings.picture_folder.empty()) {
    pictures_.emplace(settings.picture_folder, workroom_, control_);
  }
}

tl::expected<std::unique_ptr<Module>, std::string> Module::open(const Settings& settings,
                                                                std::shared_ptr<http::PinStore> pins,
                                                                const std::string& store) {
  std::unique_ptr<Module> the_module(new Module(settings, std::move(pins)));
  if (auto started = the_module->start(store); !started) return tl::unexpected(std::move(started.error()));
  return the_module;
}

tl::expected<void, std::string> Module::start(const std::string& store) {
  if (store.empty()) {
    store_ = std::make_unique<control::MemoryButtonStore>(control_);
  } else {
    store::Limits limits;
    if (settings_.reply_when() == control::ReplyWhen::accepted) limits.gather = milliseconds(10);
    auto opened = store::open_store(
        store, control_, limits,
        [](const std::string& away) {
          if (away.empty()) return log(Level::info, "keys can be kept again");
          log(Level::error, "keys cannot be kept: " + away);
        },
        settings_.node_name);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    store_ = std::move(*opened);
  }
  tl::expected<void, std::string> loaded;
  control_.run([&] {
    if (!settings_.node_name.empty()) become_a_node();
    auto ports = nodes_ ? control::Ports{*held_phones_, *held_messages_, *held_pages_,         events_,     *store_,
                                         control_,      control_,        held_presence_.get(), nodes_.get()}
                        : control::Ports{registrations_, message_sender_, pages_,   events_,
                                         *store_,        control_,        control_, &presence_keys_};
    command_service_ = std::make_unique<control::CommandService>(
        ports, command_service_options(settings_, jobs_, pictures_ ? &*pictures_ : nullptr));
    command_service_->use({control::ChannelSettings(settings_.channels), {}, settings_.xml_pause});
    loaded = command_service_->load();
    // Groups are FreeSWITCH's directory's here.
    if (loaded && nodes_) nodes_->start({*command_service_, node_registrar_, [](const auto&) {}});
  });
  if (!loaded) return loaded;
  // What they show is not known: each gets its keys when its turn comes.
  registrations_.start();
  return {};
}

void Module::become_a_node() {
  cluster::Nodes::Options options{.name = settings_.node_name, .url = settings_.store_url};
  options.answer_limit = settings_.delivery_timeout + milliseconds(2000);
  // Nobody but the phone itself can register it here.
  options.takes_over = false;
  options.informed = [](const std::string& what) { log(Level::info, what); };
  options.warned = [](const std::string& what) { log(Level::warning, what); };
  nodes_ = std::make_unique<cluster::Nodes>(std::move(options), control_, control_, registrations_);
  held_phones_ = std::make_unique<cluster::HeldPhones>(registrations_, *nodes_);
  lingering_ = std::make_unique<cluster::Lingering>(control_, longest_transaction);
  held_messages_ = std::make_unique<cluster::HeldSender>(message_sender_, *nodes_, control_, lingering_.get());
  held_presence_ = std::make_unique<cluster::HeldSubscriptions>(presence_keys_, *nodes_, control_, *lingering_);
  held_pages_ = std::make_unique<cluster::HeldWeb>(pages_, *nodes_, control_);
}

void Module::NodeRegistrar::let_go(const std::vector<std::string>& addresses_of_record) {
  for (const auto& address_of_record : addresses_of_record) {
    for (const auto& contact : registration::contacts_of(module_.registrations_, address_of_record)) {
      module_.command_service_->let_go(contact);
    }
  }
}

void Module::drain() {
  const auto end = SofiaSource::Clock::now() + longest_drain;
  std::size_t left = 0;
  const auto look = [&] {
    left = 0;
    if (!nodes_) return;
    nodes_->drain();
    left = nodes_->held();
  };
  while (control_.run(look) && left > 0 && SofiaSource::Clock::now() < end) std::this_thread::sleep_for(between_looks);
}

void Module::stop() {
  drain();
  control_.stop();
  asker_.stop();
  message_sender_.join();
  // Nobody is on control's thread any more: this one takes its place. What was handed to the store is kept first, and
  // its last answers still find the command service.
  std::shared_ptr<store::NodeMember> member;
  control_.run_last([this, &member] {
    if (nodes_) member = nodes_->stop();
    if (store_) store_->close();
  });
  control_.run_last([this] { message_sender_.stop(); });
  member.reset();
  pages_.close().reset();
  workroom_.stop();
  control_.run_last([this] { command_service_.reset(); });
  nodes_.reset();
  store_.reset();
}

std::string Module::command(std::string_view line) {
  auto read = control::read_command(line);
  const auto* const remote = read.command ? std::get_if<control::SnomCommand>(&*read.command) : nullptr;
  // Everything has a limit of its own; this one is for the worst. A sequence of keys by NOTIFY has its pauses too.
  const auto limit = std::max(settings_.delivery_timeout, settings_.total_timeout) + milliseconds(2000) +
                     (remote != nullptr ? control::XmlDelivery::longest : milliseconds(0)) +
                     // Another node is asked, which has the same limit.
                     (nodes_ ? settings_.delivery_timeout + milliseconds(2000) : milliseconds(0));
  const auto answer = std::make_shared<Answer>();
  // Destroyed with the last copy of the reply function: then there is no answer to come.
  std::shared_ptr<void> hope(nullptr, [answer](void*) { answer->give("-ERR mod_snom is being unloaded"); });
  control::CommandContext context;
  Questions questions;
  auto begin = SofiaSource::Clock::now();
  bool begun = false;
  const auto run_unless_something_is_to_be_asked = [&] {
    if (remote != nullptr && has_questions(*remote, context.groups, questions)) return;
    begun = true;
    ++waiting_;
    command_service_->run(std::move(read), std::move(context),
                          [this, answer, hope = std::move(hope)](std::string reply) {
                            --waiting_;
                            answer->give(std::move(reply));
                          });
  };
  // mod_sofia, and the directory, which may be far away, are asked between two turns.
  if (read.command) registrations_.bring_up_to_date(control::phones_named(*read.command, {}));
  while (control_.run(run_unless_something_is_to_be_asked) && !begun) {
    if (!questions.names.empty()) {
      context.groups = groups_of(std::exchange(questions.names, {}));
      registrations_.bring_up_to_date(control::phones_named(*read.command, context.groups));
    }
    if (!questions.pages.empty()) context.credentials = credentials_of(std::exchange(questions.pages, {}));
    begin = SofiaSource::Clock::now();
  }
  hope.reset();

  std::unique_lock lock(answer->mutex);
  while (!answer->given.wait_for(lock, patience, [&] { return answer->text.has_value(); })) {
    if (!switch_core_ready()) return "-ERR FreeSWITCH is shutting down";
    if (leaving_) return "-ERR mod_snom is being unloaded";
    if (SofiaSource::Clock::now() - begin > limit) {
      return fmt::format("-ERR no outcome within {} ms", limit.count());
    }
  }
  return *answer->text;
}

bool Module::has_questions(const control::SnomCommand& command, const control::Groups& groups,
                           Questions& questions) const {
  if (!std::exchange(questions.names_asked, true)) {
    for (const auto& target : command.targets) {
      const auto* const query = std::get_if<registration::Directory::Query>(&target.phone);
      if (query == nullptr || registration::means_any(query->user)) continue;
      const auto found = registrations_.find(*query);
      if (!found || !found->empty()) continue;
      const bool any_domain = registration::means_any(query->domain);
      questions.names.push_back(
          {target.typed, *query, any_domain ? registrations_.domains() : std::vector{query->domain}});
    }
    if (!questions.names.empty()) return true;
  }
  if (!std::exchange(questions.pages_asked, true) && command.username.empty() && command.remote.web) {
    std::unordered_set<std::string> known;
    for (const auto& registration : command_service_->remote().contacts_of(command.targets, groups)) {
      auto address = registration->address_of_record();
      if (known.insert(address).second) questions.pages.push_back(std::move(address));
    }
    if (nodes_) ask_for_pages_elsewhere(command, questions.pages);
    if (!questions.pages.empty()) return true;
  }
  return false;
}

void Module::ask_for_pages_elsewhere(const control::SnomCommand& command, std::vector<std::string>& pages) const {
  for (const auto& target : command.targets) {
    const auto* const query = std::get_if<registration::Directory::Query>(&target.phone);
    auto phone = query == nullptr ? std::nullopt : nodes_->phone_elsewhere(*query);
    if (phone) pages.push_back(std::move(*phone));
  }
}

void Module::registered(registration::Registration registration, std::string presence_hosts) {
  registrations_.registered(std::move(registration), std::move(presence_hosts));
}

void Module::unregistered(registration::Registration registration) { registrations_.unregistered(registration); }

void Module::job_ended(std::string job, std::string output) {
  control_.post(
      [this, job = std::move(job), output = std::move(output)]() mutable { jobs_.ended(job, std::move(output)); });
}

Module::Sender Module::sender(const Message& message) const {
  if (registration::means_any(message.from_user)) {  // to the directory that would be everybody
    return tl::unexpected(fmt::format("'{}' is nobody's name", message.from_user));
  }
  const auto found = registrations_.find({message.profile, message.from_user, {}});
  if (!found) return tl::unexpected(found.error());
  const registration::RegistrationPointer* match = nullptr;
  for (const auto& registration : *found) {
    if (registration->network_host != message.from_address) continue;
    if (registration->domain == message.from_host) return registration;
    if (match != nullptr && (*match)->domain != registration->domain) {
      return tl::unexpected(fmt::format("'{}' is registered in several domains, and '{}' is none of them",
                                        message.from_user, message.from_host));
    }
    match = &registration;
  }
  if (match == nullptr) {
    return tl::unexpected(fmt::format("'{}' is not registered from {}", message.from_user, message.from_address));
  }
  return *match;
}

void Module::with_its_sender(Message message, std::function<void(const Message&, const Sender&)> work) {
  const registration::Directory::Query query{message.profile, message.from_user, {}};
  auto told = [this, message = std::move(message), work = std::move(work)] { work(message, sender(message)); };
  if (registration::means_any(query.user)) {
    control_.post(std::move(told));
  } else {
    registrations_.ask_again(query, std::move(told));
  }
}

void Module::refuse(const Message& message, std::string why) {
  events_.publish(control::Pressed{fmt::format("{}@{}", message.from_user, message.from_host),
                                   {},
                                   control::action_without_password(message.target),
                                   false,
                                   std::move(why),
                                   {}});
}

void Module::press(Message message) {
  with_its_sender(std::move(message), [this](const Message& sent, const Sender& from) {
    if (!from) return refuse(sent, from.error());
    // mod_sofia has answered the phone already; whether it was accepted is told by the event.
    std::ignore = command_service_->press({*from, sent.target, sent.target_host, sent.body});
  });
}

bool Module::passes(Message message) {
  const bool for_the_door = message.target.starts_with(control::api_prefix);
  if (!for_the_door || settings_.api_door == Settings::ApiDoor::open) {
    with_its_sender(std::move(message), [this](const Message& sent, const Sender& from) {
      if (from) {
        command_service_->note_press({*from, sent.target, sent.target_host, sent.body});
      }
    });
    return true;
  }
  bool allowed = false;
  const bool is_looked_for =
      settings_.api_door == Settings::ApiDoor::bound && !registration::means_any(message.from_user);
  if (is_looked_for) registrations_.bring_up_to_date({{message.profile, message.from_user, {}}});
  control_.run([&] {
    if (settings_.api_door == Settings::ApiDoor::closed) return refuse(message, "the api+ door is closed (api-door)");
    const auto from = sender(message);
    if (!from) return refuse(message, from.error());
    const control::CommandService::Press press{*from, message.target, message.target_host, message.body};
    const auto key = control::key_in_body(message.body);
    allowed =
        command_service_->wanted_keys().bound_action((*from)->address_of_record(), message.target, key).has_value();
    if (!allowed) return refuse(message, "not bound to a key of this phone (api-door)");
    command_service_->note_press(press);
  });
  return allowed;
}

void Module::probed(Probe probe) {
  const auto at = probe.to.rfind('@');
  const auto from_at = probe.from.rfind('@');
  if (at == std::string::npos || from_at == std::string::npos) return;
  const auto key = control::parse_key_address(language::percent_decode(probe.to.substr(0, at)));
  // Others may subscribe to it, if FreeSWITCH lets them, and are told with the phone; they bring about nothing.
  if (!key || key->user != language::percent_decode(probe.from.substr(0, from_at))) return;
  const std::size_t prefix = probe.to.find('+') + 1;
  control_.post([this, key = *key, probe = std::move(probe), at, prefix] {
    const std::string host = probe.to.substr(at + 1);
    const auto name = probe.to.substr(prefix, at - prefix);
    presence_keys_.probed(probe.profile, key, probe.lifetime, name, host);
    tell_light(key.user + "@" + host, {name, host, command_service_->light(key.user + "@" + host, key.key)});
    if (probe.lifetime == std::chrono::seconds(0)) return;
    const auto contacts = registrations_.find({probe.profile, key.user, host});
    if (!contacts) return;
    for (const auto& contact : *contacts) {
      // It subscribed here: this is where it wants to be.
      if (nodes_) nodes_->claim(contact->address_of_record());
      command_service_->subscribed(contact, key.key);
    }
  });
}

void Module::tell_light(const std::string& address_of_record, const PresenceKeys::Presence& presence) {
  if (nodes_) {
    auto speaking = nodes_->speak_to(address_of_record);
    // It is told when it is this node's.
    if (speaking == nullptr) return;
    lingering_->keep(address_of_record, std::move(speaking));
  }
  presence_keys_.tell(presence);
}

Module::CallOutcome Module::press_by_call(const KeyCall& call) {
  const Message as_message{call.profile, call.from_user, call.from_host, call.from_address, call.target, {}, {}};
  const auto key = control::parse_key_address(call.target);
  CallOutcome outcome;
  if (!registration::means_any(call.from_user)) {
    registrations_.bring_up_to_date({{call.profile, call.from_user, {}}});
  }
  control_.run([&] {
    if (!key) return refuse(as_message, "it is no key's address");
    if (!call.authenticated_as.empty() && call.authenticated_as != call.from_user) {
      return refuse(as_message, fmt::format("it calls as '{}' and is '{}'", call.from_user, call.authenticated_as));
    }
    if (key->user != call.from_user) return refuse(as_message, "another phone's key");
    const auto from = sender(as_message);
    if (!from) return refuse(as_message, from.error());
    const auto press = command_service_->press_key(*from, key->key);
    outcome.outcome = press.bound ? Called::pressed : Called::not_bound;
    if (press.number.empty()) return;
    outcome.outcome = Called::redirected;
    const bool is_uri = press.number.starts_with("sip:") || press.number.starts_with("sips:");
    const bool has_host = press.number.find('@') != std::string::npos;
    outcome.number = is_uri ? press.number
                     : has_host
                         ? "sip:" + press.number
                         : fmt::format("sip:{}@{}", language::percent_encode_sip_user(press.number), (*from)->domain);
  });
  return outcome;
}

std::vector<std::string> Module::of_registrations(
    const std::function<std::string(const registration::Registration&)>& word) {
  registrations_.read_once();
  std::vector<std::string> values;
  for (const auto& registration : registrations_.all()) values.push_back(word(registration));
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::vector<std::string> Module::users() { return of_registrations(&registration::Registration::user); }
std::vector<std::string> Module::addresses() {
  return of_registrations(&registration::Registration::address_of_record);
}
std::vector<std::string> Module::domains() { return of_registrations(&registration::Registration::domain); }

std::vector<std::string> Module::profiles() { return registrations_.profile_names(); }

std::string Module::node_status() const {
  if (!nodes_) return {};
  std::string others;
  for (const auto& [name, phones] : nodes_->others()) others += fmt::format(", {} with {} phones", name, phones);
  return fmt::format("node: {} {} with {} phones{}\n", nodes_->name(),
                     nodes_->lease_holds() ? "speaks" : "may speak to no phone (the store is away)", nodes_->held(),
                     others);
}

std::string Module::status() {
  registrations_.read_once();
  std::string text;
  const bool answered = control_.run([&] {
    const auto messages = message_sender_.counters();
    const auto& pages = pages_.counters();
    const auto& events = event_counters_.counts();
    const auto up = std::chrono::duration_cast<std::chrono::seconds>(SofiaSource::Clock::now() - loaded_);
    text = fmt::format("mod_snom " SNOM_VERSION
                       "\n"
                       "loaded for: {} s\n"
                       "settings: press-mode {}, api-door {}, confirm-delivery {}, delivery-timeout {} ms\n"
                       "registered contacts: {}\n"
                       "commands: {} ok, {} failed, {} under way\n"
                       "keys: {} set, {} sent and not told, {} not set\n"
                       "presses: {} accepted, {} refused\n"
                       "messages: {} sent, {} accepted, {} refused, {} unanswered, {} not waited for, {} under way\n"
                       "web requests: {} sent, {} answered 200, {} answered otherwise, {} unanswered, {} under way\n"
                       "questions to mod_sofia's table: {}\n"
                       "{}",
                       up.count(), settings_.press_mode == Settings::PressMode::reference ? "reference" : "direct",
                       settings_.api_door == Settings::ApiDoor::open    ? "open"
                       : settings_.api_door == Settings::ApiDoor::bound ? "bound"
                                                                        : "closed",
                       settings_.confirm_delivery, settings_.delivery_timeout.count(), registrations_.all().size(),
                       events.commands, events.commands_failed, waiting_, events.keys_set, events.keys_sent,
                       events.keys_not_set, events.presses, events.presses_refused, messages.sent, messages.accepted,
                       messages.refused, messages.silent, messages.unwatched, messages.under_way, pages.asked,
                       pages.answered, pages.refused, pages.silent, pages_.under_way(), registrations_.questions(),
                       node_status());
  });
  return answered ? text : "-ERR mod_snom is being unloaded\n";
}

}  // namespace snom::freeswitch
