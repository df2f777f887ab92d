#include "snomd/daemon.h"

#include <algorithm>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include <spdlog/spdlog.h>

#include "asterisk/asterisk.h"
#include "cluster/held.h"
#include "cluster/nodes.h"
#include "control/commands/command_service.h"
#include "control/event_bus.h"
#include "control/keys/memory_button_store.h"
#include "control/remote/web_credentials.h"
#include "http/phone_web_client.h"
#include "http/pin_store.h"
#include "http/server.h"
#include "http/web_client.h"
#include "language/text.h"
#include "picture/picture_folder.h"
#include "picture/workroom.h"
#include "registration/composite_source.h"
#include "runtime/guard.h"
#include "runtime/random.h"
#include "sip/event_loop.h"
#include "sip/server.h"
#include "sip/sip_uri.h"
#include "snomd/about.h"
#include "snomd/api.h"
#include "snomd/audit_log.h"
#include "snomd/config_check.h"
#include "snomd/event_log.h"
#include "snomd/event_streams.h"
#include "snomd/measured.h"
#include "snomd/metrics.h"
#include "snomd/node_registrations.h"
#include "snomd/phone_groups.h"
#include "snomd/phone_summary.h"
#include "snomd/press_page.h"
#include "snomd/problem.h"
#include "snomd/recent_refusals.h"
#include "snomd/refusal_log.h"
#include "snomd/sender_by_profile.h"
#include "snomd/settings_page.h"
#include "snomd/subscriptions_by_profile.h"
#include "snomd/tokens.h"
#include "store/open_store.h"
#include "tls/store.h"

