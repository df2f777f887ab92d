#include "snomd/https_only.h"

#include "snomd/problem.h"

namespace snom::snomd {
namespace {

/// As a client names this server, without the port; empty for what is no host.
std::string host_of(std::string_view authority) {
  const bool v6 = authority.starts_with('[');
  const std::string_view host = authority.substr(0, v6 ? authority.find(']') + 1 : authority.find(':'));
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._[]:";
  return host.find_first_not_of(letters) == std::string_view::npos ? std::string(host) : std::string();
}

}  // namespace

HttpsOnly::HttpsOnly(const std::string& https) : port_(https.substr(https.rfind(':') + 1)) {}

std::optional<http::Response> HttpsOnly::refusal(const http::Request& request, bool needs_token) const {
  if (request.has_header("authorization")) {
    return problem(403, "https is wanted here. The token that came has been readable on its way: make a new one");
  }
  const std::string host = host_of(request.header("host"));
  const bool is_page = (request.method == "GET" || request.method == "HEAD") && request.target.starts_with('/');
  if (!needs_token && request.path != "/") return std::nullopt;
  if (!is_page || host.empty()) return problem(403, "https is wanted here, on port " + port_);
  auto response = problem(308, "it is at https");
  response.headers.emplace_back("Location", "https://" + host + ":" + port_ + request.target);
  return response;
}

}  // namespace snom::snomd
