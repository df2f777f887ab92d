#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "registration/registration.h"
#include "runtime/lifetime.h"
#include "sip/answered_requests.h"
#include "sip/asked_phones.h"
#include "sip/asserted_identity.h"
#include "sip/authenticator.h"
#include "sip/connections.h"
#include "sip/datagram_sieve.h"
#include "sip/location_table.h"
#include "sip/message_client.h"
#include "sip/nta_glue.h"
#include "sip/reg_subscriptions.h"
#include "sip/registrar.h"
#include "sip/server.h"
#include "sip/server_request.h"
#include "sip/shown_as_tls.h"
#include "sip/subscribe_request.h"
#include "sip/subscriptions.h"

namespace snom::sip {

/// One profile: its sockets, its phones' registrations, and the answers to what phones ask. Loop's thread.
class Endpoint final {
 public:
  using TimePoint = LocationTable::TimePoint;

  /// What the profiles of a server share; all of it outlives them.
  struct Shared {
    EventLoop& loop;
    const ServerOptions& options;
    Authenticator& users;
    AnsweredRequests& answered;
    Connections& connections;
    MessageClient& messages;
    tls::Relay* relay;  ///< null: no TLS is spoken
    ServerObserver& observer;
    Subscriptions& subscriptions;
    const std::string& server_name;
    const bool& is_leaving;  ///< see Server::leave()
  };

  /// Binds all addresses or none; the error names the profile and the address.
  [[nodiscard]] static tl::expected<std::unique_ptr<Endpoint>, std::string> open(const Shared& shared,
                                                                                 ProfileOptions profile);
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  ~Endpoint();

  [[nodiscard]] const std::string& name() const { return profile_.name; }
  [[nodiscard]] const std::string& domain() const { return profile_.domain; }
  [[nodiscard]] std::vector<std::string> listening() const;
  /// True for the domain and the hosts that it listens on.
  [[nodiscard]] bool serves(std::string_view host) const;

  /// Whether there is an address of record of this user: one who may register here, or whom a proxy vouched for or the
  /// configuration names.
  [[nodiscard]] bool knows(const std::string& user) const;

  [[nodiscard]] const LocationTable& locations() const { return locations_; }

  /// The ways to a registration's phone, the best first (RFC 5626); one for a registration that ended meanwhile.
  [[nodiscard]] std::vector<LocationTable::Flow> flows(const registration::Registration& to) const;
  /// How to reach a registration by one of them. Valid until the loop's next turn. The error tells that the profile
  /// listens on no address of that kind.
  [[nodiscard]] tl::expected<MessageClient::Route, std::string> route(const registration::Registration& to,
                                                                      const LocationTable::Flow& flow) const;
  /// What became of a request on this way.
  void note(const std::string& user, const LocationTable::Flow& flow, const control::SipOutcome& outcome);

  /// Which subscriptions are those of this contact's phone: see is_of().
  [[nodiscard]] Subscriptions::Belongs subscriptions_of(const registration::Registration& contact) const;
  void notify(const Subscription& to, const Subscriptions::Notify& notify, Subscriptions::Done done);

  // endpoint_bindings.cpp: see Server.
  bool take_over(const registration::KeptBinding& kept);
  std::size_t let_go(const std::string& user, const std::string& why);
  std::size_t let_go_superseded(const registration::KeptBinding& kept, const std::string& why);

  /// Ends what expired, and what belongs to users that are no more; what is configured of the others is heeded. The
  /// observer is told.
  void expire(TimePoint at);
  /// Before the messages of what is shared stop.
  void stop_asking() {
    asked_.reset();
    watched_.reset();
  }
  void heed_users();

 private:
  Endpoint(const Shared& shared, ProfileOptions profile);
  [[nodiscard]] tl::expected<void, std::string> bind();
  /// `listen`: as configured, for the error.
  [[nodiscard]] tl::expected<void, std::string> bind_one(const TransportAddress& address, const std::string& listen);
  /// The library's socket for listeners_.back(), which is at `at`, against floods.
  [[nodiscard]] tl::expected<void, std::string> guard(tport_t* primary, const TransportAddress& at);
  /// By TLS, where no connection is open, from this address of ours. The error says why not.
  [[nodiscard]] tl::expected<void, std::string> route_by_tls(MessageClient::Route& route,
                                                             const std::string& from) const;

  /// Before each turn of the loop.
  void sift();
  /// Sources of registered phones are served first in a flood.
  void know(const Binding& binding);
  void know_registered();
  void tell_thrown_away(TimePoint at);

  // Of a profile whose phones are asked whether they are there.
  void start_asking();
  [[nodiscard]] bool is_asked(const User& user) const;
  [[nodiscard]] std::vector<AskedPhones::Phone> phones_to_ask() const;
  [[nodiscard]] registration::Registration asked_registration(const AskedPhones::Phone& phone) const;
  [[nodiscard]] bool is_there(const control::SipOutcome& outcome) const;
  void ask(const AskedPhones::Phone& phone, std::function<void(AskedPhones::Answer)> done);
  void answered(const AskedPhones::Phone& phone, const std::string& user_agent);
  void gone(const AskedPhones::Phone& phone, const std::string& why);