namespace snom::snomd {
namespace {

/// How phones' web pages are asked, with the file of pinned certificates opened.
tl::expected<http::WebClient::Options, std::string> web_options(const Config& config) {
  http::WebClient::Options options = config.web;
  options.log = [](const std::string& line) { spdlog::warn("{}", line); };
  if (options.verify == http::WebClient::Verify::pin) {
    auto pins = http::FilePins::open(config.pin_file);
    if (!pins) return tl::unexpected("[web] pin_file: " + pins.error());
    options.pins = std::move(*pins);
  }
  return options;
}

control::RemoteControl::Settings remote_settings(const Config& config) {
  auto settings = config.remote;
  settings.credentials = control::WebCredentials(config.web_credentials);
  return settings;
}

http::Server::Options http_options(const Config& config) {
  http::Server::Options options = config.http;
  options.log = [](const std::string& line) { spdlog::warn("{}", line); };
  return options;
}

/// Of the server that phones have their settings from: whoever is in their network takes no place, and no memory, of
/// those who command.
http::Server::Options settings_http_options(const Config& config) {
  auto options = http_options(config);
  options.max_body = 1024;  // what is asked for has none
  options.max_held_bytes = 8 * 1024 * 1024;
  return options;
}

/// Those in which a user's password counts.
std::vector<std::string> domains_of(const sip::ServerOptions& options) {
  std::vector<std::string> domains;
  domains.reserve(options.profiles.size());
  for (const sip::ProfileOptions& profile : options.profiles) domains.push_back(profile.domain);
  return domains;
}

std::string random_secret() {
  const auto bytes = runtime::random_bytes(32);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::string> profiles_of(const sip::ServerOptions& options) {
  std::vector<std::string> names;
  names.reserve(options.profiles.size());
  for (const sip::ProfileOptions& profile : options.profiles) names.push_back(profile.name);
  return names;
}

/// The phones that are listed, each with the profile that asks it.
std::vector<PressPage::Phone> listed_phones(const Config& config) {
  std::vector<PressPage::Phone> phones;
  for (const sip::ProfileOptions& profile : config.sip.profiles) {
    if (!profile.asking || !profile.asking->via.empty()) continue;
    for (const sip::User& user : config.users) {
      if (user.contact.empty() || (!user.profile.empty() && user.profile != profile.name)) continue;
      if (const auto uri = sip::parse_sip_uri(user.contact)) {
        phones.push_back({user.name, profile.domain, profile.name, uri->host});
      }
    }
  }
  return phones;
}

/// What phones at an Asterisk dial in place of the actions of their keys; empty when there are none.
control::NewReference references(const Config& config) {
  std::map<std::string, std::string, std::less<>> prefixes;
  for (const auto& asterisk : config.asterisks) {
    if (!asterisk.feature_prefix.empty()) prefixes.emplace(asterisk.phones.domain, asterisk.feature_prefix);
  }
  if (prefixes.empty()) return {};
  return [prefixes](const std::string& address_of_record, const language::Button&) {
    const auto prefix = prefixes.find(std::string_view(address_of_record).substr(address_of_record.find('@') + 1));
    return prefix == prefixes.end() ? std::string() : asterisk::new_press_code(prefix->second);
  };
}

/// Where the wanted keys are, and said in the log.
tl::expected<std::unique_ptr<control::ButtonStore>, std::string> open_store(sip::EventLoop& loop,
                                                                            const std::string& place,
                                                                            const std::string& node) {
  if (place.empty()) {
    spdlog::info("keys are kept in memory only ([store] path is empty)");
    return std::make_unique<control::MemoryButtonStore>(loop);
  }
  const auto tell = [](const std::string& away) {
    if (away.empty()) return spdlog::info("keys can be kept again");
    spdlog::error("keys cannot be kept: {}", language::printable(away));
  };
  auto opened = store::open_store(place, loop, {}, tell, node);
  if (!opened) return tl::unexpected("[store] " + opened.error());
  spdlog::info("keys are kept in {}", language::printable(store::shown_place(place)));
  return opened;
}

/// Of a node: nothing of a message is repeated beyond that, so that it has arrived, or never will, when another node
/// may speak to the phone (docs/decisions/ownership.md).
constexpr std::chrono::milliseconds longest_under_way{1250};
/// A phone that is being told something is given away when that is over.
constexpr std::chrono::seconds longest_drain{5};
/// Of that, for registrations that others are to find.
constexpr std::chrono::milliseconds longest_writing{2500};
constexpr std::chrono::milliseconds between_looks{20};

}  // namespace

struct Daemon::Parts final : sip::ServerObserver {
  Parts(const Config& config, http::WebClient::Options web_options, std::unique_ptr<AuditLog> audit_log)
      : streams(loop, config.events, {}, config.node_name),
        web(loop, std::move(web_options)),
        gate(config.gate),
        tokens(gate, config.tokens_file),
        audit(std::move(audit_log)),
        api(loop, workroom, Api::Guards{gate, tokens, *audit, metrics}, [this] { return context.get(); }),
        http(std::make_unique<http::Server>(http_options(config))) {
    events.subscribe(log);
    events.subscribe(streams);
    events.subscribe(metrics);
  }

  // As registration::Watcher: told by every source of registrations.
  void registered(const registration::RegistrationPointer& registration) override {
    events.publish(control::Registered{registration});
    refreshed(registration);
  }
  void taken_over(const registration::RegistrationPointer& registration) override {
    events.publish(control::Registered{registration, true});
    refreshed(registration);
  }
  void refreshed(const registration::RegistrationPointer& registration) override {
    if (!context) return;
    if (nodes) return nodes->registered(registration);
    command_service->registered(registration);
  }
  void unregistered(const registration::RegistrationPointer& registration, const std::string& why) override {
    events.publish(control::Unregistered{registration, why});
    if (context) command_service->unregistered(registration);
  }
  void let_go(const registration::RegistrationPointer& registration, const std::string& why) override {
    events.publish(control::Unregistered{registration, why});
    if (context) command_service->let_go(registration);
  }

