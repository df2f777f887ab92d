#include "control/contact.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>

#include "language/text.h"

namespace snom::control {
namespace {

/// An IPv4 address as its IPv6 form, so that both ways of writing it compare.
using Address = std::array<unsigned char, 16>;

std::optional<Address> address(std::string_view text) {
  const std::string host(text);
  if (host.find('\0') != std::string::npos) return std::nullopt;
  Address bytes{};
  if (inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) return bytes;
  constexpr std::size_t mapped = 12;
  if (inet_pton(AF_INET, host.c_str(), bytes.data() + mapped) != 1) return std::nullopt;
  bytes[10] = bytes[11] = 0xff;
  return bytes;
}

bool ends_a_word(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"';
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// Whether what stands before a word's first colon ends in a URI's scheme. Anything else is a user's name.
bool ends_in_scheme(std::string_view text) {
  constexpr std::string_view schemes[] = {"sip", "sips", "tel", "http", "https", "ftp", "snom", "mailto"};
  auto begin = text.size();
  while (begin > 0 && is_letter_or_digit(text[begin - 1])) --begin;
  const auto word = text.substr(begin);
  return std::any_of(std::begin(schemes), std::end(schemes),
                     [word](std::string_view scheme) { return language::equal_ignoring_case(word, scheme); });
}

bool is_port(std::string_view text) {
  const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
  return end > 0 && (end == text.size() || text[end] == ';' || text[end] == '?' || text[end] == '/');
}

/// One word without what stands between a user and the host. In a broken URI the password may hold an '@' itself: what
/// is in doubt is left out.
void append_without_password(std::string_view word, std::string& shown) {
  const auto last_at = word.rfind('@');
  auto colon = word.find(':');
  if (colon != std::string_view::npos && ends_in_scheme(word.substr(0, colon))) colon = word.find(':', colon + 1);
  const bool has_none = last_at == std::string_view::npos || colon == std::string_view::npos || colon > last_at;
  if (has_none || (word.find('@') < colon && is_port(word.substr(colon + 1)))) {
    shown.append(word);
    return;
  }
  shown.append(word.substr(0, colon)).append(word.substr(last_at));
}

}  // namespace

std::string_view host_of_uri(std::string_view uri) {
  const auto scheme = uri.find(':');
  if (scheme == std::string_view::npos) return {};
  uri.remove_prefix(scheme + 1);
  // A user may hold ';' and '?' (section 25.1), so the '@' comes first.
  if (const auto at = uri.find('@'); at != std::string_view::npos) uri.remove_prefix(at + 1);
  if (uri.starts_with('[')) {
    const auto end = uri.find(']');
    return end == std::string_view::npos ? std::string_view{} : uri.substr(1, end - 1);
  }
  return uri.substr(0, uri.find_first_of(":;?>/"));
}

std::string without_uri_passwords(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const auto word_end = std::find_if(text.begin(), text.end(), ends_a_word);
    const auto length = static_cast<std::size_t>(word_end - text.begin());
    append_without_password(text.substr(0, length), shown);
    const auto rest = std::find_if_not(word_end, text.end(), ends_a_word);
    shown.append(word_end, rest);
    text.remove_prefix(static_cast<std::size_t>(rest - text.begin()));
  }
  return shown;
}

bool same_address(std::string_view a, std::string_view b) {
  const auto first = address(a);
  return first && first == address(b);
}

bool is_at_its_source(const Registration& registration) {
  return registration.direct && same_address(host_of_uri(registration.contact), registration.network_host);
}

}  // namespace snom::control
