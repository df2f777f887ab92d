#include "sip/server.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "language/refused.h"
#include "runtime/lifetime.h"
#include "sip/answered_requests.h"
#include "sip/authenticator.h"
#include "sip/connections.h"
#include "sip/endpoint.h"
#include "sip/message_client.h"
#include "sip/phone_client.h"
#include "tls/relay.h"

namespace snom::sip {
namespace {

constexpr std::chrono::seconds expiry_check{1};

[[nodiscard]] LocationTable::TimePoint now() { return std::chrono::steady_clock::now(); }

using registration::means_any;

}  // namespace

struct Server::Impl {
  Impl(EventLoop& on, ServerOptions with, std::vector<User> users, ServerObserver& observing)
      : loop(on),
        options(std::move(with)),
        observer(observing),
        authenticator(std::move(users), options.nonce_lifetime),
        messages(on, options.answer_timeout, server_name),
        phones(on, messages, options.answer_timeout),
        subscriptions(on, on, options.subscriptions,
                      [this](const Subscription& to, const Subscriptions::Notify& notify, Subscriptions::Done done) {
                        Endpoint* by = endpoint(to.profile);
                        if (by == nullptr) return done({0, "stopping"});
                        // That it is over is said by whoever had it.
                        const bool is_over = notify.state.starts_with("terminated");
                        auto turn = is_over ? std::optional<std::shared_ptr<const void>>(std::in_place)
                                            : observer.may_tell(to.key.user + "@" + to.domain);
                        if (!turn) return done({0, "its phone is another program's"});
                        by->notify(to, notify,
                                   [turn = std::move(*turn),
                                    done = std::move(done)](const control::SipOutcome& outcome) { done(outcome); });
                      }) {}

  [[nodiscard]] tl::expected<void, std::string> open() {
    connections = std::make_unique<Connections>(
        loop, Connections::Limits{options.max_connections, options.max_connections_per_address},
        [this](const std::string& what) { observer.warned(what); });
    if (options.tls != nullptr) {
      tls::Relay::Limits limits;
      limits.in_all = options.max_connections;
      limits.per_address = options.max_connections_per_address;
      const std::function<void(const std::string&)> tell =
          lifetime->guard([this](const std::string& what) { observer.warned(what); });
      relay = std::make_unique<tls::Relay>(
          options.tls, limits, [&on = loop, tell](const std::string& what) { on.post([tell, what] { tell(what); }); });
    }
    const Endpoint::Shared shared{loop,        options,  authenticator, answered,    *connections, messages,
                                  relay.get(), observer, subscriptions, server_name, is_leaving};
    for (const ProfileOptions& profile : options.profiles) {
      const bool taken = std::any_of(endpoints.begin(), endpoints.end(),
                                     [&](const auto& endpoint) { return endpoint->name() == profile.name; });
      if (taken) return tl::unexpected("profile '" + profile.name + "': the name is given twice");
      auto endpoint = Endpoint::open(shared, profile);
      if (!endpoint) return tl::unexpected(endpoint.error());
      for (std::string& address : (*endpoint)->listening()) listening.push_back(std::move(address));
      endpoints.push_back(std::move(*endpoint));
    }
    watch_expiry();
    return {};
  }

  void close() {
    lifetime.reset();
    loop.cancel(expiry_timer);
    for (const auto& endpoint : endpoints) endpoint->stop_asking();
    // Before the agents go: subscriptions hold connections of theirs.
    subscriptions.stop("stopping");
    messages.stop("stopping");
    connections.reset();
    endpoints.clear();
    relay.reset();
  }

  void watch_expiry() {
    expiry_timer = loop.after(expiry_check, [this] {
      watch_expiry();
      for (const auto& endpoint : endpoints) endpoint->expire(now());
      subscriptions.expire();
    });
  }

  [[nodiscard]] Endpoint* endpoint(const std::string& name) const {
    const auto found =
        std::find_if(endpoints.begin(), endpoints.end(), [&](const auto& one) { return one->name() == name; });
    return found == endpoints.end() ? nullptr : found->get();
  }

  [[nodiscard]] std::string unknown_profile(const std::string& name) const {
    std::string names;
    for (const auto& one : endpoints) names += (names.empty() ? "" : ", ") + one->name();
    return fmt::format("profile {} does not exist (there is: {})", language::in_quotes_to_its_blank(name), names);
  }