  // As the SIP server's observer.
  void refused(const sip::RefusedRequest& request) override {
    metrics.refused(request);
    recent_refusals.add(request, std::chrono::system_clock::now());
    refusals.write(request, std::chrono::steady_clock::now());
  }
  void warned(const std::string& what) override { spdlog::warn("{}", what); }
  std::optional<std::shared_ptr<const void>> may_tell(const std::string& address_of_record) override {
    if (!nodes) return std::shared_ptr<const void>();
    auto turn = nodes->speak_to(address_of_record);
    if (turn != nullptr) return turn;
    // It subscribed here: this is where it wants to be.
    nodes->claim(address_of_record);
    return std::nullopt;
  }
  bool pressed(const control::CommandService::Press& press) override {
    return context && command_service->press(press);
  }
  control::KeyLight key_light(const std::string& address_of_record, const std::string& key) override {
    return context ? command_service->light(address_of_record, key) : control::KeyLight{key};
  }
  std::vector<control::KeyLight> key_lights(const std::string& address_of_record) override {
    return context ? command_service->lights(address_of_record) : std::vector<control::KeyLight>{};
  }
  void key_subscribed(const registration::RegistrationPointer& phone, const std::string& key) override {
    if (context) command_service->subscribed(phone, key);
  }
  control::CommandService::KeyPress key_pressed(const registration::RegistrationPointer& from,
                                                const std::string& key) override {
    return context ? command_service->press_key(from, key) : control::CommandService::KeyPress{};
  }

  /// Somebody may change the file of tokens at any time: it is looked at each second, off the loop. Loop's thread.
  void watch_tokens() {
    if (!context || !tokens.are_kept()) return;
    tokens_timer = loop.after(std::chrono::seconds(1), [this] {
      tokens_timer.reset();
      const auto taken = workroom.run(0, [this](std::string_view why_not) {
        if (!why_not.empty()) return;
        runtime::guarded("the file of tokens", [this] { (void)tokens.read_again(); });
        loop.post([this] { watch_tokens(); });
      });
      if (!taken) watch_tokens();
    });
  }

  /// Loop's thread.
  void call_each(std::chrono::milliseconds interval, std::function<void()> work) {
    loop.after(interval, [this, interval, work = std::move(work)] {
      work();
      call_each(interval, work);
    });
  }

  /// The HTTP interface; `secured_by`: null for plain HTTP. The address bound.
  [[nodiscard]] tl::expected<std::string, std::string> listen_for_commands(
      const std::string& address, std::shared_ptr<const tls::Store> secured_by) {
    return http->listen(
        address, std::move(secured_by),
        [this](const http::Request& request, std::shared_ptr<http::Responder> responder) {
          api.handle(request, std::move(responder));
        },
        [this](const http::Request& request) { return api.refusal(request); },
        [](int status, const std::string& why) { return problem(status, why); });
  }
  /// Empty when there is no https.
  [[nodiscard]] tl::expected<std::string, std::string> listen_for_https(const std::string& address) {
    if (address.empty()) return std::string();
    return listen_for_commands(address, certificates);
  }

  /// The addresses bound, with their schemes; none when nothing is to be served.
  [[nodiscard]] tl::expected<std::vector<std::string>, std::string> listen_for_settings(const Config& config) {
    const auto& wanted = config.provisioning;
    std::vector<std::string> bound;
    if (!wanted.is_wanted()) return bound;
    const auto handler = [this](const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
      loop.post([this, request, responder] {
        if (context && settings) settings->answer(request, responder, workroom, std::chrono::steady_clock::now());
      });
    };
    settings_http = std::make_unique<http::Server>(settings_http_options(config));
    if (!wanted.listen.empty()) {
      const auto at = settings_http->listen(wanted.listen, handler);
      if (!at) return tl::unexpected("listen: " + at.error());
      bound.push_back("http://" + *at);
    }
    if (!wanted.https_listen.empty()) {
      const auto at = settings_http->listen(wanted.https_listen, certificates, handler);
      if (!at) return tl::unexpected("https_listen: " + at.error());
      bound.push_back("https://" + *at);
    }
    return bound;
  }

