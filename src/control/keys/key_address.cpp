#include "control/keys/key_address.h"

#include <fmt/format.h>

#include "language/percent.h"

namespace snom::control {
namespace {

constexpr std::string_view prefix = "snom+";
constexpr std::string_view list_suffix = "-*";
constexpr std::string_view hex = "0123456789ABCDEF";

bool stays(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

std::string uri_of(std::string_view user_part, std::string_view domain) {
  const bool v6 = domain.find(':') != std::string_view::npos;
  return fmt::format("sip:{}@{}{}{}", language::percent_encode_sip_user(user_part), v6 ? "[" : "", domain,
                     v6 ? "]" : "");
}

}  // namespace

std::string write_key_address(const KeyAddress& address) {
  std::string text(prefix);
  text.append(address.user).append("-");
  for (const char c : address.key) {
    if (stays(c)) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += '=';
    text += hex[byte >> 4U];
    text += hex[byte & 15U];
  }
  return text;
}

std::optional<KeyAddress> parse_key_address(std::string_view user_part) {
  if (!user_part.starts_with(prefix)) return std::nullopt;
  user_part.remove_prefix(prefix.size());
  const auto dash = user_part.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == user_part.size()) return std::nullopt;
  KeyAddress address{std::string(user_part.substr(0, dash)), {}};
  std::string_view rest = user_part.substr(dash + 1);
  while (!rest.empty()) {
    if (rest.front() != '=') {
      if (!stays(rest.front())) return std::nullopt;
      address.key += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    if (rest.size() < 3) return std::nullopt;
    const auto high = hex.find(rest[1]);
    const auto low = hex.find(rest[2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    const auto c = static_cast<char>(high * 16 + low);
    if (stays(c)) return std::nullopt;
    address.key += c;
    rest.remove_prefix(3);
  }
  return address;
}

std::string write_key_list_address(std::string_view user) {
  return std::string(prefix).append(user).append(list_suffix);
}

std::optional<std::string> parse_key_list_address(std::string_view user_part) {
  if (!user_part.starts_with(prefix) || !user_part.ends_with(list_suffix)) return std::nullopt;
  if (user_part.size() <= prefix.size() + list_suffix.size()) return std::nullopt;
  return std::string(user_part.substr(prefix.size(), user_part.size() - prefix.size() - list_suffix.size()));
}

std::string key_list_uri(std::string_view user, std::string_view domain) {
  return uri_of(write_key_list_address(user), domain);
}

std::string key_uri(const KeyAddress& address, std::string_view domain) {
  return uri_of(write_key_address(address), domain);
}

}  // namespace snom::control
