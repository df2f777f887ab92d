#include "sip/sip_uri.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "language/percent.h"
#include "language/text.h"

namespace snom::sip {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] Parameters split(std::string_view text, char separator) {
  Parameters parts;
  while (!text.empty()) {
    const auto end = text.find(separator);
    const std::string_view part = text.substr(0, end);
    if (!part.empty()) {
      const auto equals = part.find('=');
      const std::string_view value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
      parts.emplace_back(language::lower_case(language::percent_decode(part.substr(0, equals))),
                         language::percent_decode(value));
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

[[nodiscard]] const std::string* value_of(const Parameters& parameters, std::string_view name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const auto& parameter) { return parameter.first == name; });
  return found == parameters.end() ? nullptr : &found->second;
}

/// Section 19.1.1: no parameter comes twice. Of one that does the first counts, so that a URI is the same as itself.
[[nodiscard]] Parameters each_once(const Parameters& parameters) {
  Parameters kept;
  for (const auto& parameter : parameters)
    if (value_of(kept, parameter.first) == nullptr) kept.push_back(parameter);
  return kept;
}

[[nodiscard]] bool tells_apart(std::string_view name) {
  constexpr std::array<std::string_view, 5> telling = {"user", "ttl", "method", "maddr", "transport"};
  return std::find(telling.begin(), telling.end(), name) != telling.end();
}

/// Parameters of `a` that `b` has too have the same value, and none of those that `b` lacks tells them apart.
[[nodiscard]] bool parameters_agree(const Parameters& a, const Parameters& b) {
  return std::all_of(a.begin(), a.end(), [&](const auto& parameter) {
    const std::string* other = value_of(b, parameter.first);
    return other == nullptr ? !tells_apart(parameter.first)
                            : language::lower_case(parameter.second) == language::lower_case(*other);
  });
}

}  // namespace

std::string_view SipUri::parameter(std::string_view name) const {
  const std::string* value = value_of(parameters, name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

bool SipUri::has_parameter(std::string_view name) const { return value_of(parameters, name) != nullptr; }

std::string_view without_headers(std::string_view uri) {
  // A user may hold '?' (section 25.1), so the '@' comes first.
  const auto at = uri.find('@');
  return uri.substr(0, uri.find('?', at == std::string_view::npos ? 0 : at));
}

std::string loose_route_to(std::string_view uri) { return std::string(without_headers(uri)).append(";lr"); }

bool has_whole_escapes(std::string_view uri) {
  constexpr std::string_view digits = "0123456789abcdefABCDEF";
  for (auto at = uri.find('%'); at != std::string_view::npos; at = uri.find('%', at + 1)) {
    const std::string_view escape = uri.substr(at + 1, 2);
    if (escape.size() != 2 || escape.find_first_not_of(digits) != std::string_view::npos) return false;
  }
  return true;
}

std::optional<SipUri> parse_sip_uri(std::string_view uri) {
  SipUri parsed;
  const auto colon = uri.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  parsed.scheme = language::lower_case(uri.substr(0, colon));
  if (parsed.scheme != "sip" && parsed.scheme != "sips") return std::nullopt;
  uri.remove_prefix(colon + 1);

  // A user may hold ';' and '?' (section 25.1), so the '@' comes first.
  if (const auto at = uri.find('@'); at != std::string_view::npos) {
    const std::string_view info = uri.substr(0, at);
    const auto password = info.find(':');
    parsed.user = language::percent_decode(info.substr(0, password));
    if (password != std::string_view::npos) parsed.password = language::percent_decode(info.substr(password + 1));
    uri.remove_prefix(at + 1);
  }
  if (const auto question = uri.find('?'); question != std::string_view::npos) {
    parsed.headers = split(uri.substr(question + 1), '&');
    std::sort(parsed.headers.begin(), parsed.headers.end());
    uri = uri.substr(0, question);
  }
  if (const auto semicolon = uri.find(';'); semicolon != std::string_view::npos) {
    parsed.parameters = each_once(split(uri.substr(semicolon + 1), ';'));
    uri = uri.substr(0, semicolon);
  }

  std::string_view port;
  if (!uri.empty() && uri.front() == '[') {
    const auto end = uri.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    parsed.host = language::lower_case(uri.substr(1, end - 1));
    uri.remove_prefix(end + 1);
    if (!uri.empty() && uri.front() != ':') return std::nullopt;
    port = uri.empty() ? uri : uri.substr(1);
  } else {
    const auto separator = uri.find(':');
    parsed.host = language::lower_case(uri.substr(0, separator));
    port = separator == std::string_view::npos ? std::string_view() : uri.substr(separator + 1);
  }
  if (parsed.host.empty()) return std::nullopt;
  if (!port.empty()) {
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
    parsed.port = number;
  }
  return parsed;
}

bool same_uri(const SipUri& a, const SipUri& b) {
  return a.scheme == b.scheme && a.user == b.user && a.password == b.password && a.host == b.host && a.port == b.port &&
         a.headers == b.headers && parameters_agree(a.parameters, b.parameters) &&
         parameters_agree(b.parameters, a.parameters);
}

bool same_uri(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto one = parse_sip_uri(a);
  const auto other = parse_sip_uri(b);
  return one && other && same_uri(*one, *other);
}

bool is_ip_address(const std::string& host) {
  in6_addr ignored{};
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 || inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace snom::sip
