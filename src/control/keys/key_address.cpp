#include "control/keys/key_address.h"

#include <utility>

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

std::string escaped(std::string_view text) {
  std::string written;
  for (const char c : text) {
    if (stays(c)) {
      written += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    written += '=';
    written += hex[byte >> 4U];
    written += hex[byte & 15U];
  }
  return written;
}

/// nullopt for what escaped() never writes.
std::optional<std::string> unescaped(std::string_view text) {
  std::string read;
  while (!text.empty()) {
    if (text.front() != '=') {
      if (!stays(text.front())) return std::nullopt;
      read += text.front();
      text.remove_prefix(1);
      continue;
    }
    if (text.size() < 3) return std::nullopt;
    const auto high = hex.find(text[1]);
    const auto low = hex.find(text[2]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    const auto c = static_cast<char>(high * 16 + low);
    if (stays(c)) return std::nullopt;
    read += c;
    text.remove_prefix(3);
  }
  return read;
}

std::string uri_of(std::string_view user_part, std::string_view domain) {
  const bool v6 = domain.find(':') != std::string_view::npos;
  return fmt::format("sip:{}@{}{}{}", language::percent_encode_sip_user(user_part), v6 ? "[" : "", domain,
                     v6 ? "]" : "");
}

}  // namespace

std::string write_key_address(const KeyAddress& address) {
  return std::string(prefix).append(address.user).append("-").append(escaped(address.key));
}

std::optional<KeyAddress> parse_key_address(std::string_view user_part) {
  if (!user_part.starts_with(prefix)) return std::nullopt;
  user_part.remove_prefix(prefix.size());
  const auto dash = user_part.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == user_part.size()) return std::nullopt;
  auto key = unescaped(user_part.substr(dash + 1));
  if (!key) return std::nullopt;
  return KeyAddress{std::string(user_part.substr(0, dash)), std::move(*key)};
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

std::string write_key_extension(const KeyAddress& address) {
  return std::string(prefix).append(escaped(address.user)).append("*").append(escaped(address.key));
}

std::optional<KeyAddress> parse_key_extension(std::string_view extension) {
  if (!extension.starts_with(prefix) || extension.size() >= too_long_an_extension) return std::nullopt;
  extension.remove_prefix(prefix.size());
  const auto star = extension.find('*');
  if (star == std::string_view::npos || star == 0 || star + 1 == extension.size()) return std::nullopt;
  auto user = unescaped(extension.substr(0, star));
  auto key = unescaped(extension.substr(star + 1));
  if (!user || !key) return std::nullopt;
  return KeyAddress{std::move(*user), std::move(*key)};
}

std::string key_extension_uri(const KeyAddress& address, std::string_view domain) {
  return uri_of(write_key_extension(address), domain);
}

}  // namespace snom::control
