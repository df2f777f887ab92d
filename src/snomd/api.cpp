#include "snomd/api.h"

#include <utility>

#include <openssl/crypto.h>

#include "snomd/problem.h"
#include "snomd/web_page.h"

namespace snom::snomd {
namespace {

bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// The host of "host:port" or "[v6]:port", without the port.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_this_machine(std::string_view authority) {
  const std::string_view host = host_of(authority);
  const bool ipv4 = !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return ipv4 || host.starts_with('[') || host == "localhost";
}

}  // namespace

Api::Api(sip::EventLoop& loop, picture::Workroom& workroom, std::string token, std::function<Context*()> context)
    : token_(std::move(token)), core_(loop, workroom, std::move(context)) {
  add_commands(router_, core_);
  add_phones(router_, core_);
  add_buttons(router_, core_);
  add_events(router_, core_);
  add_groups(router_, core_);
  add_layouts(router_, core_);
  add_presses(router_, core_);
  add_health(router_, core_);
  add_models(router_, core_);
  add_status(router_, core_);
  WebPage::add_to(router_);
}

std::optional<http::Response> Api::refusal(const http::Request& request) const {
  // A phone's key has no token: what it asks for is its own proof, and counts from the phone's address only.
  if (request.path.starts_with(PressPage::prefix)) {
    if (request.method != "GET") return method_not_allowed("GET");
    return std::nullopt;
  }
  // Whether snomd is there is no secret, and whoever looks after it need not have the token.
  if (request.path.starts_with("/health/")) return std::nullopt;
  if (!token_.empty() && WebPage::is_at(request.raw_path)) return std::nullopt;
  if (!token_.empty()) {
    const std::string_view given = request.header("authorization");
    constexpr std::string_view scheme = "Bearer ";
    if (given.starts_with(scheme) && same_text(given.substr(scheme.size()), token_)) return std::nullopt;
    http::Response response = problem(401, "this snomd wants its bearer token (Authorization: Bearer ...)");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  // Without a token the listener is on loopback, where a web page open in a browser on this machine could still send
  // requests: from another origin, or under a name that was made to point here. Neither gets anything done.
  const std::string_view host = request.header("host");
  if (!host.empty() && !is_this_machine(host)) return problem(403, "name this server by its address or as localhost");
  const std::string_view origin = request.header("origin");
  if (!origin.empty()) {
    const auto slashes = origin.find("//");
    if (slashes == std::string_view::npos || origin.substr(slashes + 2) != host) {
      return problem(403, "requests from another web page are refused");
    }
  }
  return std::nullopt;
}

void Api::handle(const http::Request& request, std::shared_ptr<http::Responder> responder) {
  const auto found = router_.find(request.method, request.raw_path);
  if (found.handler != nullptr) return (*found.handler)(request, found.values, std::move(responder));
  if (!found.allowed.empty()) return responder->send(method_not_allowed(found.allowed));
  responder->send(problem(404, "nothing at " + request.path + " (see docs/snomd.md for what there is)"));
}

}  // namespace snom::snomd
