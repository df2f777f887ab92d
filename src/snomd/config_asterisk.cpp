#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "asterisk/socket_address.h"
#include "file/read_file.h"
#include "http/listen_address.h"
#include "language/button.h"
#include "language/text.h"
#include "snomd/config_file.h"

namespace snom::snomd::reading {
namespace {

/// The first line of a file that the section names.
std::string read_secret(const Section& section, std::string_view key, const std::string& folder) {
  const std::filesystem::path path = std::filesystem::path(folder) / section.required_text(key);
  auto line = file::read_first_line(path.string());
  if (!line) section.refuse(key, fmt::format("a file that can be read ({})", line.error()));
  if (line->empty() || asterisk::breaks_a_line(*line)) {
    section.refuse(key, "a file whose first line is the secret, without control characters");
  }
  return std::move(*line);
}

http::ListenAddress read_address(const Section& section, std::string_view key, const std::string& expected) {
  const std::string text = section.required_text(key);
  const auto address = http::parse_listen_address(text);
  if (!address || address->port == 0) {
    section.refuse(key, expected + "; '" + language::printable(text) + "' is none");
  }
  return *address;
}

/// Where copies of phones' answers come to, and from whom: Asterisk's address when it is not said.
asterisk::HepReader::Options read_hep(const Section& section, const std::string& folder, const std::string& ami_host) {
  asterisk::HepReader::Options made;
  const std::string listen = section.required_text("hep");
  constexpr std::string_view udp = "udp:";
  const auto address =
      listen.starts_with(udp) ? http::parse_listen_address(listen.substr(udp.size())) : tl::unexpected(std::string());
  if (!address || !asterisk::socket_address(address->host, address->port)) {
    section.refuse("hep", "udp:ADDRESS:PORT, as udp:127.0.0.1:9060; '" + language::printable(listen) + "' is none");
  }
  made.host = address->host;
  made.port = address->port;
  made.from = section.text("hep_from").value_or(ami_host);
  if (!asterisk::socket_address(made.from, 0)) section.refuse("hep_from", "Asterisk's address, as 192.0.2.1");
  if (section.node("hep_password_file") != nullptr) made.password = read_secret(section, "hep_password_file", folder);
  return made;
}

asterisk::AriClient::Options read_ari(const Section& section, const std::string& folder, const std::string& profile) {
  asterisk::AriClient::Options made;
  const auto address = read_address(section, "ari", "ADDRESS:PORT of Asterisk's HTTP server, as 127.0.0.1:8088");
  made.host = address.host == "localhost" ? "127.0.0.1" : address.host;
  made.port = address.port;
  made.user = section.required_text("ari_user");
  if (has_blank_or_control(made.user) || made.user.find(':') != std::string::npos) {
    section.refuse("ari_user", "a name without blanks and without :, its section's in ari.conf");
  }
  made.password = read_secret(section, "ari_password_file", folder);
  made.application = "snomd-" + profile;
  made.texts = section.truth("texts", false);
  return made;
}

constexpr std::size_t longest_label = 200;

bool is_key(const std::string& name) {
  language::Button button;
  button.key = name;
  button.light = language::Light::off;
  return !has_blank_or_control(name) && language::validate(button).has_value();
}

/// { INUSE = "on", RINGING = "pickup" }
void read_lights(const File& file, const Section& section, asterisk::DeviceLamp& lamp) {
  const toml::node* node = section.node("lights");
  if (node == nullptr) return;
  const toml::table* lights = node->as_table();
  if (lights == nullptr) section.refuse("lights", R"({ INUSE = "on", RINGING = "pickup" })");
  for (const auto& [state, light] : *lights) {
    const auto* text = light.as_string();
    const auto parsed = language::parse_light(text == nullptr ? std::string_view() : std::string_view(text->get()));
    if (!asterisk::is_device_state(state.str()) || !parsed) {
      file.refuse(light,
                  R"([[lamp]] lights: expected a state (INUSE, NOT_INUSE, BUSY, RINGING, RINGINUSE, ONHOLD, )"
                  R"(UNAVAILABLE, INVALID, UNKNOWN) and a light (off, on, hold, pickup, park, message, offline, )"
                  "error, seized, record)");
    }
    lamp.lights.emplace(state.str(), *parsed);
  }
}

}  // namespace

std::string read_asterisk(const File& file, const toml::table& table, const std::string& folder, Config& config) {
  const Section section(
      file, table, R"([[profile]] with phones = "asterisk")",
      {"name", "phones", "domain", "ami", "ami_user", "ami_secret_file", "resend", "list_s", "hep", "hep_from",
       "hep_password_file", "feature_prefix", "hints", "ari", "ari_user", "ari_password_file", "texts"});
  asterisk::Asterisk::Options made;
  made.phones.profile = section.required_text("name");
  made.phones.domain = section.required_text("domain");
  check_name_and_domain(section, made.phones.profile, made.phones.domain);
  const auto ami = read_address(section, "ami", "ADDRESS:PORT of Asterisk's manager, as 127.0.0.1:5038");
  made.ami.host = ami.host == "localhost" ? "127.0.0.1" : ami.host;
  made.ami.port = ami.port;
  made.ami.user = section.required_text("ami_user");
  if (has_blank_or_control(made.ami.user))
    section.refuse("ami_user", "a name without blanks: its section's in manager.conf");
  made.ami.secret = read_secret(section, "ami_secret_file", folder);
  const std::string resend = section.text("resend").value_or("refresh");
  if (resend != "refresh" && resend != "off") section.refuse("resend", R"("refresh" (the default) or "off")");
  made.phones.resend_at_refresh = resend == "refresh";
  made.phones.list_every = std::chrono::seconds(section.number("list_s", 60, 1, 3600));
  if (section.node("hep") != nullptr) made.hep = read_hep(section, folder, made.ami.host);
  for (const char* beside : {"hep_from", "hep_password_file"}) {
    if (!made.hep && section.node(beside) != nullptr) section.refuse(beside, "hep = \"udp:ADDRESS:PORT\" beside it");
  }
  if (section.node("ari") != nullptr) made.ari = read_ari(section, folder, made.phones.profile);
  for (const char* beside : {"ari_user", "ari_password_file", "texts"}) {
    if (!made.ari && section.node(beside) != nullptr) section.refuse(beside, "ari = \"ADDRESS:PORT\" beside it");
  }
  if (section.node("feature_prefix") != nullptr) {
    made.feature_prefix = section.required_text("feature_prefix");
    if (!asterisk::is_feature_prefix(made.feature_prefix)) {
      section.refuse("feature_prefix", "one to eight of 0-9, * and #, as *90");
    }
  }
  made.hints = section.truth("hints", false);
  config.asterisks.push_back(std::move(made));
  return config.asterisks.back().phones.profile;
}

void read_lamps(const File& file, const toml::table& root, Config& config) {
  for (const toml::table* entry : tables(file, root, "lamp")) {
    const Section section(file, *entry, "[[lamp]]", {"device", "key", "label", "who", "lights", "profile"});
    asterisk::DeviceLamp made;
    made.device = section.required_text("device");
    if (!asterisk::is_device_name(made.device)) {
      section.refuse("device", "a device of Asterisk's, as Custom:DND1000 or park:701@parkedcalls");
    }
    const std::string key = section.required_text("key");
    const auto blank = key.find(' ');
    made.phone = key.substr(0, blank);
    made.key = blank == std::string::npos ? "" : key.substr(blank + 1);
    const auto at = made.phone.find('@');
    if (has_blank_or_control(made.phone) || at == 0 || at == std::string::npos || at + 1 == made.phone.size() ||
        !is_key(made.key)) {
      section.refuse("key", "a phone and its key, as \"1000@example.com 2\"");
    }
    made.label = section.text("label").value_or("");
    if (language::printable(made.label) != made.label || made.label.size() > longest_label) {
      section.refuse("label", fmt::format("up to {} bytes of text", longest_label));
    }
    made.who = section.truth("who", false);
    read_lights(file, section, made);
    const auto named = section.text("profile");
    const auto owner =
        std::ranges::find_if(config.asterisks, [&](const auto& one) { return !named || one.phones.profile == *named; });
    if (owner == config.asterisks.end() || (!named && config.asterisks.size() > 1)) {
      section.refuse("profile", R"(the name of a profile with phones = "asterisk", whose device it is)");
    }
    owner->lamps.push_back(std::move(made));
  }
}

}  // namespace snom::snomd::reading
