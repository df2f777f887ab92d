#include "language/reginfo.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <pugixml.hpp>
#include <utility>

#include "language/refused.h"
#include "language/text.h"
#include "language/xml_shape.h"

namespace snom::language {
namespace {

constexpr std::size_t largest = 64 * 1024;
constexpr std::size_t most_elements = 4096;
constexpr std::size_t longest_uri = 1024;
constexpr std::size_t longest_value = 512;
constexpr std::size_t longest_user_agent = 200;

tl::unexpected<Error> refuse(std::string message) { return tl::unexpected(Error{"reginfo", std::move(message)}); }

/// A whole number; nullopt for none. One that is too large is the largest.
std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint32_t>::max();
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

bool is_plain(std::string_view text, std::size_t longest) {
  return text.size() <= longest && is_utf8(text) && !has_control_character(text);
}

bool is_uri(std::string_view text, std::size_t longest = longest_uri) {
  return is_plain(text, longest) && text.find_first_of(" <>\"") == std::string_view::npos;
}

tl::expected<RegInfoContact, Error> read_contact(const pugi::xml_node& element) {
  RegInfoContact contact;
  contact.id = element.attribute("id").value();
  contact.event = element.attribute("event").value();
  contact.q = element.attribute("q").value();
  contact.call_id = element.attribute("callid").value();
  const std::string_view user_agent = element.attribute("user_agent").value();
  contact.received = element.attribute("received").value();
  contact.path = element.attribute("path").value();
  const std::string_view state = element.attribute("state").value();
  if (state != "active" && state != "terminated") {
    return refuse("state of a contact: expected active or terminated, not " + in_quotes_to_its_blank(state));
  }
  contact.active = state == "active";
  if (const pugi::xml_attribute expires = element.attribute("expires")) {
    // Kamailio counts on below 0 until it has noticed the end.
    const std::string_view value = expires.value();
    const bool over = value.starts_with('-') && number(value.substr(1));
    contact.expires = over ? 0 : number(value);
    if (!contact.expires) return refuse("expires of a contact: expected seconds, not " + in_quotes_to_its_blank(value));
  }
  for (const pugi::xml_node& child : element.children()) {
    const auto name = local_name(child);
    if (name == "uri") contact.uri = trimmed(child.text().get());
    if (name == "unknown-param" && lower_case(child.attribute("name").value()) == "+sip.instance") {
      contact.instance = trimmed(child.text().get());
    }
  }
  if (contact.id.empty()) return refuse("a contact without id");
  if (contact.uri.empty()) return refuse("a contact without uri");
  if (!is_uri(contact.uri)) return refuse("uri of a contact: " + in_quotes_to_its_blank(contact.uri) + " is none");
  if (!is_uri(contact.received))
    return refuse("received of a contact: " + in_quotes_to_its_blank(contact.received) + " is no URI");
  for (const std::string* value : {&contact.id, &contact.event, &contact.q, &contact.call_id, &contact.instance}) {
    if (!is_plain(*value, longest_value)) return refuse("a contact's value of more than 512 bytes, or no text");
  }
  if (!is_plain(contact.path, longest_uri)) return refuse("path of a contact: more than 1024 bytes, or no text");
  contact.user_agent = first_bytes(user_agent, longest_user_agent);
  if (!is_plain(contact.user_agent, longest_user_agent)) return refuse("user_agent of a contact: no text");
  // As REGISTER has it, whoever wrote the document.
  if (!contact.instance.empty() && !contact.instance.starts_with('"')) {
    contact.instance = '"' + contact.instance + '"';
  }
  return contact;
}

tl::expected<RegInfoRegistration, Error> read_registration(const pugi::xml_node& element) {
  RegInfoRegistration registration;
  registration.aor = trimmed(element.attribute("aor").value());
  registration.id = element.attribute("id").value();
  if (!is_uri(registration.aor) || registration.aor.empty()) {
    return refuse("aor of a registration: " + in_quotes_to_its_blank(registration.aor) + " is no URI");
  }
  if (registration.id.empty() || !is_plain(registration.id, longest_value)) {
    return refuse("a registration without id, or with one of more than 512 bytes");
  }
  for (const pugi::xml_node& child : element.children()) {
    if (local_name(child) != "contact") continue;
    auto contact = read_contact(child);
    if (!contact) return tl::unexpected(contact.error());
    registration.contacts.push_back(std::move(*contact));
  }
  return registration;
}

}  // namespace

tl::expected<RegInfo, Error> parse_reginfo(std::string_view text) {
  if (text.size() > largest) return refuse("more than 64 KiB");
  if (!is_utf8(text)) return refuse("no UTF-8");
  pugi::xml_document document;
  const auto parsed = document.load_buffer(
      text.data(), text.size(), (pugi::parse_default | pugi::parse_doctype) & ~pugi::parse_eol, pugi::encoding_utf8);
  if (!parsed) return refuse(std::string("no XML: ") + parsed.description());
  if (auto shape = check_shape(document, most_elements); !shape) return refuse(shape.error());
  const pugi::xml_node root = document.document_element();
  if (local_name(root) != "reginfo") {
    return refuse("the root element: expected reginfo, not " + in_quotes_to_its_blank(root.name()));
  }

  RegInfo info;
  const std::string_view version = root.attribute("version").value();
  const auto counted = number(version);
  if (!counted) return refuse("version: expected a number, not " + in_quotes_to_its_blank(version));
  info.version = *counted;
  const std::string_view state = root.attribute("state").value();
  if (state != "full" && state != "partial") {
    return refuse("state: expected full or partial, not " + in_quotes_to_its_blank(state));
  }
  info.full = state == "full";
  for (const pugi::xml_node& child : root.children()) {
    if (local_name(child) != "registration") continue;
    auto registration = read_registration(child);
    if (!registration) return tl::unexpected(registration.error());
    info.registrations.push_back(std::move(*registration));
  }
  return info;
}

}  // namespace snom::language
