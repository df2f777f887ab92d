#include "asterisk/phone_list.h"

#include <algorithm>
#include <charconv>

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

}  // namespace

std::optional<ListedContact> read_contact(const AmiMessage& message) {
  if (message.get("Event") != "ContactList" || message.repeats_a_name()) return std::nullopt;
  const auto object = message.get("ObjectName");  // "1000;@<digest of the URI>"
  ListedContact contact;
  contact.aor = object.substr(0, object.rfind(";@"));
  contact.endpoint = message.get("Endpoint");
  if (contact.endpoint.empty()) contact.endpoint = contact.aor;
  contact.uri = message.get("Uri");
  contact.user_agent = message.get("UserAgent");
  contact.call_id = message.get("CallId");
  contact.via_host = message.get("ViaAddr");
  if (contact.via_host.starts_with('[') && contact.via_host.ends_with(']')) {
    contact.via_host = contact.via_host.substr(1, contact.via_host.size() - 2);
  }
  contact.via_port = number<std::uint16_t>(message.get("ViaPort"));
  contact.expires = number<std::int64_t>(message.get("ExpirationTime"));
  contact.reachable = message.get("Status") != "Unreachable";
  if (!is_name(contact.aor) || !is_name(contact.endpoint) || !is_uri(contact.uri)) return std::nullopt;
  return contact;
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
