#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "control/commands/command_service.h"
#include "control/ports.h"
#include "registration/kept_binding.h"
#include "registration/source.h"
#include "runtime/rare_string.h"
#include "sip/asked_phones.h"
#include "sip/event_loop.h"
#include "sip/proxy_trust.h"
#include "sip/reg_subscriptions.h"
#include "sip/subscriptions.h"
#include "tls/store.h"

namespace snom::sip {

/// How phones are found of whose registrations nobody tells: by OPTIONS, each once in an interval.
struct Asking {
  AskedPhones::Settings pace;
  /// "udp:192.0.2.2:5060", a proxy that finds the phone of an address of record; empty: phones are at the contacts that
  /// their users have.
  std::string via;
  bool operator==(const Asking&) const = default;
};

/// How phones are found whose registrations a notifier tells (RFC 3680).
struct Watching {
  RegSubscriptions::Settings pace;
  std::string via;  ///< "udp:192.0.2.2:5060", the notifier, by way of which phones are reached, too
  bool operator==(const Watching&) const = default;
};

/// Addresses on which one domain's phones are served.
struct ProfileOptions {
  std::string name;                 ///< "internal"
  std::vector<std::string> listen;  ///< "udp:127.0.0.1:5060", "tls:[::1]:5061"; port 0 = a free one
  std::string domain;               ///< of the addresses of record; the listen addresses' hosts are taken for it too
  /// Its phones are registered with proxies, which authenticate them and pass on copies of their REGISTERs, and presses
  /// (RFC 3327, 3325). nullopt: they register here.
  std::optional<ProxyTrust> proxy = std::nullopt;
  std::optional<Asking> asking = std::nullopt;      ///< nobody registers here
  std::optional<Watching> watching = std::nullopt;  ///< of a proxy: nobody registers here
  /// Whom the certificate of what is called over TLS has to be for (RFC 5922 section 7); empty: its address.
  std::string tls_name = {};
};

/// Who may register, with which password.
struct User {
  std::string name;
  std::string password;              ///< empty: only a proxy can vouch for this user
  runtime::RareString web;           ///< address of the phone's web page, empty = derived from the registration
  runtime::RareString contact = {};  ///< where the phone is that registers nowhere: a SIP URI with an IP address
  runtime::RareString profile = {};  ///< the one profile that finds that phone by asking; empty = any that asks
  bool operator==(const User&) const = default;
};

struct ServerOptions {
  std::vector<ProfileOptions> profiles;
  std::shared_ptr<const tls::Store> tls = nullptr;  ///< null: no TLS is spoken
  std::chrono::milliseconds answer_timeout{5000};   ///< until a phone's final answer to a MESSAGE
  std::chrono::seconds min_expires{60};             ///< a shorter REGISTER is answered 423 (RFC 3261 section 10.3)
  std::chrono::seconds default_expires{3600};
  std::chrono::seconds max_expires{7200};
  std::chrono::seconds nonce_lifetime{300};
  std::size_t max_connections = 12000;            ///< over TCP and TLS that came in; one more is closed at once
  std::size_t max_connections_per_address = 512;  ///< likewise
  std::chrono::seconds min_subscription{60};      ///< a shorter SUBSCRIBE is answered 423 (RFC 6665 section 4.2.1.1)
  std::chrono::seconds default_subscription{3600};
  std::chrono::seconds max_subscription{7200};
  Subscriptions::Limits subscriptions;  ///< one more is answered 403 or 503
  /// What ends a call that pressed a key.
  int press_answer = 487;
  std::size_t max_contacts = 10;           ///< of one address of record; one more is answered 403
  std::size_t max_proxied_users = 100000;  ///< of one profile behind proxies; one more is answered 403
  /// Is told of each binding that a REGISTER makes or removes, for other nodes; outlives its stop(). Null: there are
  /// none. Those that are asked, or told by a notifier, each node finds by itself.
  registration::BindingKeeper* bindings = nullptr;
};

/// A request that was refused for who sent it, or for what it wanted of the registrar.
struct RefusedRequest {
  std::string method;  ///< "REGISTER", "MESSAGE", "INVITE" or "SUBSCRIBE"
  std::string user;    ///< as the sender says; any bytes
  std::string host;    ///< address it came from, without brackets; over UDP anybody may have written it
  std::uint16_t port = 0;
  std::string transport;  ///< "udp", "tcp" or "tls"
  std::string why;        ///< our words: "wrong password"
};

/// What happens at the server, told on the loop's thread.
class ServerObserver : public registration::Watcher {
 public:
  virtual void refused(const RefusedRequest& request) = 0;
  /// An authenticated MESSAGE: true = 202, false = 403.
  virtual bool pressed(const control::CommandService::Press& press) = 0;
  /// What a key shows that subscribes, or renews its subscription.
  virtual control::KeyLight key_light(const std::string& address_of_record, const std::string& key) = 0;
  /// The same of all keys of an address of record, for a list of them.
  virtual std::vector<control::KeyLight> key_lights(const std::string& address_of_record) = 0;
  /// A key of this phone's (empty: all of them, by a list) subscribed, and is told its light; the registration may be
  /// that of a phone that is not registered.
  virtual void key_subscribed(const registration::RegistrationPointer& phone, const std::string& key) = 0;
  /// An authenticated INVITE to the address of one of that phone's own keys.
  virtual control::CommandService::KeyPress key_pressed(const registration::RegistrationPointer& from,
                                                        const std::string& key) = 0;
  /// Before a phone that has subscribed to keys is told of them; kept as long as something of that may arrive. nullopt:
  /// it is not to be told now, and asked for again.
  virtual std::optional<std::shared_ptr<const void>> may_tell(const std::string& address_of_record) {
    static_cast<void>(address_of_record);
    return std::shared_ptr<const void>();
  }
  /// Something for the administrator, in words: connections refused, datagrams thrown away. Not more than a line of a
  /// kind in ten seconds.
  virtual void warned(const std::string& what) = 0;
};

/// Registrar (RFC 3261 section 10), redirect server for calls between phones (section 8.3), notifier of the states of
/// keys (RFC 6665), and the way MESSAGEs go to phones and come from them. On sofia-sip's nta. Loop's thread, unless
/// said otherwise.
class Server final : public registration::Source, public control::MessageSender, public control::KeySubscriptions {
 public:
  /// Binds all addresses or none; the error names the profile and the address. Any thread but the loop's.
  [[nodiscard]] static tl::expected<std::unique_ptr<Server>, std::string> open(EventLoop& loop, ServerOptions options,
                                                                               std::vector<User> users,
                                                                               ServerObserver& observer);
  /// As stop(). Any thread but the loop's.
  ~Server() override;

