#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "http/listen_address.h"
#include "language/text.h"
#include "snomd/config_file.h"

namespace snom::snomd::reading {
namespace {

/// "udp:127.0.0.1:5060", "tcp:[::1]:0".
bool is_transport_address(std::string_view listen) {
  const std::string_view transport = listen.substr(0, listen.find(':'));
  if (transport != "udp" && transport != "tcp") return false;
  return listen != transport && http::parse_listen_address(listen.substr(transport.size() + 1)).has_value();
}

/// What each profile has, whoever its phones are registered with.
void check_name_and_domain(const Section& section, const std::string& name, const std::string& domain) {
  if (has_blank_or_control(name) || name.find_first_of("/@*,") != std::string::npos) {
    section.refuse("name", "a name without blanks and without / @ * ,");
  }
  if (has_blank_or_control(domain) || domain.find_first_of("/@*,;<>") != std::string::npos) {
    section.refuse("domain", "a host name or an address");
  }
}

/// One that the SIP server serves; its name.
std::string read_here(const Section& section, Config& config) {
  sip::ProfileOptions profile{section.required_text("name"), section.texts("listen"), section.required_text("domain")};
  check_name_and_domain(section, profile.name, profile.domain);
  for (const std::string& listen : profile.listen) {
    if (is_transport_address(listen)) continue;
    section.refuse("listen", "udp:ADDRESS:PORT or tcp:ADDRESS:PORT, an IPv6 address in brackets; '" +
                                 language::printable(listen) + "' is none");
  }
  config.sip.profiles.push_back(std::move(profile));
  return config.sip.profiles.back().name;
}

}  // namespace

void read_profiles(const File& file, const toml::table& root, Config& config) {
  std::set<std::string> names;
  for (const toml::table* entry : tables(file, root, "profile")) {
    const Section section(file, *entry, "[[profile]]", {"name", "phones", "listen", "domain"});
    const std::string phones = section.text("phones").value_or("here");
    if (phones != "here") {
      section.refuse("phones", R"("here" (the default); "proxy", "asterisk" and "listed" are not there yet)");
    }
    const std::string name = read_here(section, config);
    if (!names.insert(name).second) section.refuse("name", "a name no other profile has");
  }
  if (names.empty()) {
    file.refuse("no [[profile]] with name, listen and domain: phones would have nowhere to register");
  }
}

}  // namespace snom::snomd::reading
