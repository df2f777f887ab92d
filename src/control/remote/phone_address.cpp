#include "control/remote/phone_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "control/commands/redact.h"
#include "control/contact.h"
#include "language/refused.h"
#include "language/text.h"

namespace snom::control {
namespace {

using Refused = tl::unexpected<language::Error>;

Refused refused(std::string message) { return Refused(language::Error{"ip|user", std::move(message)}); }

Refused credentials_in_address() {
  return refused("no user name and password in the address: they are arguments 4 and 5");
}

bool is_address(int family, std::string_view text) {
  in6_addr address{};
  return inet_pton(family, std::string(text).c_str(), &address) == 1 && text.find('\0') == std::string_view::npos;
}
bool is_ipv4(std::string_view text) { return is_address(AF_INET, text); }
bool is_ipv6(std::string_view text) { return is_address(AF_INET6, text); }

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}
bool is_digit_or_dot(char c) { return (c >= '0' && c <= '9') || c == '.'; }

/// A host name as a URL takes it. All digits and dots is meant as an IPv4 address and must be a whole one: a URL
/// library would read `http://10.1` as 10.0.0.1.
bool is_host(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_host_character)) return false;
  return !std::all_of(text.begin(), text.end(), is_digit_or_dot) || is_ipv4(text);
}

/// ":8080" from "8080"; nothing but digits, 1 to 65535. What stands there instead may be a password: not repeated.
tl::expected<std::string, language::Error> port_suffix(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
    return refused("the port must be a number from 1 to 65535");
  }
  return fmt::format(":{}", port);
}

/// `host`, `host:port`, `[v6]`, `[v6]:port` after the scheme.
tl::expected<PhoneAddress, language::Error> parse_authority(std::string_view scheme, std::string_view authority) {
  std::string_view host;
  std::optional<std::string_view> port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos || !is_ipv6(authority.substr(1, end - 1))) {
      return refused(fmt::format("{} is not an IPv6 address in brackets", language::in_quotes_to_its_blank(authority)));
    }
    host = authority.substr(0, end + 1);
    const auto rest = authority.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') {
      return refused(
          fmt::format("{} after the IPv6 address (expected :port or nothing)", language::in_quotes_to_its_blank(rest)));
    }
    if (!rest.empty()) port = rest.substr(1);
  } else {
    const auto colon = authority.find(':');
    host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon + 1);
    if (!is_host(host)) {
      return refused(fmt::format("{} is not a host name or an IP address", language::in_quotes_to_its_blank(host)));
    }
  }
  auto base = fmt::format("{}://{}", scheme, host);
  if (port) {
    const auto suffix = port_suffix(*port);
    if (!suffix) return tl::unexpected(suffix.error());
    base += *suffix;
  }
  return WebAddress{std::move(base)};
}

tl::expected<PhoneAddress, language::Error> parse_url(std::string_view text) {
  const auto after_scheme = text.find("://");
  const auto scheme = text.substr(0, after_scheme);
  auto authority = text.substr(after_scheme + 3);
  if (authority.find('@') != std::string_view::npos) return credentials_in_address();
  const bool https = language::equal_ignoring_case(scheme, "https");
  if (!https && !language::equal_ignoring_case(scheme, "http"))
    return refused("only http:// and https:// addresses are taken");
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.find_first_of("/?#\\") != std::string_view::npos) {
    return refused("the address may not have a path or a query (expected http://host[:port] or https://host[:port])");
  }
  return parse_authority(https ? "https" : "http", authority);
}

}  // namespace

Directory::Query parse_user(std::string_view text) {
  Directory::Query query;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    query.profile = text.substr(0, slash);
    text.remove_prefix(slash + 1);
  }
  const auto at = text.find('@');
  query.user = text.substr(0, at);
  if (at != std::string_view::npos) query.domain = text.substr(at + 1);
  return query;
}

tl::expected<PhoneAddress, language::Error> parse_phone_address(std::string_view text) {
  if (text.find("://") != std::string_view::npos) return parse_url(text);
  // `name:password@host` is what a browser takes; a user with a colon in it is none of ours, so refuse without echo.
  const auto colon = text.find(':');
  if (const auto at = text.find('@'); colon != std::string_view::npos && at != std::string_view::npos && colon < at) {
    return credentials_in_address();
  }
  if (is_ipv6(text)) return WebAddress{fmt::format("http://[{}]", text)};
  if (text.starts_with('[') || is_ipv4(text.substr(0, colon))) return parse_authority("http", text);
  return parse_user(text);
}

tl::expected<std::string, std::string> web_address(const Registration& registration) {
  if (!registration.web.empty()) {
    std::string_view web = registration.web;
    while (web.ends_with('/')) web.remove_suffix(1);
    return std::string(web);
  }
  if (!is_at_its_source(registration)) {
    const auto who = registration.direct
                         ? fmt::format("its contact is at {}", language::in_quotes(host_of_uri(registration.contact)))
                         : std::string("not directly");
    return tl::unexpected(fmt::format(
        "its page is not asked: it registered from {}, {}, so a router or a proxy may answer there (configure "
        "web or channel \"notify\" for it, or name the address of its page in the command)",
        registration.network_host, who));
  }
  const bool ipv6 = registration.network_host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("http://[{}]", registration.network_host)
              : fmt::format("http://{}", registration.network_host);
}

std::string shown_url(std::string_view url) {
  url = url.substr(0, url.find('?'));
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto end = std::min(url.find('/', begin), url.size());
  const auto at = url.substr(begin, end - begin).rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, begin)).append(url.substr(begin + at + 1));
}

}  // namespace snom::control
