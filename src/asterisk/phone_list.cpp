#include "asterisk/phone_list.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "asterisk/read_json.h"
#include "language/message_digest.h"

namespace snom::asterisk {
namespace {

template <typename Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : Number{};
}

bool has_blank_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

bool is_uri(std::string_view text) {
  return (text.starts_with("sip:") || text.starts_with("sips:")) && !has_blank_or_control(text) &&
         text.find_first_of("<>\"") == std::string_view::npos;
}

bool is_name(std::string_view text) {
  return !text.empty() && !has_blank_or_control(text) && text.find_first_of("/@*,;<>\"") == std::string_view::npos;
}

/// "1000;@<digest of the URI>"
std::string_view aor_of(std::string_view object_name) { return object_name.substr(0, object_name.rfind(";@")); }

std::optional<ListedContact> checked(ListedContact contact) {
  if (contact.endpoint.empty()) contact.endpoint = contact.aor;
  if (contact.via_host.starts_with('[') && contact.via_host.ends_with(']')) {
    contact.via_host = contact.via_host.substr(1, contact.via_host.size() - 2);
  }
  if (!is_name(contact.aor) || !is_name(contact.endpoint) || !is_uri(contact.uri)) return std::nullopt;
  return contact;
}

}  // namespace

std::optional<ListedContact> read_contact(const AmiMessage& message) {
  if (message.get("Event") != "ContactList" || message.repeats_a_name()) return std::nullopt;
  ListedContact contact;
  contact.aor = aor_of(message.get("ObjectName"));
  contact.endpoint = message.get("Endpoint");
  contact.uri = message.get("Uri");
  contact.user_agent = message.get("UserAgent");
  contact.call_id = message.get("CallId");
  contact.via_host = message.get("ViaAddr");
  contact.via_port = number<std::uint16_t>(message.get("ViaPort"));
  contact.expires = number<std::int64_t>(message.get("ExpirationTime"));
  contact.reachable = message.get("Status") != "Unreachable";
  return checked(std::move(contact));
}

std::optional<std::string> key_of_contact(std::string_view aor, std::string_view uri) {
  if (!is_name(aor) || !is_uri(uri)) return std::nullopt;
  const auto digest = language::message_digest(language::DigestAlgorithm::md5, uri);
  if (digest.empty()) return std::nullopt;
  return fmt::format("{};@{}", aor, digest);
}

std::optional<ListedContact> read_stored_contact(const AmiMessage& message) {
  if (message.get("Event") != "DBGetResponse" || message.repeats_a_name()) return std::nullopt;
  if (message.get("Family") != family_of_contacts) return std::nullopt;
  const auto stored = read_json(message.get("Val"));
  if (!stored) return std::nullopt;
  ListedContact contact;
  contact.aor = aor_of(message.get("Key"));
  contact.endpoint = text_of(*stored, "endpoint");
  contact.uri = text_of(*stored, "uri");
  contact.user_agent = text_of(*stored, "user_agent");
  contact.call_id = text_of(*stored, "call_id");
  contact.via_host = text_of(*stored, "via_addr");
  contact.via_port = number<std::uint16_t>(text_of(*stored, "via_port"));
  contact.expires = number<std::int64_t>(text_of(*stored, "expiration_time"));
  return checked(std::move(contact));
}

std::string transport_of(std::string_view uri) {
  constexpr std::string_view name = ";transport=";
  std::string lower(uri);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto found = lower.find(name);
  if (found == std::string::npos) return lower.starts_with("sips:") ? "tls" : "udp";
  const auto begin = found + name.size();
  return lower.substr(begin, lower.find_first_of(";?>", begin) - begin);
}

}  // namespace snom::asterisk