  /// Closes all sockets; MESSAGEs under way are told "stopping", and so are later ones. Loop's thread.
  void stop();

  /// The addresses bound, with real ports, in the order of the options: "udp:127.0.0.1:5060". Any thread.
  [[nodiscard]] std::vector<std::string> listening() const;

  /// REGISTERs and OPTIONS are answered 503 from now on, so that a proxy in front takes them elsewhere.
  void leave();

  /// Replaces the users (SIGHUP); the registrations of those who are gone end.
  void set_users(std::vector<User> users);

  /// Bindings that phones have at another node, which speaks to them no more: they are this one's, as if their
  /// REGISTERs had come here, and the observer is told taken_over(). Passed over is what is here already or has a newer
  /// one here, whose profile or user is not here, and what can only be reached over a connection that was another
  /// node's. How many were taken. Loop's thread.
  std::size_t take_over(const std::vector<registration::KeptBinding>& bindings);
  /// Another node speaks to these addresses of record: their bindings here end, and the keeper is not told; those who
  /// subscribed to their keys are to do that anew. `why` is
  /// for the observer. How many phones that were. Loop's thread.
  std::size_t let_go(std::span<const std::string> addresses_of_record, const std::string& why);
  /// The same for single bindings, as far as nothing newer came here meanwhile.
  std::size_t let_go_superseded(const std::vector<registration::KeptBinding>& bindings, const std::string& why);

  [[nodiscard]] tl::expected<std::vector<registration::RegistrationPointer>, std::string> find(
      const Query& query) const override;
  /// A configured user's, in the domain of the one profile that the query names or serves.
  [[nodiscard]] std::optional<std::string> account(const Query& query) const override;
  [[nodiscard]] std::vector<Query> names() const override;
  [[nodiscard]] std::vector<registration::RegistrationPointer> all() const override;
  /// It knows all there is: `done` is posted at once.
  void ask_again(const Query& query, std::function<void()> done) override;
  void send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) override;

  [[nodiscard]] bool has_any(const registration::Registration& contact) const override;
  [[nodiscard]] bool is_subscribed(const registration::Registration& contact, std::string_view key) const override;
  [[nodiscard]] bool shows_all(const registration::Registration& contact, std::string_view key) const override;
  void notify(const registration::RegistrationPointer& contact, std::vector<control::KeyLight> keys,
              std::shared_ptr<const void> under_way, std::function<void(control::SipOutcome)> done) override;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace snom::sip