  /// Registrations of these profiles come from `those`, and what is sent to them goes by it.
  template <typename SourceAndSender>
  void use(const std::vector<std::string>& profiles, SourceAndSender& those) {
    phones.add(profiles, those);
    messages.add(profiles, those);
  }

  sip::EventLoop loop;
  picture::Workroom workroom;
  control::EventBus events;
  EventLog log;
  Metrics metrics;
  EventStreams streams;
  RefusalLog refusals;
  RecentRefusals recent_refusals;
  http::PhoneWebClient web;
  std::unique_ptr<control::ButtonStore> store;
  std::unique_ptr<picture::PictureFolder> pictures;
  std::shared_ptr<tls::Store> certificates;
  std::unique_ptr<sip::Server> sip;
  std::vector<std::unique_ptr<asterisk::Asterisk>> asterisks;
  /// Who knows where phones are, and who brings them what is sent: of each profile one that is both.
  registration::CompositeSource phones{loop};
  SenderByProfile messages{loop};
  MeasuredSender measured_messages{messages, metrics};
  MeasuredWeb measured_web{web, metrics};
  // Of a node; empty: there is only this snomd.
  std::unique_ptr<cluster::Nodes> nodes;
  std::unique_ptr<NodeRegistrations> node_registrations;
  std::unique_ptr<cluster::HeldPhones> held_phones;
  std::unique_ptr<cluster::HeldSender> held_messages;
  std::unique_ptr<cluster::HeldWeb> held_web;
  std::unique_ptr<MeasuredStore> measured_store;
  std::unique_ptr<SubscriptionsByProfile> subscriptions;
  std::unique_ptr<MeasuredSubscriptions> measured_subscriptions;
  std::unique_ptr<control::CommandService> command_service;
  std::unique_ptr<PhoneGroups> groups;
  About about;
  std::unique_ptr<PressPage> presses;      ///< empty: none by HTTP
  std::unique_ptr<SettingsPage> settings;  ///< empty: phones are not provisioned here
  std::unique_ptr<Api::Context> context;   ///< on the loop's thread; empty before the start and while stopping
  access::Gate gate;
  Tokens tokens;
  std::optional<sip::EventLoop::TimerId> tokens_timer;
  std::unique_ptr<AuditLog> audit;
  Api api;
  std::unique_ptr<http::Server> http;           ///< behind what its handlers use
  std::unique_ptr<http::Server> settings_http;  ///< empty: as `settings`
  std::vector<std::string> listening;

