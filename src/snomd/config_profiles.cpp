#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "http/listen_address.h"
#include "language/address_network.h"
#include "language/text.h"
#include "sip/sip_uri.h"
#include "snomd/config_file.h"

namespace snom::snomd::reading {
namespace {

/// "::ffff:192.0.2.1" (RFC 4291 section 2.5.5.2).
bool is_mapped(std::string_view host) {
  return host.find(':') != std::string_view::npos && language::network_of(host).find(':') == std::string::npos;
}

/// "udp:127.0.0.1:5060", "tls:[::1]:0".
bool is_transport_address(std::string_view listen) {
  const std::string_view transport = listen.substr(0, listen.find(':'));
  if (transport != "udp" && transport != "tcp" && transport != "tls") return false;
  if (listen == transport) return false;
  const auto address = http::parse_listen_address(listen.substr(transport.size() + 1));
  // A name has neither; an address of SIP has no zone; IPv4 is written as such.
  return address && !is_mapped(address->host) &&
         (sip::is_ip_address(address->host) ||
          (http::may_be_host(address->host) && address->host.find_first_of(":%") == std::string::npos));
}

/// Who is believed as to phones that are registered behind proxies.
sip::ProxyTrust read_trust(const Section& section) {
  using Identity = sip::ProxyTrust::Identity;
  sip::ProxyTrust trust;
  trust.addresses = section.texts("trusted");
  for (const std::string& address : trust.addresses) {
    if (sip::is_ip_address(address) && address != "0.0.0.0" && address != "::") continue;
    section.refuse("trusted", "addresses of proxies, as \"192.0.2.1\" or \"2001:db8::1\"; '" +
                                  language::printable(address) + "' is none");
  }
  const std::string identity = section.text("identity").value_or("asserted");
  if (identity != "asserted" && identity != "from") section.refuse("identity", R"("asserted" (the default) or "from")");
  trust.identity = identity == "from" ? Identity::from : Identity::asserted;
  return trust;
}

/// How often phones are asked of whose registrations nobody tells.
sip::AskedPhones::Settings read_pace(const Section& section) {
  sip::AskedPhones::Settings pace;
  pace.interval = std::chrono::seconds(section.number("ask_every_s", 60, 1, 86400));
  pace.at_once = static_cast<std::size_t>(section.number("ask_at_once", 100, 1, 10000));
  return pace;
}

/// The address of a proxy that is spoken to.
std::string read_via(const Section& section) {
  std::string via = section.required_text("via");
  const std::string host = is_transport_address(via) ? http::parse_listen_address(via.substr(4))->host : "";
  if (!sip::is_ip_address(host) || via.ends_with(":0")) {
    section.refuse("via", "the proxy as udp:ADDRESS:PORT, tcp:ADDRESS:PORT or tls:ADDRESS:PORT; '" +
                              language::printable(via) + "' is none");
  }
  return via;
}

/// How the registrations with a proxy are heard of.
void read_registrations(const Section& section, sip::ProfileOptions& profile) {
  const std::string registrations = section.text("registrations").value_or("copied");
  const bool copied = registrations == "copied";
  const bool unknown = registrations == "unknown";
  const bool subscribed = registrations == "subscribed";
  if (!copied && !unknown && !subscribed) {
    section.refuse("registrations", R"("copied" (the default), "subscribed" or "unknown")");
  }
  const auto only_with = [&](std::string_view key, bool fits, const std::string& with) {
    if (!fits && section.node(key) != nullptr) section.refuse(key, with + " beside it");
  };
  const std::string with_unknown = R"(registrations = "unknown")";
  const std::string with_subscribed = R"(registrations = "subscribed")";
  only_with("via", !copied, with_subscribed + R"( or "unknown")");
  only_with("ask_every_s", unknown, with_unknown);
  only_with("ask_at_once", !copied, with_subscribed + R"( or "unknown")");
  only_with("subscribe_s", subscribed, with_subscribed);
  if (unknown) profile.asking = sip::Asking{read_pace(section), read_via(section)};
  if (!subscribed) return;
  sip::RegSubscriptions::Settings pace;
  pace.expires = std::chrono::seconds(section.number("subscribe_s", pace.expires.count(), 10, 86400));
  pace.at_once = read_pace(section).at_once;
  profile.watching = sip::Watching{pace, read_via(section)};
}

/// One that the SIP server serves; its name.
std::string read_served(const Section& section, Phones phones, Config& config) {
  sip::ProfileOptions profile{section.required_text("name"), section.texts("listen"), section.required_text("domain")};
  check_name_and_domain(section, profile.name, profile.domain);
  for (const std::string& listen : profile.listen) {
    if (is_transport_address(listen)) continue;
    section.refuse("listen",
                   "udp:ADDRESS:PORT, tcp:ADDRESS:PORT or tls:ADDRESS:PORT, an IPv6 address in brackets, an IPv4 "
                   "address without; '" +
                       language::printable(listen) + "' is none");
  }
  if (phones == Phones::proxy) {
    profile.proxy = read_trust(section);
    profile.tls_name = section.text("tls_name").value_or("");
    if (section.node("tls_name") != nullptr && (profile.tls_name.empty() || has_blank_or_control(profile.tls_name) ||
                                                profile.tls_name.find_first_of("/@*,:") != std::string::npos)) {
      section.refuse("tls_name", "the host name or domain that the proxy's certificate is for");
    }
    read_registrations(section, profile);
  }
  if (phones == Phones::listed) profile.asking = sip::Asking{read_pace(section), ""};
  config.sip.profiles.push_back(std::move(profile));
  return config.sip.profiles.back().name;
}

Phones where_phones_are(const File& file, const toml::table& entry) {
  const toml::node* node = entry.get("phones");
  if (node == nullptr) return Phones::here;
  const auto* said = node->as_string();
  if (said != nullptr && said->get() == "here") return Phones::here;
  if (said != nullptr && said->get() == "proxy") return Phones::proxy;
  if (said != nullptr && said->get() == "listed") return Phones::listed;
  if (said != nullptr && said->get() == "asterisk") return Phones::asterisk;
  file.refuse(*node, R"([[profile]] phones: expected "here" (the default), "proxy", "listed" or "asterisk")");
}

Section::Known settings_of(Phones phones) {
  static const std::initializer_list<std::string_view> here{"name", "phones", "listen", "domain"};
  static const std::initializer_list<std::string_view> proxy{"name",        "phones",      "listen",        "domain",
                                                             "trusted",     "identity",    "registrations", "via",
                                                             "ask_every_s", "ask_at_once", "subscribe_s",   "tls_name"};
  static const std::initializer_list<std::string_view> listed{"name",   "phones",      "listen",
                                                              "domain", "ask_every_s", "ask_at_once"};
  switch (phones) {
    case Phones::here:
      return here;
    case Phones::proxy:
      return proxy;
    case Phones::listed:
      return listed;
    case Phones::asterisk:  // read_asterisk() knows
      break;
  }
  return here;
}

/// What is bound to a phone at an Asterisk with a feature prefix becomes a number that only that Asterisk knows.
void check_domains(const File& file, const Config& config) {
  for (const auto& asterisk : config.asterisks) {
    if (asterisk.feature_prefix.empty()) continue;
    const auto& domain = asterisk.phones.domain;
    const auto count = std::ranges::count(config.sip.profiles, domain, &sip::ProfileOptions::domain) +
                       std::ranges::count(config.asterisks, domain, [](const auto& one) { return one.phones.domain; });
    if (count == 1) continue;
    file.refuse(fmt::format("[[profile]] {}: expected a domain that no other profile has, beside feature_prefix",
                            asterisk.phones.profile));
  }
}

}  // namespace

void check_name_and_domain(const Section& section, const std::string& name, const std::string& domain) {
  if (has_blank_or_control(name) || name.find_first_of("/@*,") != std::string::npos) {
    section.refuse("name", "a name without blanks and without / @ * ,");
  }
  if (has_blank_or_control(domain) || domain.find_first_of("/@*,;<>") != std::string::npos) {
    section.refuse("domain", "a host name or an address");
  }
}

void read_profiles(const File& file, const toml::table& root, const std::string& folder, Config& config) {
  std::set<std::string> names;
  for (const toml::table* entry : tables(file, root, "profile")) {
    const Phones phones = where_phones_are(file, *entry);
    const std::string name =
        phones == Phones::asterisk
            ? read_asterisk(file, *entry, folder, config)
            : read_served(Section(file, *entry, "[[profile]]", settings_of(phones)), phones, config);
    if (!names.insert(name).second) {
      file.refuse(*entry->get("name"), "[[profile]] name: expected a name no other profile has");
    }
    config.profiles.push_back({name, phones});
  }
  check_domains(file, config);
  if (names.empty()) {
    file.refuse("no [[profile]] with name, listen and domain: phones would have nowhere to register");
  }
}

}  // namespace snom::snomd::reading
