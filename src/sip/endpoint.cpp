#include "sip/endpoint.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <exception>
#include <iterator>
#include <utility>

#include "language/resource_list.h"
#include "runtime/guard.h"
#include "sip/as_written.h"
#include "sip/phone_answers.h"
#include "sip/phone_client.h"
#include "sip/read_request.h"
#include "sip/sockets.h"

namespace snom::sip {
namespace {

constexpr const char* allowed = "REGISTER, MESSAGE, INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE";
constexpr const char* allowed_behind_proxies = "REGISTER, MESSAGE, INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE";
constexpr const char* allowed_of_watched = "MESSAGE, NOTIFY, INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE";
constexpr const char* allowed_of_asked = "MESSAGE, INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE";
constexpr const char* accepted = "application/x-buttons, text/plain";

/// Larger requests are answered 413 by the library.
constexpr unsigned long largest_message = 64 * 1024;

/// A completed client transaction has nothing to absorb but repetitions, which are dropped as well when it is gone: it
/// is not kept for timer K's five seconds, which would be megabytes at thousands of MESSAGEs a second.
constexpr unsigned completed_ms = 50;

/// An idle TCP connection that went out, and that no registration holds, is closed after this; those that came in are
/// closed earlier (Connections).
constexpr unsigned idle_connection_ms = 180'000;
/// Of a UDP socket, in bytes; more than the system lets an ordinary process have is cut to that.
constexpr int receive_buffer = 4 * 1024 * 1024;
constexpr std::chrono::seconds between_warnings{10};
/// Requests that wait for one connection to open or to take more.
constexpr unsigned connection_queue = 256;

[[nodiscard]] bool is_sip_url(const url_t* url) { return url->url_type == url_sip || url->url_type == url_sips; }

[[nodiscard]] bool is_v6(const std::string& host) { return host.find(':') != std::string::npos; }

/// How long a registration is, a proxy has told the phone already: no REGISTER is too brief.
[[nodiscard]] ServerOptions registrar_options(const ServerOptions& options, const ProfileOptions& profile) {
  ServerOptions with = options;
  if (profile.proxy) with.min_expires = std::chrono::seconds(0);
  return with;
}

[[nodiscard]] LocationTable::TimePoint now() { return std::chrono::steady_clock::now(); }

}  // namespace

Endpoint::Endpoint(const Shared& shared, ProfileOptions profile)
    : shared_(shared),
      profile_(std::move(profile)),
      locations_(shared.options.max_contacts),
      registrar_(locations_, registrar_options(shared.options, profile_),
                 {profile_.name, profile_.domain, [this](const std::string& user) { return web_of(user); }}) {
  hosts_.push_back(bare_host(profile_.domain));
}

Endpoint::~Endpoint() { shared_.loop.no_more_before_turns(this); }

tl::expected<std::unique_ptr<Endpoint>, std::string> Endpoint::open(const Shared& shared, ProfileOptions profile) {
  std::unique_ptr<Endpoint> endpoint(new Endpoint(shared, std::move(profile)));
  if (auto bound = endpoint->bind(); !bound)
    return tl::unexpected("profile '" + endpoint->name() + "': " + bound.error());
  return endpoint;
}

tl::expected<void, std::string> Endpoint::bind() {
  if (profile_.listen.empty())
    return tl::unexpected(std::string("listen names no address (expected e.g. udp:127.0.0.1:5060)"));
  // "None yet" in the library's words; a null pointer would bind to every address.
  const auto* no_address = reinterpret_cast<const url_string_t*>(-1);  // NOLINT(performance-no-int-to-ptr)
  const auto timeout = static_cast<unsigned>(shared_.options.answer_timeout.count());
  agent_.reset(nta_agent_create(
      shared_.loop.root(), no_address, &Endpoint::on_message, reinterpret_cast<nta_agent_magic_t*>(this),
      NTATAG_SIP_T1X64(timeout), NTATAG_SIP_T4(completed_ms), NTATAG_MAXSIZE(largest_message), NTATAG_UDP_MTU(65535),
      NTATAG_MCLASS(server_message_class()), NTATAG_USE_NAPTR(0), NTATAG_USE_SRV(0), NTATAG_EXTRA_100(0), TAG_END()));
  if (agent_ == nullptr) return tl::unexpected(std::string("the SIP library could not be set up"));

  for (const std::string& listen : profile_.listen) {
    const auto address = parse_transport_address(listen);
    if (!address) return tl::unexpected("listen address " + address.error());
    hosts_.push_back(address->host);
    TransportAddress one = *address;
    for (const std::string& host : hosts_to_bind(address->host)) {
      one.host = host;
      if (auto bound = bind_one(one, listen); !bound) return bound;
      one.port = listeners_.back().port;  // a free port is the same on all of this machine's addresses
    }
  }
  tport_t* primary = tport_primaries(nta_agent_tports(agent_.get()));
  for (const TransportAddress& listener : listeners_) {
    if (listener.transport == "tls") shown_.show(primary, listener);
    primary = tport_next(primary);
  }
  shared_.loop.before_turns(this, [this] { sift(); });
  if (profile_.asking) start_asking();
  if (profile_.watching) start_watching();
  return {};
}

tl::expected<void, std::string> Endpoint::bind_one(const TransportAddress& address, const std::string& listen) {
  const bool by_tls = address.transport == "tls";
  if (by_tls && shared_.relay == nullptr)
    return tl::unexpected("cannot listen on " + listen + ": there is no certificate for TLS");
  // The library's end is on this machine; the relay's is what others see.
  const std::string url = (by_tls ? TransportAddress{"tcp", "127.0.0.1", 0} : address).to_sofia_url();
  const std::string name = std::to_string(listeners_.size());
  const std::size_t before = bound_addresses(agent_.get()).size();
  errno = 0;
  const int added =
      nta_agent_add_tport(agent_.get(), reinterpret_cast<const url_string_t*>(url.c_str()), TPTAG_IDENT(name.c_str()),
                          TPTAG_IDLE(idle_connection_ms), TPTAG_QUEUESIZE(connection_queue), TPTAG_PONG2PING(1),
                          TPTAG_UDP_RMEM(receive_buffer), TAG_END());
  const int error = su_errno();
  const auto bound = bound_addresses(agent_.get());
  if (added < 0 || bound.size() <= before)
    return tl::unexpected("cannot listen on " + listen + ": " + std::strerror(error != 0 ? error : EADDRNOTAVAIL));
  TransportAddress at = bound[before];
  if (by_tls) {
    const auto port = shared_.relay->listen({address.host, address.port}, at.port);
    if (!port) return tl::unexpected("cannot listen on " + listen + ": " + port.error());
    listeners_.push_back({"tls", address.host, *port});
    at.transport = "tls";
  } else {
    listeners_.push_back(at);
  }
  hosts_.push_back(listeners_.back().host);
  tport_t* primary = tport_primaries(nta_agent_tports(agent_.get()));
  for (std::size_t i = 0; i < before; ++i) primary = tport_next(primary);
  return guard(primary, at);
}

tl::expected<void, std::string> Endpoint::guard(tport_t* primary, const TransportAddress& at) {
  if (at.transport != "udp") {
    return shared_.connections.watch(primary, at, [this] {
      std::vector<const void*> held;
      locations_.for_each_flow([&](const Binding& binding) {
        if (binding.connection != nullptr) held.push_back(binding.connection.get());
      });
      std::ranges::copy(shared_.subscriptions.connections(), std::back_inserter(held));
      return held;
    });
  }
  const int socket = listening_descriptor(at);
  if (socket < 0) return tl::unexpected("the socket of " + at.to_string() + " is not found among the open files");
  sieves_.emplace_back(socket, sources_);
  return {};
}

void Endpoint::sift() {
  for (DatagramSieve& sieve : sieves_) thrown_away_ += sieve.sift();
}

void Endpoint::know(const Binding& binding) {
  sources_.add(binding.phone->network_host, binding.phone->network_port);
  if (const auto hop = parse_transport_address(binding.next_hop)) sources_.add(hop->host, hop->port);
}

void Endpoint::know_registered() {
  sources_stale_ = false;
  sources_.clear();
  locations_.for_each_flow([this](const Binding& binding) { know(binding); });
  if (!profile_.watching) return;
  if (const auto notifier = parse_transport_address(profile_.watching->via))
    sources_.add(notifier->host, notifier->port);
}

void Endpoint::tell_thrown_away(TimePoint at) {
  if (thrown_away_ == 0 || at - told_ < between_warnings) return;
  told_ = at;
  shared_.observer.warned("SIP over UDP: profile '" + profile_.name +
                          "' gets more than it can answer: " + std::to_string(std::exchange(thrown_away_, 0)) +
                          " datagrams of senders that are not registered were thrown away");
}

std::vector<std::string> Endpoint::listening() const {
  std::vector<std::string> addresses;
  for (const TransportAddress& address : listeners_) addresses.push_back(address.to_string());
  return addresses;
}

bool Endpoint::serves(std::string_view host) const {
  return std::find(hosts_.begin(), hosts_.end(), bare_host(host)) != hosts_.end();
}

bool Endpoint::knows(const std::string& user) const {
  if (profile_.asking) {
    const User* known = shared_.users.find(user);
    return known != nullptr && is_asked(*known);
  }
  if (profile_.watching) {
    const User* known = shared_.users.find(user);
    return known != nullptr && is_watched(*known);
  }
  if (!profile_.proxy) return shared_.users.knows(user);
  return shared_.users.find(user) != nullptr || !locations_.find(user, now()).empty();
}

std::vector<LocationTable::Flow> Endpoint::flows(const registration::Registration& to) const {
  std::vector<LocationTable::Flow> flows;
  for (const Binding* binding : locations_.find_flows(to.user, to.contact))
    flows.push_back({binding->contact(), binding->instance, binding->reg_id});
  if (flows.empty()) flows.push_back({to.contact, {}, 0});
  return flows;
}

void Endpoint::note(const std::string& user, const LocationTable::Flow& flow, const control::SipOutcome& outcome) {
  locations_.note(user, flow, reached_the_phone(outcome) ? Binding::Heard::answer : Binding::Heard::silence);
  if (asked_ == nullptr || is_there(outcome)) return;
  // Who sends hears of what follows from it after the outcome, and never from inside the call that sends.
  shared_.loop.post(lifetime_.guard([this, user, reached = reached_the_phone(outcome)] {
    if (asked_ == nullptr) return;
    // With a proxy in between, a refusal may be the phone's or the proxy's that does not find it.
    if (reached) return asked_->doubt(user);
    asked_->silent(user);
  }));
}

tl::expected<MessageClient::Route, std::string> Endpoint::route(const registration::Registration& to,
                                                                const LocationTable::Flow& flow) const {
  MessageClient::Route route;
  route.agent = agent_.get();
  route.next_hop = {to.transport, to.network_host, to.network_port};
  std::size_t came_in_at = listeners_.size();
  if (const Binding* binding = locations_.find_flow(to.user, flow); binding != nullptr) {
    if (auto hop = parse_transport_address(binding->next_hop)) route.next_hop = std::move(*hop);
    route.path = binding->path;
    route.connection = static_cast<tport_t*>(binding->connection.get());
    const bool open = route.connection != nullptr && tport_is_clear_to_send(route.connection) != 0;
    if (binding->next_hop.empty() && !open)
      return tl::unexpected(std::string(to.transport == "tls" ? "the TLS" : "the TCP") +
                            " connection that it registered over is closed");
    std::from_chars(binding->listener.data(), binding->listener.data() + binding->listener.size(), came_in_at);
  }
  const auto fits = [&](const TransportAddress& listener) {
    return listener.transport == route.next_hop.transport && is_v6(listener.host) == is_v6(route.next_hop.host);
  };
  if (came_in_at >= listeners_.size() || !fits(listeners_[came_in_at])) {
    const auto first = std::find_if(listeners_.begin(), listeners_.end(), fits);
    if (first == listeners_.end())
      return tl::unexpected("profile '" + profile_.name + "' has no " +
                            (is_v6(route.next_hop.host) ? "IPv6 " : "IPv4 ") + route.next_hop.transport +
                            " address to send from to " + route.next_hop.to_string());
    came_in_at = static_cast<std::size_t>(first - listeners_.begin());
  }
  route.listener = std::to_string(came_in_at);
  route.contact = listeners_[came_in_at].to_uri();
  const bool open = route.connection != nullptr && tport_is_clear_to_send(route.connection) != 0;
  if (route.next_hop.transport == "tls" && !open) {
    if (auto by_tls = route_by_tls(route, listeners_[came_in_at].host); !by_tls) return tl::unexpected(by_tls.error());
  }
  return route;
}

tl::expected<void, std::string> Endpoint::route_by_tls(MessageClient::Route& route, const std::string& from) const {
  if (!profile_.asking && !profile_.watching && !profile_.proxy)
    return tl::unexpected(std::string("the TLS connection that it registered over is closed"));
  const std::string& name = profile_.tls_name.empty() ? route.next_hop.host : profile_.tls_name;
  const auto outlet = shared_.relay->outlet({{route.next_hop.host, route.next_hop.port}, {name}, from});
  if (!outlet) return tl::unexpected(outlet.error());
  route.outlet = *outlet;
  route.relay = shared_.relay;
  return {};
}

void Endpoint::expire(TimePoint at) {
  tell_thrown_away(at);
  for (const auto& [user, changes] : locations_.expire(at)) tell(changes);
  if (sources_stale_) know_registered();
}

void Endpoint::heed_users() {
  sources_stale_ = true;
  if (asked_ != nullptr) asked_->use(phones_to_ask());
  if (watched_ != nullptr) watched_->use(users_to_watch());
  const auto may_stay = [this](const std::string& name) {
    if (profile_.watching) return knows(name);
    return profile_.proxy || profile_.asking || shared_.users.knows(name);
  };
  for (const auto& [user, binding] : locations_.remove_users(may_stay)) {
    tell_keeper_of_removed_user(user);
    shared_.observer.unregistered(binding.phone, "user removed");
  }
  const auto with_its_web =
      [this](const registration::Registration& phone) -> std::optional<registration::Registration> {
    auto web = web_of(phone.user);
    if (web == phone.web) return std::nullopt;
    auto other = phone;
    other.web = std::move(web);
    return other;
  };
  for (const auto& phone : locations_.exchange(with_its_web)) shared_.observer.refreshed(phone);
}

std::string Endpoint::web_of(const std::string& user) const {
  const User* known = shared_.users.find(user);
  return known != nullptr ? known->web.text() : std::string();
}

int Endpoint::on_message(nta_agent_magic_t* magic, nta_agent_t* agent, msg_t* message, sip_t* sip) {
  auto* self = reinterpret_cast<Endpoint*>(magic);
  if (sip_request(sip) == nullptr) {  // a response to nothing that was asked, or asked long ago
    msg_destroy(message);
    return 0;
  }
  // Nothing may leave through the library's C frames. The other side repeats the request.
  runtime::guarded("a SIP request", [&] {
    ServerRequest request(agent, message, sip, self->shared_.server_name);
    if (request.source().transport.empty()) return;  // by a way that is the relay's only
    if (!runtime::guarded("a SIP request", [&] { self->handle(request); })) request.answer(500);
  });
  return 0;
}

void Endpoint::handle(ServerRequest& request) {
  const sip_method_t method = request.method();
  if (method == sip_method_ack) return;
  if (shared_.is_leaving && (method == sip_method_register || method == sip_method_options)) return request.answer(503);
  if (is_unreadable(request.uri())) return request.answer(400, "Bad Request-URI");
  if (!is_sip_url(request.uri())) return request.answer(416);
  // RFC 3261 section 19.1.1: none may be there, and none of them is heeded.
  if (request.uri()->url_headers != nullptr) return request.answer(400, "Headers in the Request-URI");
  if (method == sip_method_cancel) return handle_cancel(request);
  const std::string_view known = method == sip_method_subscribe ? language::eventlist_option : std::string_view();
  if (const std::string required = read_required(request.sip(), known); !required.empty())
    return request.answer(420, {}, {{sip_unsupported_class, required}});
  if (method == sip_method_notify && watched_ != nullptr) return handle_notify(request);
  // No other dialogs are set up here but those of keys that subscribe.
  const bool may_have_tag = method == sip_method_register || method == sip_method_subscribe;
  if (!may_have_tag && sip_to(request.sip())->a_tag != nullptr) return request.answer(481);

  switch (method) {
    case sip_method_register:
      return handle_register(request);
    case sip_method_message:
      return handle_message(request);
    case sip_method_invite:
      if (const auto key = control::parse_key_address(url_user(request.uri()));
          key && (profile_.proxy || !profile_.asking))
        return handle_key_call(request, *key);
      if (profile_.proxy || profile_.asking) return request.answer(405, {}, {{sip_allow_class, methods()}});
      return handle_invite(request);
    case sip_method_options:
      return handle_options(request);
    case sip_method_subscribe:
      return handle_subscribe(request);
    case sip_method_publish:
      return request.answer(489, {}, {{sip_unknown_class, plain_line("Allow-Events", "")}});
    case sip_method_bye:
    case sip_method_prack:
      return request.answer(481);
    case sip_method_unknown:
      return request.answer(501, {}, {{sip_allow_class, methods()}});
    default:
      return request.answer(405, {}, {{sip_allow_class, methods()}});
  }
}

const char* Endpoint::methods() const {
  if (profile_.asking) return profile_.proxy ? allowed_of_asked : "OPTIONS";
  if (profile_.watching) return allowed_of_watched;
  return profile_.proxy ? allowed_behind_proxies : allowed;
}

bool Endpoint::authenticated(ServerRequest& request, const std::string& user) {
  if (profile_.proxy) {
    if (profile_.proxy->includes(request.source().host)) return true;
    refuse(request, user, "not from a trusted proxy");
    return false;
  }
  const std::string uri = url_text(request.uri());
  Authenticator::Verdict verdict;
  if (auto credentials = read_credentials(request.sip()); !credentials.empty())
    verdict = shared_.users.check({std::move(credentials), request.method_name(), uri, user, profile_.domain}, now());
  if (verdict.good) return true;
  if (!verdict.why.empty()) tell_refused(request, user, verdict.why);
  request.answer(401, {},
                 {{sip_www_authenticate_class, shared_.users.challenge(profile_.domain, verdict.stale, now())}});
  return false;
}

std::optional<int> Endpoint::answered_before(const ServerRequest& request, const std::string& key) {
  const AnsweredRequests::Answered* before = shared_.answered.find(key, now());
  if (before == nullptr || before->fingerprint != request.fingerprint()) return std::nullopt;
  return before->status;
}

void Endpoint::handle_register(ServerRequest& request) {
  const url_t* to = sip_to(request.sip())->a_url;
  const std::string user = url_user(to);
  if (profile_.asking || profile_.watching) return refuse(request, user, "nobody registers here");
  if (user.empty() || !serves(text(to->url_host))) {
    tell_refused(request, user, "no such domain");
    return request.answer(404);
  }
  // RFC 3261 section 10.2: it is outside of any dialog. With a tag, proxies take it for one that goes on with a dialog,
  // and pass it on along its Route whoever sent it: no copy of what they have accepted.
  if (profile_.proxy && sip_to(request.sip())->a_tag != nullptr) return refuse(request, user, "a tag in To");

  const std::string key = request.transaction_key("REGISTER");
  const auto before = answered_before(request, key);
  if (!before && !authenticated(request, user)) return;

  RegisterAnswer answer;
  std::optional<RegisterRequest> carried_out;
  if (before) {
    if (*before != 200) return request.answer(*before);
    answer = registrar_.list(user, now());
  } else if (auto wanted = read_register(request)) {
    if (profile_.proxy) {
      if (!is_user_name(user)) return refuse(request, user, "no user's name");
      if (wanted->path.empty() && !wanted->contacts.empty()) {
        // RFC 3327 section 5.3: without one the phone would be asked where only the proxy can reach it.
        tell_refused(request, user, "a proxy that adds no Path");
        return request.answer(421, {}, {{sip_require_class, "path"}});
      }
      if (!knows(user) && locations_.size() >= shared_.options.max_proxied_users)
        return refuse(request, user, "too many users");
    }
    wanted->user = user;
    answer = registrar_.answer(*wanted, now());
    if (answer.status == 200 && shared_.options.bindings != nullptr) carried_out = std::move(wanted);
  } else {
    answer.status = 400;
    answer.phrase = "Contact Or Path Too Long";
  }

  std::vector<ReplyHeader> headers;
  headers.reserve(answer.contacts.size() + 1);
  for (const std::string& contact : answer.contacts)
    headers.push_back({sip_unknown_class, plain_line("Contact", contact)});
  if (answer.status == 200 && sip_has_feature(sip_supported(request.sip()), "path") != 0)
    for (const std::string& value : path_as_written(request.sip()))
      headers.push_back({sip_unknown_class, plain_line("Path", value)});
  if (answer.min_expires) headers.push_back({sip_min_expires_class, std::to_string(*answer.min_expires)});
  if (!before && answer.status != 423) shared_.answered.remember(key, {answer.status, request.fingerprint()}, now());
  if (!before && answer.status >= 400 && answer.status != 423)
    tell_refused(request, user, std::to_string(answer.status) + " " + answer.phrase);
  // First the answer: the observer may send to the phone at once.
  request.answer(answer.status, answer.phrase, headers);
  if (carried_out) tell_keeper(*carried_out, answer.changes);
  tell(answer.changes);
}

void Endpoint::tell_refused(const ServerRequest& request, const std::string& user, std::string_view why) const {
  const TransportAddress& source = request.source();
  shared_.observer.refused(
      {std::string(request.method_name()), user, source.host, source.port, source.transport, std::string(why)});
}

void Endpoint::refuse(ServerRequest& request, const std::string& user, std::string_view why) const {
  tell_refused(request, user, why);
  request.answer(403);
}

void Endpoint::tell(const LocationTable::Applied& changes) {
  for (const Binding& binding : changes.registered) know(binding);
  sources_stale_ = sources_stale_ || !changes.expired.empty() || !changes.removed.empty() || !changes.dropped.empty();
  for (const Binding& binding : changes.expired) shared_.observer.unregistered(binding.phone, "expired");
  for (const Binding& binding : changes.removed) shared_.observer.unregistered(binding.phone, "removed");
  for (const Binding& binding : changes.dropped) shared_.observer.unregistered(binding.phone, "too many contacts");
  for (const Binding& binding : changes.registered) shared_.observer.registered(binding.phone);
  for (const Binding& binding : changes.refreshed) shared_.observer.refreshed(binding.phone);
}

registration::RegistrationPointer Endpoint::sender_of(const ServerRequest& request, const std::string& user) const {
  const TransportAddress& source = request.source();
  const std::string_view call_id = text(sip_call_id(request.sip())->i_id);
  const Binding* best = nullptr;
  for (const Binding* binding : locations_.find(user, now())) {
    const registration::Registration& phone = *binding->phone;
    const bool same_address = phone.network_host == source.host && phone.network_port == source.port;
    if (same_address || (best == nullptr && phone.call_id == call_id)) best = binding;
  }
  if (best != nullptr) return best->phone;
  registration::Registration unregistered;
  unregistered.user = user;
  unregistered.domain = profile_.domain;
  unregistered.profile = profile_.name;
  unregistered.network_host = source.host;
  unregistered.network_port = source.port;
  unregistered.transport = source.transport;
  unregistered.web = web_of(user);
  unregistered.expires = now();
  return unregistered;
}

void Endpoint::handle_message(ServerRequest& request) {
  const std::string key = request.transaction_key("MESSAGE");
  if (const auto before = answered_before(request, key)) return request.answer(*before);

  const auto sender = proven_sender(request);
  if (!sender) return;
  bool taken = false;
  const Fingerprint fingerprint = request.fingerprint();
  if (serves(sender->host)) {
    control::CommandService::Press press;
    press.from = sender_of(request, sender->user);
    press.target = url_user(request.uri());
    press.target_host = bare_host(text(request.uri()->url_host));
    if (const sip_payload_t* body = sip_payload(request.sip()); body != nullptr && body->pl_data != nullptr)
      press.body.assign(body->pl_data, body->pl_len);
    press.content_type = content_type_of(request.sip());
    // Remembered before it is known what it does: whatever happens next, a repetition does not do it again.
    shared_.answered.remember(key, {403, fingerprint}, now());
    if (asked_ != nullptr) asked_->heard_of(sender->user);
    taken = shared_.observer.pressed(press);
  }
  shared_.answered.remember(key, {taken ? 202 : 403, fingerprint}, now());
  request.answer(taken ? 202 : 403);
}

std::optional<NamedUser> Endpoint::proven_sender(ServerRequest& request) {
  const url_t* from = sip_from(request.sip())->a_url;
  NamedUser claimed{url_user(from), std::string(text(from->url_host))};
  if (profile_.asking && !profile_.proxy) {
    refuse(request, claimed.user, "presses come by HTTP here");
    return std::nullopt;
  }
  if (!authenticated(request, claimed.user)) return std::nullopt;
  if (!profile_.proxy) return claimed;
  auto sender = sender_by_proxy(request.sip(), profile_.proxy->identity);
  if (sender && serves(sender->host)) return *sender;
  refuse(request, claimed.user, sender ? "a sender of another domain" : sender.error());
  return std::nullopt;
}

void Endpoint::handle_invite(ServerRequest& request) {
  const std::string key = request.transaction_key("INVITE");
  if (!answered_before(request, key)) {
    const std::string caller = url_user(sip_from(request.sip())->a_url);
    if (!authenticated(request, caller)) return;
    shared_.answered.remember(key, {300, request.fingerprint()}, now());
  }
  const std::string callee = url_user(request.uri());
  if (!serves(text(request.uri()->url_host)) || !shared_.users.knows(callee)) return request.answer(404);
  std::vector<ReplyHeader> contacts;
  for (const Binding* binding : locations_.find_phones(callee, now()))
    contacts.push_back({sip_unknown_class, plain_line("Contact", "<" + binding->contact() + ">")});
  if (contacts.empty()) return request.answer(480);
  request.answer(302, {}, contacts);
}

void Endpoint::handle_options(ServerRequest& request) {
  request.answer(200, {}, {{sip_allow_class, methods()}, {sip_accept_class, accepted}});
}

void Endpoint::handle_cancel(ServerRequest& request) {
  // Every INVITE is answered at once: a CANCEL comes too late to change anything (RFC 3261 section 9.2).
  request.answer(shared_.answered.find(request.transaction_key("INVITE"), now()) != nullptr ? 200 : 481);
}

}  // namespace snom::sip
