#include "snomd/config.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "cluster/node_name.h"
#include "file/read_file.h"
#include "http/ca_file.h"
#include "http/listen_address.h"
#include "language/refused.h"
#include "language/text.h"
#include "language/toml_nesting.h"
#include "sip/sip_uri.h"
#include "snomd/config_file.h"
#include "store/open_store.h"
#include "tls/identity.h"

namespace snom::snomd {
namespace {

using reading::File;
using reading::has_blank_or_control;
using reading::Refused;
using reading::Section;
using reading::table;
using reading::tables;

/// Where the phone of a user is that registers nowhere, and which profile is to ask it.
void read_contact(const Section& section, const Config& config, sip::User& user) {
  user.profile = section.text("profile").value_or("");
  std::size_t listed = 0;
  bool is_there = false;
  for (const sip::ProfileOptions& profile : config.sip.profiles) {
    const bool by_contact = profile.asking && profile.asking->via.empty();
    const bool by_proxy = profile.watching || (profile.asking && !by_contact);
    if (section.node("contact") != nullptr ? !by_contact : !by_proxy) continue;
    ++listed;
    is_there = is_there || profile.name == user.profile;
  }
  if (section.node("profile") != nullptr && !is_there) {
    section.refuse("profile", R"(the name of a profile with phones = "listed" beside contact, or with registrations = )"
                              R"("subscribed" or "unknown")");
  }
  if (section.node("contact") == nullptr) return;
  user.contact = section.required_text("contact");
  const auto uri = sip::parse_sip_uri(user.contact);
  const auto is_spoken = [](std::string_view transport) {
    return transport.empty() || language::equal_ignoring_case(transport, "udp") ||
           language::equal_ignoring_case(transport, "tcp") || language::equal_ignoring_case(transport, "tls");
  };
  constexpr std::size_t longest = 1024;
  if (!uri || !sip::is_ip_address(uri->host) || uri->has_parameter("maddr") || user.contact.text().size() > longest ||
      has_blank_or_control(user.contact) || !sip::has_whole_escapes(user.contact) ||
      !is_spoken(uri->parameter("transport"))) {
    section.refuse("contact",
                   "where the phone is, as sip:1000@192.0.2.7:5060, with an IP address, over UDP, TCP or TLS");
  }
  if (listed == 0) section.refuse("contact", R"(a [[profile]] with phones = "listed" for it)");
  if (listed > 1 && user.profile.empty()) {
    section.refuse("contact", R"(profile = "..." beside it: there are several with phones = "listed")");
  }
}

void read_users(const File& file, const toml::table& root, Config& config) {
  // Whose phones are registered elsewhere needs no password here.
  const bool all_here =
      std::ranges::all_of(config.profiles, [](const Profile& profile) { return profile.phones == Phones::here; });
  std::set<std::string> names;
  for (const toml::table* entry : tables(file, root, "user")) {
    const Section section(file, *entry, "[[user]]", {"name", "password", "web", "contact", "profile"});
    sip::User user{section.required_text("name"),
                   all_here || section.node("password") != nullptr ? section.required_text("password") : "",
                   section.text("web").value_or("")};
    if (has_blank_or_control(user.name) || user.name.find_first_of("/@*,\"<>;") != std::string::npos) {
      section.refuse("name", "a name without blanks and without / @ * , ; \" < >");
    }
    if (!user.web.empty()) {
      const bool http = user.web.text().starts_with("http://") || user.web.text().starts_with("https://");
      const std::string_view host = http ? std::string_view(user.web).substr(user.web.text().find("//") + 2) : "";
      if (host.empty() || host.find_first_of("/@?# ") != std::string_view::npos || has_blank_or_control(user.web)) {
        section.refuse("web", "http://host:port or https://host:port, nothing behind it");
      }
    }
    read_contact(section, config, user);
    if (!names.insert(user.name).second) section.refuse("name", "a name no other user has");
    config.users.push_back(std::move(user));
  }
}

void read_limits(const File& file, const toml::table& root, Config& config) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  if (const toml::table* found = table(file, root, "limits")) {
    const Section section(
        file, *found, "[limits]",
        {"answer_timeout_ms", "web_timeout_ms", "web_connect_timeout_ms", "xml_pause_ms", "sip_connections",
         "sip_connections_per_address", "http_connections", "http_connections_per_address", "http_event_streams",
         "http_event_streams_per_address", "http_idle_s", "http_token_requests_per_second", "http_token_body_bytes",
         "events_kept", "events_kept_kb", "subscriptions", "subscriptions_per_user", "subscriptions_per_address"});
    config.sip.max_connections = static_cast<std::size_t>(section.number("sip_connections", 12000, 1, 1000000));
    config.sip.max_connections_per_address =
        static_cast<std::size_t>(section.number("sip_connections_per_address", 512, 1, 1000000));
    config.remote.xml_pause = milliseconds(section.number("xml_pause_ms", 2000, 0, 10000));
    config.sip.answer_timeout = milliseconds(section.number("answer_timeout_ms", 5000, 100, 32000));
    config.web.total_timeout = milliseconds(section.number("web_timeout_ms", 5000, 100, 60000));
    config.web.connect_timeout = milliseconds(section.number("web_connect_timeout_ms", 2000, 100, 60000));
    auto& subscriptions = config.sip.subscriptions;
    const auto subscribed = [&section](std::string_view key, std::size_t fallback) {
      return static_cast<std::size_t>(section.number(key, static_cast<std::int64_t>(fallback), 1, 1000000));
    };
    subscriptions.all = subscribed("subscriptions", subscriptions.all);
    subscriptions.per_user = subscribed("subscriptions_per_user", subscriptions.per_user);
    subscriptions.per_address = subscribed("subscriptions_per_address", subscriptions.per_address);
    const auto count = [&section](std::string_view key, std::size_t fallback) {
      return static_cast<std::size_t>(section.number(key, static_cast<std::int64_t>(fallback), 1, 100000));
    };
    auto& http = config.http;
    http.max_connections = count("http_connections", http.max_connections);
    http.max_connections_per_address = count("http_connections_per_address", http.max_connections_per_address);
    http.max_streams = count("http_event_streams", http.max_streams);
    http.max_streams_per_address = count("http_event_streams_per_address", http.max_streams_per_address);
    http.idle_timeout = seconds(section.number("http_idle_s", http.idle_timeout.count(), 1, 3600));
    auto& gate = config.gate;
    gate.per_second = static_cast<std::uint32_t>(
        section.number("http_token_requests_per_second", gate.per_second, 1, access::most_per_second));
    gate.max_body = static_cast<std::size_t>(
        section.number("http_token_body_bytes", static_cast<std::int64_t>(gate.max_body), 1, access::largest_body));
    constexpr std::int64_t kb = 1024;
    config.events.events = static_cast<std::size_t>(section.number("events_kept", 10000, 0, 1000000));
    config.events.bytes = static_cast<std::size_t>(section.number("events_kept_kb", 8 * kb, 1, 1024 * kb) * kb);
  }
  if (const toml::table* found = table(file, root, "registrar")) {
    const Section section(
        file, *found, "[registrar]",
        {"min_expires_s", "default_expires_s", "max_expires_s", "nonce_lifetime_s", "max_contacts", "max_users"});
    config.sip.min_expires = seconds(section.number("min_expires_s", 60, 1, 3600));
    config.sip.max_expires = seconds(section.number("max_expires_s", 7200, 60, 7 * 86400));
    config.sip.default_expires = seconds(section.number("default_expires_s", 3600, 60, 7 * 86400));
    config.sip.nonce_lifetime = seconds(section.number("nonce_lifetime_s", 300, 1, 86400));
    config.sip.max_contacts = static_cast<std::size_t>(section.number("max_contacts", 10, 1, 100));
    config.sip.max_proxied_users = static_cast<std::size_t>(section.number("max_users", 100000, 1, 1000000));
    if (config.sip.min_expires > config.sip.default_expires || config.sip.default_expires > config.sip.max_expires) {
      file.refuse(*found, "[registrar] expected min_expires_s <= default_expires_s <= max_expires_s");
    }
  }
}

void read_subscriptions(const File& file, const toml::table& root, Config& config) {
  using std::chrono::seconds;
  const toml::table* found = table(file, root, "subscriptions");
  if (found == nullptr) return;
  const Section section(file, *found, "[subscriptions]",
                        {"min_expires_s", "default_expires_s", "max_expires_s", "press_answer"});
  auto& sip = config.sip;
  sip.min_subscription = seconds(section.number("min_expires_s", 60, 1, 3600));
  sip.default_subscription = seconds(section.number("default_expires_s", 3600, 1, 7 * 86400));
  sip.max_subscription = seconds(section.number("max_expires_s", 7200, 1, 7 * 86400));
  if (sip.min_subscription > sip.default_subscription || sip.default_subscription > sip.max_subscription) {
    file.refuse(*found, "[subscriptions] expected min_expires_s <= default_expires_s <= max_expires_s");
  }
  // A 401 or 407 would be asked again with a password, a 422 or 491 at once.
  sip.press_answer = static_cast<int>(section.number("press_answer", 487, 403, 699));
  constexpr int no_ends[] = {407, 422, 491};
  if (std::ranges::find(no_ends, sip.press_answer) != std::end(no_ends)) {
    section.refuse("press_answer", "a final answer that ends a call, as 487, 480, 486 or 603");
  }
}

void read_restore(const File& file, const toml::table& root, Config& config) {
  using std::chrono::milliseconds;
  const toml::table* found = table(file, root, "restore");
  if (found == nullptr) return;
  const Section section(file, *found, "[restore]", {"per_second", "first_retry_ms", "longest_retry_ms"});
  auto& delivery = config.delivery;
  delivery.restores_per_second = static_cast<double>(section.number("per_second", 10000, 1, 100000));
  delivery.first_retry = milliseconds(section.number("first_retry_ms", 2000, 100, 60000));
  delivery.longest_retry = milliseconds(section.number("longest_retry_ms", 300000, 100, 86400000));
  if (delivery.first_retry > delivery.longest_retry) {
    section.refuse("first_retry_ms",
                   fmt::format("no more than longest_retry_ms, which is {}", delivery.longest_retry.count()));
  }
}

std::string path_in(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

/// The first line of a file that the setting `key` names.
std::string token_of(const Section& section, std::string_view key, const std::string& folder) {
  const std::filesystem::path path = std::filesystem::path(folder) / section.required_text(key);
  auto line = file::read_first_line(path.string());
  if (!line) section.refuse(key, fmt::format("a file that can be read ({})", line.error()));
  std::string token = std::move(*line);
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!token.empty() && blank(token.back())) token.pop_back();
  if (token.size() < 16 || has_blank_or_control(token)) {
    section.refuse(key, "a file whose first line is a token of at least 16 characters without blanks");
  }
  return token;
}

void read_http(const File& file, const toml::table& root, const std::string& folder, Config& config) {
  const toml::table* found = table(file, root, "http");
  if (found == nullptr) return;
  const Section section(file, *found, "[http]",
                        {"listen", "https_listen", "token_file", "tokens_file", "audit_file", "press_secret_file"});
  if (section.node("listen") != nullptr) config.http_listen = section.required_text("listen");
  const auto address = http::parse_listen_address(config.http_listen);
  if (!address || !http::may_be_host(address->host)) {
    section.refuse("listen", "ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080; '" +
                                 language::printable(config.http_listen) + "' is none");
  }
  if (section.node("token_file") != nullptr) config.gate.token = token_of(section, "token_file", folder);
  if (section.node("tokens_file") != nullptr) {
    config.tokens_file = path_in(folder, section.required_text("tokens_file"));
    config.gate.has_file = true;
  }
  if (section.node("audit_file") != nullptr) {
    config.audit_file = path_in(folder, section.required_text("audit_file"));
  }
  if (section.node("press_secret_file") != nullptr) {
    config.press_secret = token_of(section, "press_secret_file", folder);
    if (config.press_secret == config.gate.token) {
      section.refuse("press_secret_file", "another secret than the token");
    }
  }
  const bool is_open = config.gate.token.empty() && config.tokens_file.empty();
  if (is_open && address && !http::is_loopback(address->host)) {
    section.refuse("listen", "a loopback address (127.0.0.1:8080), or token_file or tokens_file beside it: '" +
                                 config.http_listen + "' can be reached by others");
  }
  if (section.node("https_listen") == nullptr) return;
  config.https_listen = section.required_text("https_listen");
  const auto https = http::parse_listen_address(config.https_listen);
  if (!https || !http::may_be_host(https->host)) {
    section.refuse("https_listen", "ADDRESS:PORT, as 192.0.2.3:8443 or [::]:8443; '" +
                                       language::printable(config.https_listen) + "' is none");
  }
  if (is_open && !http::is_loopback(https->host)) {
    section.refuse("https_listen",
                   "token_file or tokens_file beside it: '" + config.https_listen + "' can be reached by others");
  }
  if (config.tls.identity.certificate.empty()) {
    section.refuse("https_listen", "[tls] with certificate_file and key_file for it");
  }
}

/// The text of a file that is named, which may be a key.
std::string text_of_file(const Section& section, std::string_view key, const std::string& folder) {
  auto text = file::read(path_in(folder, section.required_text(key)), file::secret_limit);
  if (!text) section.refuse(key, fmt::format("a file that can be read ({})", text.error()));
  return std::move(*text);
}

/// Certificates that are trusted.
std::string authorities_of(const Section& section, std::string_view key, const std::string& folder) {
  const std::string path = path_in(folder, section.required_text(key));
  if (const auto checked = http::check_ca_file(path); !checked) section.refuse(key, checked.error());
  auto text = file::read(path);
  if (!text) section.refuse(key, fmt::format("a file that can be read ({})", text.error()));
  return std::move(*text);
}

void read_tls(const File& file, const toml::table& root, const std::string& folder, Config& config) {
  if (const toml::table* found = table(file, root, "tls")) {
    const Section section(file, *found, "[tls]", {"certificate_file", "key_file", "client_ca_file", "ca_file"});
    tls::Settings& wanted = config.tls;
    const bool is_server = section.node("certificate_file") != nullptr || section.node("key_file") != nullptr;
    if (is_server) {
      wanted.identity.certificate = text_of_file(section, "certificate_file", folder);
      wanted.identity.key = text_of_file(section, "key_file", folder);
    }
    if (section.node("client_ca_file") != nullptr) {
      if (!is_server) section.refuse("client_ca_file", "certificate_file and key_file beside it");
      wanted.client_authorities = authorities_of(section, "client_ca_file", folder);
    }
    if (section.node("ca_file") != nullptr) wanted.authorities = authorities_of(section, "ca_file", folder);
    if (const auto usable = tls::Store::make(wanted); !usable) {
      section.refuse(is_server ? "certificate_file" : "ca_file", fmt::format("PEM texts ({})", usable.error()));
    }
  }
  const auto is_tls = [](const std::string& listen) { return listen.starts_with("tls:"); };
  for (const sip::ProfileOptions& profile : config.sip.profiles) {
    if (!config.tls.identity.certificate.empty() || std::ranges::none_of(profile.listen, is_tls)) continue;
    file.refuse(fmt::format(
        "[[profile]] {}: expected [tls] with certificate_file and key_file for listen = [\"tls:...\"]", profile.name));
  }
}

void read_provisioning(const File& file, const toml::table& root, const std::string& folder, Config& config) {
  const toml::table* found = table(file, root, "provisioning");
  if (found == nullptr) return;
  const Section section(file, *found, "[provisioning]", {"listen", "https_listen", "folder"});
  Provisioning& wanted = config.provisioning;
  const auto address = [&section](std::string_view key) {
    const auto text = section.text(key);
    const auto read = text ? http::parse_listen_address(*text) : http::ListenAddress{"::", 0};
    if (!read || !http::may_be_host(read->host)) {
      section.refuse(key,
                     "ADDRESS:PORT, as 192.0.2.3:8082 or [::1]:8082; '" + language::printable(*text) + "' is none");
    }
    return text.value_or("");
  };
  wanted.listen = address("listen");
  wanted.https_listen = address("https_listen");
  if (!wanted.is_wanted()) (void)section.required_text("listen");
  if (!wanted.https_listen.empty() && config.tls.identity.certificate.empty()) {
    section.refuse("https_listen", "[tls] with certificate_file and key_file for it");
  }
  wanted.folder = path_in(folder, section.required_text("folder"));
  std::error_code failed;
  if (!std::filesystem::is_directory(wanted.folder, failed)) {
    section.refuse("folder", fmt::format("a folder that is there, {} is not", wanted.folder));
  }
}

void read_web(const File& file, const toml::table& root, const std::string& folder, Config& config) {
  using Verify = http::WebClient::Verify;
  const toml::table* found = table(file, root, "web");
  if (found == nullptr) return;
  const Section section(file, *found, "[web]", {"verify", "ca_file", "pin_file"});
  const std::string verify = section.text("verify").value_or("system");
  if (verify != "system" && verify != "pin" && verify != "off") {
    section.refuse("verify", R"("system", "pin" or "off")");
  }
  config.web.verify = verify == "system" ? Verify::system : verify == "pin" ? Verify::pin : Verify::off;
  if (section.node("ca_file") != nullptr) {
    if (config.web.verify != Verify::system) section.refuse("ca_file", R"(verify = "system" beside it)");
    config.web.ca_file = path_in(folder, section.required_text("ca_file"));
    if (const auto checked = http::check_ca_file(config.web.ca_file); !checked) {
      section.refuse("ca_file", checked.error());
    }
  }
  if (section.node("pin_file") != nullptr) {
    if (config.web.verify != Verify::pin) section.refuse("pin_file", R"(verify = "pin" beside it)");
    config.pin_file = path_in(folder, section.required_text("pin_file"));
  } else if (config.web.verify == Verify::pin) {
    section.refuse("verify", R"(pin_file = "..." beside "pin": the file to remember certificates in)");
  }
}

std::string web_password(const Section& section, const std::string& folder) {
  if (section.node("password_file") == nullptr) {
    auto password = section.text("password");
    if (!password) section.refuse("password", R"("...", or password_file = "...")");
    return *password;
  }
  if (section.node("password") != nullptr) section.refuse("password_file", "either this or password");
  const std::string path = path_in(folder, section.required_text("password_file"));
  auto line = file::read_first_line(path);
  if (!line) section.refuse("password_file", fmt::format("a file that can be read ({})", line.error()));
  return std::move(*line);
}

/// Which phones an entry is for: user and model, both of which may be left out.
void check_whose(const Section& section, const std::string& user, std::string& model) {
  if (section.node("user") != nullptr && (user.empty() || has_blank_or_control(user))) {
    section.refuse("user", "whose phone, as 1000 or 1000@example.com (without user: everybody's)");
  }
  model = control::plain_model(model);
  const bool is_model =
      !model.empty() && model.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
  if (section.node("model") != nullptr && !is_model) {
    section.refuse("model", "a Snom's model, as D862, 370 or MP (without model: every one)");
  }
}

void read_channels(const File& file, const toml::table& root, Config& config) {
  using control::ChannelSettings;
  using Commands = ChannelSettings::Commands;
  using Keys = ChannelSettings::Keys;
  std::vector<ChannelSettings::Entry> entries;
  std::set<std::pair<std::string, std::string>> seen;
  for (const toml::table* entry : tables(file, root, "channel")) {
    const Section section(file, *entry, "[[channel]]", {"user", "model", "channel", "keys"});
    ChannelSettings::Entry made{section.text("user").value_or(""), section.text("model").value_or(""), {}, {}};
    check_whose(section, made.user, made.model);
    if (const auto channel = section.text("channel")) {
      if (*channel != "auto" && *channel != "http" && *channel != "notify") {
        section.refuse("channel", R"("auto", "http" or "notify")");
      }
      made.commands = *channel == "auto" ? Commands::automatic : *channel == "http" ? Commands::http : Commands::notify;
    }
    if (const auto keys = section.text("keys")) {
      if (*keys != "auto" && *keys != "led" && *keys != "subscription") {
        section.refuse("keys", R"("auto", "led" or "subscription")");
      }
      made.keys = *keys == "auto" ? Keys::automatic : *keys == "led" ? Keys::led : Keys::subscription;
    }
    if (!made.commands && !made.keys) file.refuse(*entry, R"([[channel]] needs channel = "..." or keys = "...")");
    if (!seen.emplace(made.user, made.model).second) {
      file.refuse(*entry, "one [[channel]] for each user and model: there is another for these");
    }
    entries.push_back(std::move(made));
  }
  config.remote.channels = ChannelSettings(std::move(entries));
}

void read_groups(const File& file, const toml::table& root, Config& config) {
  for (const toml::table* entry : tables(file, root, "group")) {
    const Section section(file, *entry, "[[group]]", {"name", "members"});
    const std::string name = section.required_text("name");
    if (has_blank_or_control(name) || name.find_first_of("/@*,.:\"<>;") != std::string::npos) {
      section.refuse("name", "a name without blanks and without / @ * , . : ; \" < >");
    }
    const auto same_name = [&name](const sip::User& user) { return user.name == name; };
    if (std::any_of(config.users.begin(), config.users.end(), same_name)) {
      section.refuse("name", "a name that no user has");
    }
    auto members = section.texts("members");
    for (const std::string& member : members) {
      if (member.empty() || has_blank_or_control(member) || member.find_first_of("/*,:\"<>;") != std::string::npos) {
        section.refuse("members", "users, as 1000 or 1000@example.com");
      }
    }
    if (!config.remote.groups.emplace(name, std::move(members)).second) {
      section.refuse("name", "a name no other group has");
    }
  }
}

void read_pictures(const File& file, const toml::table& root, const std::string& folder, Config& config) {
  const toml::table* found = table(file, root, "pictures");
  if (found == nullptr) return;
  const Section section(file, *found, "[pictures]", {"folder"});
  config.picture_folder = path_in(folder, section.required_text("folder"));
  std::error_code failed;
  if (!std::filesystem::is_directory(config.picture_folder, failed)) {
    section.refuse("folder", fmt::format("a folder that is there, {} is not", config.picture_folder));
  }
}

void read_web_credentials(const File& file, const toml::table& root, const std::string& folder, Config& config) {
  const auto has_control = [](std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  };
  std::set<std::pair<std::string, std::string>> seen;
  for (const toml::table* entry : tables(file, root, "web_credentials")) {
    const Section section(file, *entry, "[[web_credentials]]",
                          {"user", "model", "username", "password", "password_file"});
    control::WebCredentials::Entry made{section.text("user").value_or(""), section.text("model").value_or(""),
                                        section.required_text("username"), web_password(section, folder)};
    check_whose(section, made.user, made.model);
    if (has_control(made.username) || made.username.find(':') != std::string::npos) {
      section.refuse("username", "a name without control characters and without :");
    }
    if (has_control(made.password)) {
      section.refuse(section.node("password") != nullptr ? "password" : "password_file",
                     "a password without control characters");
    }
    if (!seen.emplace(made.user, made.model).second) {
      section.refuse("username", "one [[web_credentials]] for each user and model: there is another for these");
    }
    config.web_credentials.push_back(std::move(made));
  }
}

/// Where keys are kept when the file does not say.
std::filesystem::path default_store(const std::string& name, const std::filesystem::path& folder) {
  const char* states = std::getenv("STATE_DIRECTORY");  // several are divided by colons
  const std::string_view state = states == nullptr ? "" : std::string_view(states);
  if (!state.empty()) return std::filesystem::path(state.substr(0, state.find(':'))) / "keys.db";
  return folder / std::filesystem::path(name).filename().replace_extension("db");
}

void read_store(const File& file, const toml::table& root, const std::string& name, const std::string& folder,
                Config& config) {
  config.store_path = default_store(name, folder).string();
  const toml::table* found = table(file, root, "store");
  if (found == nullptr) return;
  const Section section(file, *found, "[store]", {"path", "url"});
  const auto path = section.text("path");
  if (const auto url = section.text("url")) {
    if (path) section.refuse("url", "either this or path");
    if (const auto good = store::check_url(*url); !good) section.refuse("url", good.error());
    config.store_url = *url;
    return;
  }
  if (!path) return;
  // Not shown: there may be a password in it.
  if (path->find("://") != std::string::npos)
    section.refuse("path", "a file (the URI of a database server goes into url)");
  config.store_path = path->empty() ? "" : path_in(folder, *path);
  const auto parent = std::filesystem::path(config.store_path).parent_path();
  std::error_code failed;
  if (!path->empty() && !parent.empty() && !std::filesystem::is_directory(parent, failed)) {
    section.refuse("path", fmt::format("a file in a folder that is there, {} is not", parent.string()));
  }
}

/// Behind [store] and the profiles.
void read_nodes(const File& file, const toml::table& root, Config& config) {
  const toml::table* found = table(file, root, "nodes");
  if (found == nullptr) return;
  const Section section(file, *found, "[nodes]", {"name"});
  const auto name = section.required_text("name");
  if (!cluster::is_node_name(name)) section.refuse("name", "1 to 64 letters, digits, - _ .");
  if (config.store_url.empty()) {
    section.refuse("name", "[store] url, where all nodes have their keys");
  }
  for (const Profile& profile : config.profiles) {
    if (profile.phones != Phones::here) {
      section.refuse("name",
                     fmt::format("phones that register with snomd (profile '{}' has phones = \"...\")", profile.name));
    }
  }
  config.node_name = name;
}

tl::expected<Config, std::string> parse(std::string_view text, const std::string& name, const std::string& folder) {
  if (const auto foreign = language::why_not_utf8(text)) {
    return tl::unexpected(fmt::format("{}:{}: {}", name, foreign->line, foreign->what));
  }
  if (const auto line = language::toml_line_too_deep(text)) {
    return tl::unexpected(
        fmt::format("{}:{}: nested too deep (at most {} levels are possible)", name, *line, language::deepest_toml));
  }
  try {
    const toml::table root = toml::parse(text, name);
    const File file(name);
    const Section top(file, root, "the file",
                      {"profile", "http", "user", "limits", "registrar", "web", "web_credentials", "store", "restore",
                       "channel", "group", "pictures", "lamp", "subscriptions", "provisioning", "tls", "nodes"});
    Config config;
    reading::read_profiles(file, root, folder, config);
    reading::read_lamps(file, root, config);
    read_users(file, root, config);
    read_limits(file, root, config);
    read_tls(file, root, folder, config);
    read_http(file, root, folder, config);
    read_provisioning(file, root, folder, config);
    read_web(file, root, folder, config);
    read_web_credentials(file, root, folder, config);
    read_store(file, root, name, folder, config);
    read_nodes(file, root, config);
    read_subscriptions(file, root, config);
    read_restore(file, root, config);
    read_channels(file, root, config);
    read_groups(file, root, config);
    read_pictures(file, root, folder, config);
    return config;
  } catch (const toml::parse_error& error) {
    const auto what = language::shown_toml_error(error.description());
    return tl::unexpected(fmt::format("{}:{}: {}", name, error.source().begin.line, what));
  } catch (const Refused& refused) {
    return tl::unexpected(refused.text);
  }
}

}  // namespace

tl::expected<Config, std::string> parse_config(std::string_view text, const std::string& name) {
  return parse(text, name, ".");
}

tl::expected<Config, std::string> load_config(const std::string& path) {
  const auto text = file::read(path);
  if (!text) return tl::unexpected(text.error());
  return parse(*text, path, std::filesystem::path(path).parent_path().string());
}

}  // namespace snom::snomd