  // Of a profile whose phones' registrations are subscribed to.
  void start_watching();
  [[nodiscard]] bool is_watched(const User& user) const;
  [[nodiscard]] std::vector<std::string> users_to_watch() const;
  void subscribe(const RegSubscriptions::Subscribe& subscribe,
                 const std::function<void(RegSubscriptions::Answer)>& done);
  void handle_notify(ServerRequest& request);
  void told(const std::string& user, const RegSubscriptions::Registrations& registrations);
  void told_active(const std::string& user, const language::RegInfoContact& contact);
  /// Values of the Route headers to it, the notifier's first. The error says why it cannot be reached.
  [[nodiscard]] tl::expected<std::vector<std::string>, std::string> routes_to(
      const language::RegInfoContact& contact) const;

  /// Takes out a contact that is known from somewhere else; the observer is told.
  void take_out(const std::string& user, const LocationTable::Flow& flow, const std::string& why);

  static int on_message(nta_agent_magic_t* magic, nta_agent_t* agent, msg_t* message, sip_t* sip);
  void handle(ServerRequest& request);
  [[nodiscard]] const char* methods() const;  ///< value of Allow
  void handle_register(ServerRequest& request);
  void handle_message(ServerRequest& request);
  /// Who sent it, where that is proven; otherwise the request has been answered.
  [[nodiscard]] std::optional<NamedUser> proven_sender(ServerRequest& request);
  void handle_invite(ServerRequest& request);
  // endpoint_keys.cpp: keys that subscribe, and that are called.
  void handle_subscribe(ServerRequest& request);
  void begin_subscription(ServerRequest& request, const NamedUser& sender, const SubscribeRequest& wanted);
  void renew_subscription(ServerRequest& request, const NamedUser& sender, const SubscribeRequest& wanted);
  /// How long it is to be; nullopt: the request has been answered.
  [[nodiscard]] std::optional<std::chrono::seconds> subscription_lifetime(ServerRequest& request,
                                                                          const SubscribeRequest& wanted) const;
  void answer_subscribed(ServerRequest& request, const Subscription& subscription, std::chrono::seconds lifetime);
  /// What a SUBSCRIBE says of the way back.
  void take_way(const ServerRequest& request, const SubscribeRequest& wanted, Subscription& subscription) const;
  /// Where its SUBSCRIBE came in.
  [[nodiscard]] const TransportAddress& listener_of(const Subscription& subscription) const;
  [[nodiscard]] std::string own_contact(const Subscription& subscription) const;
  void handle_key_call(ServerRequest& request, const control::KeyAddress& address);
  void handle_options(ServerRequest& request);
  void handle_cancel(ServerRequest& request);

  /// The status that exactly this request was answered with before; nullopt: it is none that was answered.
  [[nodiscard]] std::optional<int> answered_before(const ServerRequest& request, const std::string& key);
  /// True when the credentials are that user's, or a proxy that is trusted has seen to that; otherwise the request has
  /// been answered with a challenge, or refused.
  [[nodiscard]] bool authenticated(ServerRequest& request, const std::string& user);
  [[nodiscard]] registration::RegistrationPointer sender_of(const ServerRequest& request,
                                                            const std::string& user) const;
  void tell_refused(const ServerRequest& request, const std::string& user, std::string_view why) const;
  void refuse(ServerRequest& request, const std::string& user, std::string_view why) const;
  [[nodiscard]] std::string web_of(const std::string& user) const;
  void tell(const LocationTable::Applied& changes);
  /// Tells the keeper of bindings what a REGISTER that was carried out has changed.
  void tell_keeper(const RegisterRequest& request, const LocationTable::Applied& changes) const;
  void tell_keeper_of_removed_user(const std::string& user) const;

  Shared shared_;
  ProfileOptions profile_;
  std::vector<TransportAddress> listeners_;  ///< their names, to the library, are their numbers here
  std::vector<std::string> hosts_;           ///< in small letters, without brackets
  ShownAsTls shown_;
  Agent agent_;  ///< goes after the bindings, which hold connections of its
  LocationTable locations_;
  Registrar registrar_;
  Sources sources_;             ///< of the bindings
  bool sources_stale_ = false;  ///< some binding ended
  std::unique_ptr<AskedPhones> asked_;
  std::unique_ptr<RegSubscriptions> watched_;
  std::uint32_t told_count_ = 0;  ///< of changes by watched_: their CSeq
  std::vector<DatagramSieve> sieves_;
  std::size_t thrown_away_ = 0;  ///< datagrams, since it was told
  TimePoint told_{};
  runtime::Lifetime lifetime_;
};

}  // namespace snom::sip
