#include "mod_snom/sofia_answers.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "language/percent.h"
#include "language/text.h"
#include "mod_snom/sofia_address.h"

namespace snom::freeswitch {
namespace {

/// Text between <tag> and </tag> from `from` on; `from` moves behind it. mod_sofia never nests a tag in itself and puts
/// no attributes.
std::optional<std::string_view> next_element(std::string_view xml, std::string_view tag, std::size_t& from) {
  const auto open = fmt::format("<{}>", tag);
  const auto close = fmt::format("</{}>", tag);
  const auto begin = xml.find(open, from);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto end = xml.find(close, begin);
  if (end == std::string_view::npos) return std::nullopt;
  from = end + close.size();
  return xml.substr(begin + open.size(), end - begin - open.size());
}

std::string_view element(std::string_view xml, std::string_view tag) {
  std::size_t from = 0;
  return next_element(xml, tag, from).value_or(std::string_view{});
}

std::string without_entities(std::string_view text) {
  constexpr std::pair<std::string_view, char> entities[] = {{"&lt;", '<'},    {"&gt;", '>'},   {"&quot;", '"'},
                                                            {"&apos;", '\''}, {"&#39;", '\''}, {"&amp;", '&'}};
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const auto* const entity = std::find_if(std::begin(entities), std::end(entities),
                                            [text](const auto& e) { return text.starts_with(e.first); });
    if (entity == std::end(entities)) {
      plain += text.front();
      text.remove_prefix(1);
    } else {
      plain += entity->second;
      text.remove_prefix(entity->first.size());
    }
  }
  return plain;
}

template <typename Number>
Number number(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The value of a URI parameter, without the blanks of an odd contact.
std::string_view parameter(std::string_view uri, std::string_view name) {
  const auto wanted = fmt::format(";{}=", name);
  const auto found = std::search(uri.begin(), uri.end(), wanted.begin(), wanted.end(), [](char a, char b) {
    return language::equal_ignoring_case(std::string_view(&a, 1), std::string_view(&b, 1));
  });
  if (found == uri.end()) return {};
  auto value = uri.substr(static_cast<std::size_t>(found - uri.begin()) + wanted.size());
  return value.substr(0, value.find_first_of(";>? "));
}

}  // namespace

ProfileNames parse_profiles(std::string_view xmlstatus) {
  ProfileNames names;
  const auto add = [&names](std::string name, std::string profile) {
    const auto known = [&name](const auto& pair) { return pair.first == name; };
    if (!name.empty() && std::none_of(names.begin(), names.end(), known)) {
      names.emplace_back(std::move(name), std::move(profile));
    }
  };
  std::size_t from = 0;
  while (const auto profile = next_element(xmlstatus, "profile", from)) {
    // A profile with several transports comes once for each.
    const auto name = without_entities(element(*profile, "name"));
    add(name, name);
  }
  from = 0;
  while (const auto alias = next_element(xmlstatus, "alias", from)) {
    add(without_entities(element(*alias, "name")), without_entities(element(*alias, "data")));
  }
  return names;
}

std::vector<registration::Registration> parse_registrations(std::string_view xmlstatus, const std::string& profile,
                                                            registration::Registration::TimePoint now) {
  std::vector<registration::Registration> registrations;
  std::size_t from = 0;
  while (const auto text = next_element(xmlstatus, "registration", from)) {
    registration::Registration registration;
    registration.profile = profile;
    const auto user = without_entities(element(*text, "user"));
    const auto at = user.rfind('@');
    if (at == std::string::npos) continue;
    registration.user = user.substr(0, at);
    registration.domain = user.substr(at + 1);
    registration.call_id = without_entities(element(*text, "call-id"));
    registration.user_agent = without_entities(element(*text, "agent"));
    registration.network_host = element(*text, "network-ip");
    registration.network_port = number<std::uint16_t>(element(*text, "network-port"));
    const auto status = element(*text, "status");
    registration.expires = now;
    if (const auto left = status.rfind("expsecs("); left != std::string_view::npos) {
      registration.expires += std::chrono::seconds(number<std::int32_t>(status.substr(left + 8)));
    }
    read_contact(without_entities(element(*text, "contact")), registration);
    registrations.push_back(std::move(registration));
  }
  return registrations;
}

std::string parse_presence_hosts(std::string_view xmlstatus) {
  return without_entities(element(xmlstatus, "pres-hosts"));
}

void read_contact(std::string_view kept, registration::Registration& registration) {
  // The display name may hold '<' in quotes.
  auto uri = kept;
  if (const auto quote = uri.find('"'); quote != std::string_view::npos && quote < uri.find('<')) {
    auto end = quote + 1;
    while (end < uri.size() && uri[end] != '"') end += uri[end] == '\\' ? 2 : 1;
    uri.remove_prefix(std::min(end + 1, uri.size()));
  }
  if (const auto open = uri.find('<'); open != std::string_view::npos) {
    uri.remove_prefix(open + 1);
    uri = uri.substr(0, uri.find('>'));
  }
  registration.contact = uri.substr(0, uri.find(";fs_"));
  const auto transport = parameter(uri, "transport");
  registration.transport = transport.empty() ? "udp" : std::string(transport);
  registration.address.reset();
  registration.direct = true;
  if (!parameter(uri, "fs_path").empty()) {
    registration.address = std::make_shared<SofiaAddress>(SofiaAddress::By::path, std::string(uri));
  } else if (!parameter(uri, "fs_nat").empty()) {
    // mod_sofia put the address of the NAT in place of the phone's own.
    registration.direct = false;
  } else if (registration.contact.find(';') != std::string::npos) {
    registration.address =
        std::make_shared<SofiaAddress>(SofiaAddress::By::itself, path_to_itself(registration.contact));
  }
}

std::string path_to_itself(std::string_view contact) {
  return fmt::format("{};fs_path={}", contact, language::percent_encode(contact));
}

}  // namespace snom::freeswitch
