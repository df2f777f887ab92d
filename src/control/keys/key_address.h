#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The address that a phone subscribes to for a key of its own, and calls to press it: sip:snom+<user>-<key>@<domain>.
/// Pure functions.
namespace snom::control {

/// One key of one user's phones.
struct KeyAddress {
  std::string user;  ///< "1000"
  std::string key;   ///< "2"
  bool operator==(const KeyAddress&) const = default;
};

/// The user part of a key's address, before it is percent-encoded as any user of a SIP URI: "snom+1000-2". The user
/// stands there as it is, up to the last '-'; of the key, what is neither letter nor digit nor '_' nor '.' is =HH, two
/// hex digits in capitals for each byte. So two keys never share an address, and a key has one address only.
[[nodiscard]] std::string write_key_address(const KeyAddress& address);

/// Reads that back from a user part that was percent-decoded; nullopt for what write_key_address() never writes.
[[nodiscard]] std::optional<KeyAddress> parse_key_address(std::string_view user_part);

/// The address of all keys of one user's phones together (RFC 4662): user part "snom+1000-*". No key has it, since '*'
/// stands for itself in none.
[[nodiscard]] std::string write_key_list_address(std::string_view user);
/// The user of such an address; nullopt for any other.
[[nodiscard]] std::optional<std::string> parse_key_list_address(std::string_view user_part);
/// "sip:snom+1000-*@example.com"; an IPv6 domain in brackets.
[[nodiscard]] std::string key_list_uri(std::string_view user, std::string_view domain);

/// "sip:snom+1000-2@example.com"; an IPv6 domain in brackets.
[[nodiscard]] std::string key_uri(const KeyAddress& address, std::string_view domain);

/// The same as an extension of Asterisk's dialplan, in which '-' counts for nothing ("snom+1000-12" and "snom+10001-2"
/// are one extension there): "snom+1000*2", user and key both written as a key is in an address.
[[nodiscard]] std::string write_key_extension(const KeyAddress& address);
/// nullopt for what write_key_extension() never writes, and for what is so long that Asterisk may have cut it.
[[nodiscard]] std::optional<KeyAddress> parse_key_extension(std::string_view extension);
/// Bytes of an extension that Asterisk keeps are fewer than this (AST_MAX_EXTENSION, less its end).
inline constexpr std::size_t too_long_an_extension = 79;
/// "sip:snom+1000*2@example.com"; an IPv6 domain in brackets.
[[nodiscard]] std::string key_extension_uri(const KeyAddress& address, std::string_view domain);

}  // namespace snom::control
