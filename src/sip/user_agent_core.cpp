#include "sip/user_agent_core.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

#include "runtime/guard.h"
#include "sip/dialog.h"
#include "sip/message_class.h"
#include "sip/next_hop.h"
#include "sip/phone_answers.h"
#include "sip/sip_uri.h"
#include "tls/identity.h"

namespace snom::sip {

namespace {

constexpr unsigned long largest_message = 64 * 1024;
constexpr int receive_buffer = 4 * 1024 * 1024;
constexpr unsigned connection_queue = 1024;
/// By TLS, of those that call its phones.
constexpr std::size_t most_connections = 4096;
constexpr std::chrono::hours own_certificate{24 * 3650};

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

constexpr int most_ports_tried = 16;

/// What a request to this URI is refused with, whoever it is for (RFC 3261 sections 8.2.2.1 and 19.1.1); 0 = nothing.
int refusal_of(const url_t* uri) {
  if (uri->url_type != url_sip && uri->url_type != url_sips) return 416;
  return uri->url_headers != nullptr ? 400 : 0;
}

void answer_with(ServerRequest& request, const PhoneAnswer& answer) {
  request.answer(answer.status, answer.phrase, answer.headers);
}

}  // namespace

UserAgentCore::UserAgentCore(EventLoop& loop, UserAgentOptions options, std::string local_host,
                             std::vector<std::string> server_addresses)
    : loop_(loop),
      options_(std::move(options)),
      local_host_(std::move(local_host)),
      server_addresses_(std::move(server_addresses)),
      lookup_(loop, options_.resolve ? options_.resolve : HostLookup::Resolve(resolve_by_system),
              options_.resolve_limit) {
  if (options_.server_names.empty()) options_.server_names = {options_.server_host};
}

UserAgentCore::~UserAgentCore() {
  lifetime_.reset();
  dialogs_.clear();
  accounts_.clear();
  requests_.reset();
}

tl::expected<void, std::string> UserAgentCore::start_relay() {
  tls::Settings settings = options_.tls;
  if (settings.identity.certificate.empty()) {
    const auto at = std::chrono::system_clock::now();
    auto own = tls::make_self_signed({"snomphone", {local_host_}, at - std::chrono::hours(48), at + own_certificate});
    if (!own) return tl::make_unexpected(own.error());
    settings.identity = std::move(*own);
  }
  auto store = tls::Store::make(settings);
  if (!store) return tl::make_unexpected("TLS: " + store.error());
  tls::Relay::Limits limits;
  limits.in_all = limits.per_address = most_connections;
  relay_ = std::make_unique<tls::Relay>(std::move(*store), limits, nullptr);
  return {};
}

tl::expected<std::string, std::string> UserAgentCore::library_url(const TransportAddress& to,
                                                                  const std::vector<std::string>& names) const {
  if (to.transport == "tcp" && relay_ != nullptr)
    return tl::make_unexpected("'" + to.to_string() + "' wants TCP, and this phone speaks UDP and TLS");
  if (to.transport != "tls") return to.to_sofia_url();
  if (relay_ == nullptr)
    return tl::make_unexpected("'" + to.to_string() + "' wants TLS, which this phone does not speak");
  const auto outlet = relay_->outlet({{to.host, to.port}, names, local_host_});
  if (!outlet) return tl::make_unexpected(outlet.error());
  return outlet_url(*outlet);
}

std::string UserAgentCore::why_not(const std::string& url) const {
  if (relay_ == nullptr) return {};
  const auto parsed = parse_sip_uri(url);
  if (!parsed || !parsed->port || parsed->host != "127.0.0.1") return {};
  const std::string why = relay_->why_not(*parsed->port);
  return why.empty() ? why : "TLS: " + why;
}

tl::expected<void, std::string> UserAgentCore::bind() {
  if (options_.transport == "tls") {
    if (auto started = start_relay(); !started) return started;
  }
  const auto to_server =
      library_url({options_.transport, server_addresses_.front(), options_.server_port}, options_.server_names);
  if (!to_server) return tl::make_unexpected(to_server.error());
  route_ = *to_server;
  // The library picks a free port for one transport; it may be taken for the other.
  tl::expected<void, std::string> bound;
  for (int i = 0; i < most_ports_tried; ++i) {
    bound = open_sockets();
    if (bound || agent_ != nullptr) break;
  }
  if (!bound) return bound;
  if (auto watched = watch_connections(); !watched) return watched;
  // Requests outside a dialog need a leg to be made with; with NTATAG_STATELESS it gets none itself.
  nta_leg_t* outside = nta_leg_tcreate(agent_.get(), nullptr, nullptr, NTATAG_NO_DIALOG(1), TAG_END());
  if (outside == nullptr) return tl::make_unexpected(std::string("the SIP library could not be set up"));
  requests_ = std::make_unique<ClientRequests>(outside, loop_, [this](const std::string& url) { return why_not(url); });
  return {};
}

tl::expected<void, std::string> UserAgentCore::open_tls() {
  const auto inner = bound_addresses(agent_.get()).front();
  const auto port = relay_->listen({local_host_, 0}, inner.port);
  if (!port) return tl::make_unexpected("cannot listen on " + local_host_ + ": " + port.error());
  bound_ = {"tls", local_host_, *port};
  shown_.show(tport_primaries(nta_agent_tports(agent_.get())), bound_);
  return {};
}

/// As many as TLS may have, and not more of one address than that leaves for others.
tl::expected<void, std::string> UserAgentCore::watch_connections() {
  constexpr std::chrono::minutes idle{5};
  connections_ = std::make_unique<Connections>(loop_, Connections::Limits{most_connections, most_connections / 4, idle},
                                               [](const std::string& /*what*/) {});
  tport_t* primary = tport_primaries(nta_agent_tports(agent_.get()));
  for (TransportAddress& at : bound_addresses(agent_.get())) {
    if (at.transport == "tcp") {
      // With TLS it is the library's end.
      if (relay_ != nullptr) at.transport = "tls";
      auto watched = connections_->watch(primary, at, [] { return std::vector<const void*>(); });
      if (!watched) return watched;
    }
    primary = tport_next(primary);
  }
  return {};
}

/// UDP and TCP on one port: an element of SIP has both (RFC 3261 section 18), and whom we call may have only one.
/// Without an agent left the port that was picked is taken for the other transport.
tl::expected<void, std::string> UserAgentCore::open_sockets() {
  // "none yet", in the library's words
  const auto* no_address = reinterpret_cast<const url_string_t*>(-1);  // NOLINT(performance-no-int-to-ptr)
  agent_.reset(nta_agent_create(
      loop_.root(), no_address, &UserAgentCore::on_message, reinterpret_cast<nta_agent_magic_t*>(this), NTATAG_UA(1),
      NTATAG_STATELESS(1), NTATAG_MAXSIZE(largest_message), NTATAG_UDP_MTU(65535), NTATAG_USE_NAPTR(0),
      NTATAG_USE_SRV(0), NTATAG_EXTRA_100(0), NTATAG_CLIENT_RPORT(1), NTATAG_MCLASS(message_class()), TAG_END()));
  if (agent_ == nullptr) return tl::make_unexpected(std::string("the SIP library could not be set up"));
  const auto add = [this](const TransportAddress& address) {
    const std::string url = address.to_sofia_url();
    errno = 0;
    if (nta_agent_add_tport(agent_.get(), reinterpret_cast<const url_string_t*>(url.c_str()),
                            TPTAG_UDP_RMEM(receive_buffer), TPTAG_QUEUESIZE(connection_queue), TPTAG_PONG2PING(1),
                            TAG_END()) >= 0) {
      return 0;
    }
    const int error = su_errno();
    return error != 0 ? error : EADDRNOTAVAIL;
  };
  const auto failed = [this](int error) {
    return tl::make_unexpected("cannot listen on " + local_host_ + ": " + std::strerror(error));
  };
  if (relay_ != nullptr) {
    // The first stream of the library's is the one that it takes for requests: TCP beside TLS would be mistaken for it.
    int error = add({"tcp", "127.0.0.1", 0});
    if (error == 0) error = add({"udp", local_host_, 0});
    return error != 0 ? failed(error) : open_tls();
  }
  if (const int error = add({options_.transport, local_host_, 0}); error != 0) return failed(error);
  for (const TransportAddress& address : bound_addresses(agent_.get())) {
    if (address.transport == options_.transport) bound_ = address;
  }
  if (const int error = add({options_.transport == "udp" ? "tcp" : "udp", local_host_, bound_.port}); error != 0) {
    agent_.reset();
    return failed(error);
  }
  return {};
}

PhoneAccount* UserAgentCore::add(AccountOptions options, AccountObserver& observer) {
  const std::string user = options.user;
  if (accounts_.contains(user)) return nullptr;
  auto account = std::make_unique<PhoneAccount>(*this, std::move(options), observer);
  return accounts_.emplace(user, std::move(account)).first->second.get();
}

void UserAgentCore::keep(std::unique_ptr<Dialog> dialog) {
  const CallId id = dialog->id();
  dialogs_.emplace(id, std::move(dialog));
}

Dialog* UserAgentCore::find(CallId call) {
  const auto found = dialogs_.find(call);
  return found == dialogs_.end() ? nullptr : found->second.get();
}

void UserAgentCore::bury(CallId call) {
  later([this, call] { dialogs_.erase(call); });
}

void UserAgentCore::later(std::function<void()> work) { loop_.post(lifetime_->guard(std::move(work))); }

bool UserAgentCore::is_server(const TransportAddress& source) const {
  return std::find(server_addresses_.begin(), server_addresses_.end(), source.host) != server_addresses_.end();
}

int UserAgentCore::take_document(PhoneAccount& account, const sip_t* sip, const TransportAddress& source) const {
  if (options_.filter_registrar && !is_server(source)) return 403;
  if (sip_request(sip)->rq_method == sip_method_notify) {
    if (const auto status = account.watch_notified(sip)) return *status;
  }
  const std::string type = content_type_of(sip);
  return sip_request(sip)->rq_method == sip_method_notify
             ? account.observer().notify(header_value(sip_event(sip)), type, body_of(sip))
             : account.observer().message(type, body_of(sip), url_text(sip_from(sip)->a_url));
}

// -- where requests go

bool UserAgentCore::is_server_hop(const TransportAddress& hop, const PhoneAccount& account) const {
  const bool domain = hop.host == bare_host(account.options().domain) && !is_ip_address(hop.host);
  const std::uint16_t usual_port = hop.transport == "tls" ? default_tls_port : default_port;
  if (relay_ != nullptr && hop.transport == "tcp") return false;
  if (domain && (hop.port == usual_port || hop.port == options_.server_port)) return true;
  return hop.port == options_.server_port && (is_server(hop) || hop.host == bare_host(options_.server_host));
}

bool UserAgentCore::is_at_server(const std::string& uri, const PhoneAccount& account) const {
  const auto hop = next_hop(uri);
  return hop && is_server_hop(*hop, account);
}

bool UserAgentCore::same_family(const std::string& address) const {
  return (address.find(':') == std::string::npos) == (local_host_.find(':') == std::string::npos);
}

void UserAgentCore::find_hop(const std::string& uri, const PhoneAccount& account, const void* owner, HopFound done) {
  auto hop = next_hop(uri);
  if (!hop) return done(tl::make_unexpected(hop.error()));
  const bool server = is_server_hop(*hop, account);
  if (server && !is_server(*hop)) return done(Hop{route_, true});
  // What is called over TLS is who the URI says (RFC 5922 section 7.2), whatever address that has.
  std::vector<std::string> names{hop->host};
  if (hop->host == bare_host(options_.server_host)) names = options_.server_names;
  const auto to = [this, names](const TransportAddress& address, bool to_server) -> tl::expected<Hop, std::string> {
    auto url = library_url(address, names);
    if (!url) return tl::make_unexpected(url.error());
    return Hop{*url, to_server};
  };
  if (hop->host == bare_host(options_.server_host)) hop->host = server_addresses_.front();
  if (is_ip_address(hop->host)) return done(to(*hop, server));
  lookup_.find(
      hop->host, owner, [this, hop = *hop, to, done = std::move(done)](const HostLookup::Found& found) mutable {
        if (!found) return done(tl::make_unexpected(found.error()));
        const auto usable = std::find_if(found->begin(), found->end(),
                                         [this](const std::string& address) { return same_family(address); });
        if (usable == found->end()) {
          return done(
              tl::make_unexpected("the name '" + hop.host + "' has no address that is reached from " + local_host_));
        }
        hop.host = *usable;
        // Never the server, though the address may be its: only what is named so is.
        done(to(hop, false));
      });
}

PhoneAccount* UserAgentCore::account_of(const url_t* uri) const {
  const auto found = accounts_.find(url_user(uri));
  if (found == accounts_.end()) return nullptr;
  char line[64] = "";
  if (uri->url_params != nullptr && url_param(uri->url_params, "line", line, sizeof line) > 0 &&
      found->second->line() != line) {
    return nullptr;
  }
  return found->second.get();
}

bool UserAgentCore::drops() {
  const int percent = options_.faults.drop_percent;
  return percent > 0 && std::uniform_int_distribution<int>(1, 100)(random_) <= percent;
}

int UserAgentCore::on_message(nta_agent_magic_t* magic, nta_agent_t* /*agent*/, msg_t* message, sip_t* /*sip*/) {
  auto* self = reinterpret_cast<UserAgentCore*>(magic);
  MessageRef owned(message);
  // Nothing may leave through the library's C frames. The other side repeats the request.
  runtime::guarded("a SIP request", [&] { self->receive(std::move(owned)); });
  return 0;
}

void UserAgentCore::receive(MessageRef message) {
  const sip_t* sip = sip_object(message.get());
  const sip_request_t* line = sip_request(sip);
  if (line == nullptr || line->rq_method == sip_method_ack) return;  // for nothing that is there
  if (drops()) return;
  if (options_.faults.delay.count() == 0) return handle(std::move(message));
  // std::function wants what it holds to be copyable.
  auto held = std::make_shared<MessageRef>(std::move(message));
  loop_.after(options_.faults.delay, lifetime_->guard([this, held] { handle(std::move(*held)); }));
}

void UserAgentCore::handle(MessageRef message) {
  sip_t* sip = sip_object(message.get());
  const sip_request_t* line = sip_request(sip);
  const sip_method_t method = line->rq_method;
  PhoneAccount* account = account_of(line->rq_url);
  const int wrong_uri = refusal_of(line->rq_url);

  if (method == sip_method_invite && wrong_uri == 0 && account != nullptr && options_.faults.answer == 0 &&
      sip_to(sip)->a_tag == nullptr) {
    return handle_invite(*account, std::move(message));
  }
  const std::string_view name = account != nullptr ? std::string_view(account->options().user_agent) : "snom";
  ServerRequest request(agent_.get(), message.release(), sip, name);
  if (method == sip_method_cancel) return request.answer(481);
  if (options_.faults.answer != 0) return request.answer(options_.faults.answer);
  if (wrong_uri != 0) return request.answer(wrong_uri);
  if (account == nullptr) return request.answer(404);
  const std::string& accepts = account->options().accepts;
  switch (method) {
    case sip_method_message:
    case sip_method_notify:
      if (const auto refused = refused_beforehand(sip)) return answer_with(request, *refused);
      return handle_message(*account, request);
    case sip_method_options:
      if (!account->observer().is_up()) return;
      if (const auto refused = refused_beforehand(sip)) return answer_with(request, *refused);
      return request.answer(200, {}, {{sip_allow_class, phone_methods}, {sip_accept_class, accepts}});
    case sip_method_refer:  // nobody is transferred here
      return request.answer(sip_to(sip)->a_tag != nullptr ? 481 : 603);
    case sip_method_invite:
    case sip_method_bye:
    case sip_method_info:
      return request.answer(481);
    default:
      return answer_with(request, phone_answer(method, 405, accepts));
  }
}

void UserAgentCore::handle_message(PhoneAccount& account, ServerRequest& request) {
  const std::string key = request.transaction_key(request.method_name());
  const auto at = now();
  const std::string& accepts = account.options().accepts;
  const Fingerprint fingerprint = request.fingerprint();
  if (const auto* before = answered_.find(key, at); before != nullptr && before->fingerprint == fingerprint) {
    return answer_with(request, phone_answer(request.method(), before->status, accepts));
  }
  // Also with a tag of a dialog that is not there: Snom's own examples make one up.
  const int status = take_document(account, request.sip(), request.source());
  if (status == 0) return;
  answered_.remember(key, {status, fingerprint}, at);
  answer_with(request, phone_answer(request.method(), status, accepts));
}

void UserAgentCore::handle_invite(PhoneAccount& account, MessageRef message) {
  sip_t* sip = sip_object(message.get());
  // Delayed on purpose, it may have come again meanwhile.
  if (nta_incoming_find(agent_.get(), sip, sip_via(sip)) != nullptr) return;
  if (!invites_.take(now())) {
    ServerRequest request(agent_.get(), message.release(), sip, account.options().user_agent);
    return request.answer(503, "Too Many Calls");
  }
  auto media = MediaPort::open(local_host_);
  if (!media) {
    ServerRequest request(agent_.get(), message.release(), sip, account.options().user_agent);
    return request.answer(500);
  }
  auto dialog = std::make_unique<Dialog>(*this, account, std::move(*media));
  if (dialog->invited(std::move(message))) keep(std::move(dialog));
}

}  // namespace snom::sip
