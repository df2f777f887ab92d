#include "snomd/api.h"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "http/host_header.h"
#include "http/listen_address.h"
#include "language/refused.h"
#include "language/text.h"
#include "snomd/problem.h"
#include "snomd/refused_access.h"
#include "snomd/web_page.h"

namespace snom::snomd {
namespace {

using Clock = std::chrono::steady_clock;

/// Whether it is a client's on this machine, so that nobody on a network has read what it says.
bool is_from_here(const std::string& peer) {
  const auto at = http::parse_listen_address(peer);
  return at && http::is_loopback(at->host);
}

/// Of a body that is to come, as far as its sender says.
std::optional<std::size_t> body_bytes(const http::Request& request) {
  const auto text = request.header("content-length");
  std::size_t bytes = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), bytes);
  return text.empty() || read.ec != std::errc() ? std::nullopt : std::optional(bytes);
}

/// What anybody may ask for has no body: of a stranger not a byte of one is kept.
std::optional<http::Response> refusal_of_body(const http::Request& request) {
  if (!request.has_header("transfer-encoding") && body_bytes(request).value_or(0) == 0) return std::nullopt;
  return problem(413, "expected no body");
}

}  // namespace

Api::Api(sip::EventLoop& loop, picture::Workroom& workroom, const Guards& guards, std::function<Context*()> context)
    : guards_(guards), core_(loop, workroom, std::move(context)) {
  add_commands(router_, core_);
  add_phones(router_, core_);
  add_buttons(router_, core_);
  add_events(router_, core_);
  add_groups(router_, core_);
  add_layouts(router_, core_);
  add_presses(router_, core_);
  add_trials(router_, core_);
  add_health(router_, core_);
  add_models(router_, core_);
  add_status(router_, core_);
  add_me(router_);
  WebPage::add_to(router_);
  add_metrics(router_, core_, guards.metrics);
  add_tokens(router_, core_, guards.tokens);
}

std::optional<http::Response> Api::refusal(const http::Request& request) {
  const auto found = router_.find(request.method, request.raw_path);
  auto refusal = find_refusal(request, found);
  if (refusal) guards_.metrics.answered(request.method, found.pattern, refusal->status);
  return refusal;
}

std::optional<http::Response> Api::find_refusal(const http::Request& request, const Router::Found& found) {
  // A phone's key has no token: what it asks for is its own proof, and counts from the phone's address only.
  if (request.path.starts_with(PressPage::prefix)) {
    if (request.method != "GET") return method_not_allowed("GET");
    return refusal_of_body(request);
  }
  if (https_only_ && !request.secure && !is_from_here(request.peer)) {
    if (auto to_https = https_only_->refusal(request, found.needs != access::Role::anybody)) return to_https;
  }
  const auto admitted = guards_.gate.admit(
      {found.needs, request.header("authorization"), request.peer, body_bytes(request)}, Clock::now());
  if (!admitted) {
    const auto& refusal = admitted.error();
    auto response = refused_access(refusal, found.needs);
    if (refusal.why == access::Refusal::Why::wrong_token) log_wrong_token(request.peer);
    if (refusal.why == access::Refusal::Why::too_low) {
      const auto change = change_of(request, found.pattern, refusal.name, refusal.role);
      if (change) guards_.audit.write(*change, response.status, response.content_type, response.body);
    }
    return response;
  }
  // Such as whether snomd is there: that is no secret, and whoever looks after it need not have a token.
  if (found.needs == access::Role::anybody) {
    if (found.handler == nullptr) return method_not_allowed(found.allowed);
    return refusal_of_body(request);
  }
  return guards_.gate.wants_token() ? std::nullopt : refusal_of_web_page(request);
}

/// As a wrong password over SIP is, so that fail2ban sees both.
void Api::log_wrong_token(const std::string& peer) {
  const auto at = http::parse_listen_address(peer);
  if (!at) return;
  const sip::RefusedRequest refused{"HTTP", {}, at->host, at->port, "tcp", "wrong token"};
  refusals_.write(refused, Clock::now());
}

/// Without a token the listener is on loopback, where a web page open in a browser on this machine could still send
/// requests: from another origin, or under a name that was made to point here. Neither gets anything done.
std::optional<http::Response> Api::refusal_of_web_page(const http::Request& request) {
  const std::string_view host = request.header("host");
  // HTTP/1.0 may leave the header out; no browser does.
  if (request.has_header("host") && !http::names_an_address_or_localhost(host)) {
    return problem(403, "name this server by its address or as localhost");
  }
  const std::string_view scheme = request.secure ? "https://" : "http://";
  const std::string_view origin = request.header("origin");
  const bool is_own = origin.empty() ||
                      (origin.starts_with(scheme) && language::equal_ignoring_case(origin.substr(scheme.size()), host));
  // What a page loads as an image or a script has no Origin; browsers say where it is from in a way of their own (Fetch
  // Metadata).
  const std::string_view site = request.header("sec-fetch-site");
  const bool is_same_site = site.empty() || site == "same-origin" || site == "none";
  if (is_own && is_same_site) return std::nullopt;
  return problem(403, "requests from another web page are refused");
}

void Api::handle(const http::Request& request, std::shared_ptr<http::Responder> responder) {
  auto found = router_.find(request.method, request.raw_path);
  if (found.handler != nullptr && found.needs != access::Role::anybody) {
    // Once more: the token may have been revoked while the body was on its way.
    auto caller = guards_.gate.identify(request.header("authorization"));
    if (!caller || caller->role < found.needs) {
      auto response = refused_access({access::Refusal::Why::wrong_token}, found.needs);
      guards_.metrics.answered(request.method, found.pattern, response.status);
      return responder->send(std::move(response));
    }
    found.values.caller = std::move(*caller);
  }
  const auto& caller = found.values.caller;
  auto noted = std::make_shared<NotedResponder>(
      std::move(responder),
      NotedResponder::Of{alive_, guards_.gate, guards_.audit, guards_.metrics, request.method, found.pattern, caller,
                         change_of(request, found.pattern, caller.name, caller.role)});
  if (request.body.size() > caller.max_body) {
    return noted->send(refused_access(
        {.why = access::Refusal::Why::too_large, .name = caller.name, .role = caller.role, .max_body = caller.max_body},
        found.needs));
  }
  if (found.handler != nullptr) {
    auto query = Query::of(request, *found.parameters);
    if (!query) return noted->send(std::move(query.error()));
    found.values.query = std::move(*query);
    return (*found.handler)(request, found.values, std::move(noted));
  }
  if (!found.allowed.empty()) return noted->send(method_not_allowed(found.allowed));
  noted->send(
      problem(404, "nothing at " + language::to_its_blank(request.path) + " (see docs/snomd.md for what there is)"));
}

std::optional<AuditLog::Change> Api::change_of(const http::Request& request, std::string_view pattern,
                                               const std::string& who, access::Role role) {
  if (pattern.empty() || !is_change(request.method) || !guards_.audit.keeps(who)) return std::nullopt;
  return AuditLog::Change{
      who,         std::string(to_string(role)), request.peer, request.method, request.raw_path, shown_body(request),
      Clock::now()};
}

}  // namespace snom::snomd