  EventLoop& loop;
  const ServerOptions options;
  const std::string server_name = "snomd/" SNOM_VERSION;
  ServerObserver& observer;
  Authenticator authenticator;
  AnsweredRequests answered;
  MessageClient messages;
  PhoneClient phones;
  Subscriptions subscriptions;
  std::unique_ptr<tls::Relay> relay;  ///< between open() and close(); null without TLS
  std::vector<std::unique_ptr<Endpoint>> endpoints;
  std::unique_ptr<Connections> connections;  ///< between open() and close()
  std::vector<std::string> listening;        ///< written once, before the server is handed out
  bool is_leaving = false;
  EventLoop::TimerId expiry_timer = 0;
  std::optional<runtime::Lifetime> lifetime{std::in_place};  ///< until close()
};

tl::expected<std::unique_ptr<Server>, std::string> Server::open(EventLoop& loop, ServerOptions options,
                                                                std::vector<User> users, ServerObserver& observer) {
  auto impl = std::make_unique<Impl>(loop, std::move(options), std::move(users), observer);
  tl::expected<void, std::string> opened;
  loop.run_and_wait([&] {
    opened = impl->open();
    if (!opened) impl->close();
  });
  if (!opened) return tl::unexpected(opened.error());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  impl_->loop.run_and_wait([this] { impl_->close(); });
}

void Server::stop() { impl_->close(); }

std::vector<std::string> Server::listening() const { return impl_->listening; }

void Server::leave() { impl_->is_leaving = true; }

void Server::set_users(std::vector<User> users) {
  impl_->authenticator.set_users(std::move(users));
  for (const auto& endpoint : impl_->endpoints) endpoint->heed_users();
  impl_->subscriptions.end_users([this](const std::string& profile, const std::string& user) {
    const Endpoint* endpoint = impl_->endpoint(profile);
    return endpoint != nullptr && endpoint->knows(user);
  });
}

std::size_t Server::take_over(const std::vector<registration::KeptBinding>& bindings) {
  std::size_t taken = 0;
  for (const auto& binding : bindings) {
    Endpoint* endpoint = impl_->endpoint(binding.phone->profile);
    if (endpoint != nullptr && endpoint->take_over(binding)) ++taken;
  }
  return taken;
}

std::size_t Server::let_go(std::span<const std::string> addresses_of_record, const std::string& why) {
  std::size_t gone = 0;
  for (const auto& address : addresses_of_record) {
    const auto at = address.rfind('@');
    if (at == std::string::npos) continue;
    for (const auto& endpoint : impl_->endpoints) {
      if (endpoint->domain() != address.substr(at + 1)) continue;
      gone += endpoint->let_go(address.substr(0, at), why);
      impl_->subscriptions.send_away(endpoint->name(), address.substr(0, at));
    }
  }
  return gone;
}

std::size_t Server::let_go_superseded(const std::vector<registration::KeptBinding>& bindings, const std::string& why) {
  std::size_t gone = 0;
  for (const auto& binding : bindings) {
    Endpoint* endpoint = impl_->endpoint(binding.phone->profile);
    if (endpoint != nullptr) gone += endpoint->let_go_superseded(binding, why);
  }
  return gone;
}

tl::expected<std::vector<registration::RegistrationPointer>, std::string> Server::find(const Query& query) const {
  if (!means_any(query.profile) && impl_->endpoint(query.profile) == nullptr)
    return tl::unexpected(impl_->unknown_profile(query.profile));
  const auto at = now();
  std::vector<registration::RegistrationPointer> found;
  for (const auto& endpoint : impl_->endpoints) {
    if (!means_any(query.profile) && endpoint->name() != query.profile) continue;
    if (!means_any(query.domain) && !endpoint->serves(query.domain)) continue;
    if (means_any(query.user)) {
      endpoint->locations().for_each(
          at, [&](const std::string&, const Binding& binding) { found.push_back(binding.phone); });
      continue;
    }
    for (const Binding* binding : endpoint->locations().find_phones(query.user, at)) found.push_back(binding->phone);
  }
  return found;
}

std::optional<std::string> Server::account(const Query& query) const {
  std::optional<std::string> domain;
  for (const auto& endpoint : impl_->endpoints) {
    if (!means_any(query.profile) && endpoint->name() != query.profile) continue;
    if (!means_any(query.domain) && !endpoint->serves(query.domain)) continue;
    if (!endpoint->knows(query.user)) continue;
    if (domain && *domain != endpoint->domain()) return std::nullopt;
    domain = endpoint->domain();
  }
  if (!domain) return std::nullopt;
  return query.user + "@" + *domain;
}

std::vector<Server::Query> Server::names() const {
  const auto at = now();
  std::vector<Query> names;
  for (const auto& endpoint : impl_->endpoints) {
    endpoint->locations().for_each(at, [&](const std::string& user, const Binding&) {
      const bool same = !names.empty() && names.back().user == user && names.back().profile == endpoint->name();
      if (!same) names.push_back({endpoint->name(), user, endpoint->domain()});
    });
  }
  std::ranges::sort(names, {}, [](const Query& name) { return std::tie(name.user, name.domain, name.profile); });
  return names;
}

std::vector<registration::RegistrationPointer> Server::all() const {
  auto registrations = find({}).value();
  std::stable_sort(registrations.begin(), registrations.end(), [](const auto& a, const auto& b) {
    return std::tie(a->user, a->domain, a->profile) < std::tie(b->user, b->domain, b->profile);
  });
  return registrations;
}

void Server::ask_again(const Query&, std::function<void()> done) { impl_->loop.post(std::move(done)); }

void Server::send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> then) {
  // Called once.
  auto done = [&loop = impl_->loop, then = std::move(then)](control::SipOutcome outcome) mutable {
    loop.post([then = std::move(then), outcome = std::move(outcome)]() mutable { then(std::move(outcome)); });
  };
  Endpoint* endpoint = impl_->endpoint(message.to->profile);
  if (endpoint == nullptr) {
    return done({0, impl_->endpoints.empty() ? "stopping" : impl_->unknown_profile(message.to->profile)});
  }
  std::vector<PhoneClient::Way> ways;
  for (const LocationTable::Flow& flow : endpoint->flows(message.to)) {
    ways.push_back({[endpoint, to = message.to, flow] { return endpoint->route(to, flow); },
                    [endpoint, user = message.to->user, flow](const control::SipOutcome& outcome) {
                      endpoint->note(user, flow, outcome);
                    }});
  }
  impl_->phones.send(std::move(message), std::move(ways), std::move(done));
}