  /// What control speaks to phones by, and who it knows of. Loop's thread.
  [[nodiscard]] control::Ports ports() {
    control::Ports made{phones, measured_messages,           measured_web, events, *measured_store, loop,
                        loop,   measured_subscriptions.get()};
    if (nodes == nullptr) return made;
    held_phones = std::make_unique<cluster::HeldPhones>(phones, *nodes);
    held_messages = std::make_unique<cluster::HeldSender>(measured_messages, *nodes, loop);
    held_web = std::make_unique<cluster::HeldWeb>(measured_web, *nodes, loop);
    return {*held_phones, *held_messages, *held_web, events, *measured_store, loop, loop, measured_subscriptions.get(),
            nodes.get()};
  }
  [[nodiscard]] const registration::Directory& directory() const {
    return held_phones != nullptr ? static_cast<const registration::Directory&>(*held_phones) : phones;
  }
};

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

tl::expected<std::unique_ptr<Daemon>, std::string> Daemon::start(const Config& config) {
  if (auto distinct = check_listeners(config); !distinct) return tl::unexpected(std::move(distinct.error()));
  auto web = web_options(config);
  if (!web) return tl::unexpected(web.error());
  auto audit = AuditLog::open(config.audit_file);
  if (!audit) return tl::unexpected("[http] audit_file: " + audit.error());
  std::unique_ptr<Daemon> daemon(new Daemon(std::make_unique<Parts>(config, std::move(*web), std::move(*audit))));
  Parts& parts = *daemon->parts_;
  if (auto loaded = parts.tokens.load(config.gate.token.empty()); !loaded) return tl::unexpected(loaded.error());

  const auto& place = config.store_url.empty() ? config.store_path : config.store_url;
  auto store = open_store(parts.loop, place, config.node_name);
  if (!store) return tl::unexpected(store.error());
  parts.store = std::move(*store);
  parts.about.store = store::shown_place(place);

  auto certificates = tls::Store::make(config.tls);
  if (!certificates) return tl::unexpected("[tls] " + certificates.error());
  parts.certificates = std::move(*certificates);
  sip::ServerOptions sip_options = config.sip;
  sip_options.tls = parts.certificates;
  if (!config.node_name.empty()) {
    sip_options.answer_timeout = std::min(sip_options.answer_timeout, longest_under_way);
    cluster::Nodes::Options options{.name = config.node_name, .url = config.store_url};
    options.informed = [](const std::string& what) { spdlog::info("{}", what); };
    options.warned = [](const std::string& what) { spdlog::warn("{}", what); };
    parts.nodes = std::make_unique<cluster::Nodes>(std::move(options), parts.loop, parts.loop, parts.phones);
    parts.node_registrations = std::make_unique<NodeRegistrations>(
        NodeRegistrations::Options{config.store_url, sip_options.max_expires}, parts.loop, *parts.nodes);
    sip_options.bindings = &parts.node_registrations->keeper();
  }
  parts.about.certificates = parts.certificates;
  auto server = sip::Server::open(parts.loop, std::move(sip_options), config.users, parts);
  if (!server) return tl::unexpected(server.error());
  tl::expected<void, std::string> loaded;
  parts.loop.run_and_wait([&] {
    parts.sip = std::move(*server);
    parts.use(profiles_of(config.sip), *parts.sip);
    parts.subscriptions = std::make_unique<SubscriptionsByProfile>(*parts.sip);
    for (asterisk::Asterisk::Options options : config.asterisks) {
      options.sender.answer_limit = config.sip.answer_timeout;
      if (options.ari) options.ari->limit = config.sip.answer_timeout;
      options.warn = [](const std::string& line) { spdlog::warn("{}", line); };
      options.inform = [](const std::string& line) { spdlog::info("{}", line); };
      options.pressed = [&parts](const control::CommandService::Press& press) { return parts.pressed(press); };
      options.run = [&parts](const asterisk::DeviceLamp& lamp, const std::string& line, std::function<void()> failed) {
        if (!parts.context) return;
        parts.command_service->run(line, {.by = "lamp " + lamp.device},
                                   [failed = std::move(failed)](const std::string& reply) {
                                     if (!reply.starts_with("+OK")) failed();
                                   });
      };
      options.key_pressed = [&parts](const auto& from, const std::string& key) { return parts.key_pressed(from, key); };
      options.key_light = [&parts](const std::string& address_of_record, const std::string& key) {
        const auto known = address_of_record_of(parts.directory(), address_of_record);
        return parts.command_service->light(known.value_or(address_of_record), key);
      };
      options.key_subscribed = [&parts](const auto& phone, const std::string& key) {
        parts.key_subscribed(phone, key);
      };
      const std::string profile = options.phones.profile;
      parts.asterisks.push_back(
          std::make_unique<asterisk::Asterisk>(std::move(options), parts.loop, parts.loop, parts));
      parts.use({profile}, *parts.asterisks.back());
      if (auto* hinted = parts.asterisks.back()->subscriptions()) parts.subscriptions->add(profile, *hinted);
    }
    control::CommandService::Options options;
    options.new_reference = references(config);
    options.delivery = config.delivery;
    options.delivery.answer_limit = config.sip.answer_timeout;
    if (!config.picture_folder.empty()) {
      parts.pictures = std::make_unique<picture::PictureFolder>(config.picture_folder, parts.workroom, parts.loop);
      options.pictures = parts.pictures.get();
    }
    parts.measured_store = std::make_unique<MeasuredStore>(*parts.store, parts.metrics);
    parts.measured_subscriptions = std::make_unique<MeasuredSubscriptions>(*parts.subscriptions, parts.metrics);
    parts.command_service = std::make_unique<control::CommandService>(parts.ports(), std::move(options));
    parts.command_service->use(remote_settings(config));
    if (!config.press_secret.empty()) {
      parts.presses = std::make_unique<PressPage>(config.press_secret);
      parts.presses->use(listed_phones(config));
    }
    if (config.provisioning.is_wanted()) {
      parts.settings =
          std::make_unique<SettingsPage>(random_secret(), config.provisioning.folder,
                                         [&parts](const sip::RefusedRequest& request) { parts.refused(request); });
      parts.settings->use(config.users, domains_of(config.sip));
    }
    loaded = parts.command_service->load();
    parts.groups = std::make_unique<PhoneGroups>(*parts.store, [&parts](control::Groups groups) {
      if (parts.command_service) parts.command_service->use_groups(std::move(groups));
    });
    if (loaded) loaded = parts.groups->load();
    parts.context = std::make_unique<Api::Context>(
        Api::Context{*parts.command_service, parts.directory(), parts.streams, parts.presses.get(), parts.groups.get(),
                     &parts.about, &parts.recent_refusals, parts.store.get(), parts.nodes.get()});
    parts.watch_tokens();
    if (parts.nodes) {
      parts.node_registrations->start(*parts.sip);
      parts.nodes->start(
          {*parts.command_service, *parts.node_registrations,
           [&parts](std::vector<control::KeptGroup> groups) { parts.groups->learn(std::move(groups)); }});
    }
  });

  if (!loaded) return tl::unexpected("[store] " + loaded.error());

  const auto secure = parts.listen_for_https(config.https_listen);
  if (!secure) return tl::unexpected("[http] https_listen: " + secure.error());
  if (!secure->empty()) parts.api.want_https(*secure);
  const auto address = parts.listen_for_commands(config.http_listen, nullptr);
  if (!address) return tl::unexpected("[http] " + address.error());
  const auto provisioning = parts.listen_for_settings(config);
  if (!provisioning) return tl::unexpected("[provisioning] " + provisioning.error());

  std::vector<std::string> bound = parts.sip->listening();
  auto next = bound.begin();
  for (const sip::ProfileOptions& profile : config.sip.profiles) {
    for (std::size_t i = 0; i < profile.listen.size(); ++i) parts.listening.push_back(profile.name + " " + *next++);
  }
  parts.listening.push_back("http " + *address);
  if (!secure->empty()) parts.listening.push_back("https " + *secure);
  for (const auto& at : *provisioning) parts.listening.push_back("provisioning " + at);
  tl::expected<void, std::string> started;
  parts.loop.run_and_wait([&] {
    for (const auto& line : parts.listening) parts.about.listening.push_back(listener_of(line));
    for (const auto& asterisk : parts.asterisks) {
      if (started) started = asterisk->start();
    }
  });
  if (!started) return tl::unexpected(started.error());
  return daemon;
}

/// Of a node: phones register elsewhere from now on, and those that are here are given away, within a limit.
void Daemon::drain() {
  Parts& parts = *parts_;
  bool is_node = false;
  parts.loop.run_and_wait([&] {
    is_node = parts.nodes != nullptr && parts.nodes->lease_holds();
    if (!is_node) return;
    parts.sip->leave();
  });
  if (!is_node) return;
  const auto began = std::chrono::steady_clock::now();
  const auto wait_for_none = [&](std::chrono::milliseconds limit, auto count) {
    std::size_t left = 0;
    do {
      parts.loop.run_and_wait([&] { left = count(); });
      if (left == 0) break;
      std::this_thread::sleep_for(between_looks);
    } while (std::chrono::steady_clock::now() < began + limit);
    return left;
  };
  const auto unwritten = wait_for_none(longest_writing, [&] { return parts.node_registrations->unwritten(); });
  if (unwritten > 0) spdlog::warn("{} registrations could not be written for other nodes in time", unwritten);
  parts.loop.run_and_wait([&] { parts.nodes->drain(); });
  const auto held = wait_for_none(longest_drain, [&] { return parts.nodes->held(); });
  if (held > 0) spdlog::warn("{} phones could not be handed over within {} s", held, longest_drain.count());
}

/// Each part ends before those that it uses; none is asked for anything once it has begun to end.
Daemon::~Daemon() {
  Parts& parts = *parts_;
  drain();
  // Nothing new comes in over HTTP; what was asked before is still answered.
  parts.http->stop_serving();
  if (parts.settings_http) parts.settings_http->stop_serving();
  std::unique_ptr<http::WebClient> pages;
  std::shared_ptr<store::NodeMember> node;
  std::unique_ptr<store::PostgresBindings> bindings;
  parts.loop.run_and_wait([&] {
    parts.context.reset();
    if (parts.nodes) {
      node = parts.nodes->stop();
      bindings = parts.node_registrations->stop();
    }
    if (parts.tokens_timer) parts.loop.cancel(*parts.tokens_timer);
    pages = parts.web.close();
  });
  pages.reset();
  parts.workroom.stop();
  // The store's last answers still find the command service and the phones, the phones' last outcomes the command
  // service; what they post is done in between.
  parts.loop.run_and_wait([&] {
    if (parts.store) parts.store->close();
  });
  parts.loop.run_and_wait([&] {
    for (const auto& asterisk : parts.asterisks) asterisk->stop();
    if (parts.sip) parts.sip->stop();
  });
  // What is under way is told "stopping". Each step from there to the reply is posted: the outcome, the end of the
  // message, what waited behind it and is told the same, its outcome, all contacts' outcomes together, the reply.
  constexpr int steps = 8;
  for (int step = 0; step < steps; ++step) parts.loop.run_and_wait([] {});
  parts.loop.run_and_wait([&] {
    parts.groups.reset();
    parts.command_service.reset();
  });
  // Nothing of what it sent is under way any more: others may have its phones.
  bindings.reset();
  node.reset();
  parts.store.reset();
  parts.loop.run_and_wait([&] { parts.asterisks.clear(); });
  parts.sip.reset();
  // All have posted their last outcomes by now: the replies reach the HTTP side before it closes, and so do the ends of
  // the streams of events.
  parts.loop.run_and_wait([&] { parts.streams.close(); });
  parts.http.reset();
  parts.settings_http.reset();
  // Api, sinks and loop are used by nobody any more, and go with the parts.
}

std::vector<std::string> Daemon::listening() const { return parts_->listening; }

void Daemon::call_each(std::chrono::milliseconds interval, std::function<void()> work) {
  parts_->loop.run_and_wait([&] { parts_->call_each(interval, std::move(work)); });
}

std::vector<std::string> Daemon::reload(const Config& config) {
  std::vector<std::string> wrong;
  if (const auto opened = parts_->audit->reopen(); !opened) wrong.push_back(opened.error());
  if (const auto read = parts_->tokens.read_again(); !read) wrong.push_back(read.error());
  // The configuration was read with them: they can be used.
  if (const auto used = parts_->certificates->use(config.tls); !used) {
    spdlog::error("[tls] {}", used.error());
    wrong.push_back("[tls] " + used.error());
  }
  parts_->loop.run_and_wait([&] {
    parts_->sip->set_users(config.users);
    if (parts_->presses) parts_->presses->use(listed_phones(config));
    if (parts_->settings) parts_->settings->use(config.users, domains_of(config.sip));
    parts_->command_service->use(remote_settings(config));
  });
  return wrong;
}

}  // namespace snom::snomd