bool Server::has_any(const registration::Registration& contact) const {
  const Endpoint* endpoint = impl_->endpoint(contact.profile);
  if (endpoint == nullptr || !impl_->subscriptions.has_any(contact.profile, contact.user)) return false;
  return impl_->subscriptions.has_any(contact.profile, contact.user, endpoint->subscriptions_of(contact));
}

bool Server::is_subscribed(const registration::Registration& contact, std::string_view key) const {
  const Endpoint* endpoint = impl_->endpoint(contact.profile);
  if (endpoint == nullptr || !impl_->subscriptions.has_any(contact.profile, contact.user)) return false;
  return impl_->subscriptions.is_subscribed(contact.profile, {contact.user, std::string(key)},
                                            endpoint->subscriptions_of(contact));
}

bool Server::shows_all(const registration::Registration& contact, std::string_view key) const {
  const Endpoint* endpoint = impl_->endpoint(contact.profile);
  if (endpoint == nullptr || !impl_->subscriptions.has_any(contact.profile, contact.user)) return false;
  return impl_->subscriptions.shows_all(contact.profile, {contact.user, std::string(key)},
                                        endpoint->subscriptions_of(contact));
}

void Server::notify(const registration::RegistrationPointer& contact, std::vector<control::KeyLight> keys,
                    std::shared_ptr<const void> under_way, std::function<void(control::SipOutcome)> done) {
  const Endpoint* endpoint = impl_->endpoint(contact->profile);
  if (endpoint == nullptr) {
    impl_->loop.post([done = std::move(done)] { done({0, "stopping"}); });
    return;
  }
  impl_->subscriptions.tell(contact->profile, contact->user, keys, endpoint->subscriptions_of(contact),
                            std::move(under_way), std::move(done));
}

}  // namespace snom::sip
