#include "snomphone/options.h"

#include <arpa/inet.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "file/read_file.h"
#include "http/ca_file.h"
#include "http/listen_address.h"
#include "language/shown_arguments.h"
#include "language/text.h"
#include "phone/phone_pages.h"
#include "sip/sip_uri.h"
#include "tls/identity.h"

namespace snom::snomphone {

namespace {

constexpr int wrong_usage = 2;

struct HostPort {
  std::string host;  ///< without brackets
  std::optional<std::uint16_t> port;
};

/// "127.0.0.1:5060", "[::1]:5060", "pbx.example.com"; nullopt for anything else.
std::optional<HostPort> parse_host_port(std::string_view text) {
  HostPort result;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || end == 1) return std::nullopt;
    result.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos) {
      result.host = text;  // an IPv6 address without brackets has no port
      return result;
    }
    result.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (result.host.empty()) return std::nullopt;
  if (rest.empty()) return result;
  if (rest.front() != ':') return std::nullopt;
  rest.remove_prefix(1);
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  if (rest.empty() || parsed.ec != std::errc{} || parsed.ptr != rest.data() + rest.size()) return std::nullopt;
  result.port = port;
  return result;
}

/// "1000", "1001", ...: as wide as the first.
std::optional<std::vector<std::string>> count_up(const std::string& first, std::size_t count) {
  if (count == 1) return std::vector<std::string>{first};
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(first.data(), first.data() + first.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != first.data() + first.size()) return std::nullopt;
  if (number > std::numeric_limits<std::uint64_t>::max() - count) return std::nullopt;
  std::vector<std::string> users;
  users.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::string user = std::to_string(number + i);
    if (user.size() < first.size()) user.insert(0, first.size() - user.size(), '0');
    users.push_back(std::move(user));
  }
  return users;
}

/// What the command line holds, before it is checked.
struct Raw {
  std::string ca_file;
  std::string certificate;
  std::string key;
  std::string server, user, password, password_file, domain, realm, transport = "udp", model = "370", web, web_redirect,
                                                                    web_auth = "none", page;
  std::string web_user, web_password, fault, listen, press_type = "x-buttons", filter_registrar = "on";
  std::vector<std::string> watched_keys;
  std::string watched_list;
  std::string settings, settings_ca, quirk;
  std::size_t count = 1;
  int expires = 3600, rate = 500, expansion_keys = 0, reboot_time = 1000;
  std::optional<int> answer_after;
  bool quiet = false;
};

void describe(CLI::App& app, Raw& raw) {
  app.add_option("--server", raw.server, "SIP server: HOST or HOST:PORT (5060)")->required();
  app.add_option("--user", raw.user, "user name; with --count the first, a number")->required();
  app.add_option("--password", raw.password, "password of all phones; others on this machine can see a command line");
  app.add_option("--password-file", raw.password_file, "file whose first line is the password");
  app.add_option("--domain", raw.domain, "domain of the address of record (the server's host)");
  app.add_option("--realm", raw.realm, "the only realm that the password is for (the registrar's)");
  app.add_option("--transport", raw.transport, "udp, tcp or tls (then the server's port is 5061 unless it is named)")
      ->check(CLI::IsMember({"udp", "tcp", "tls"}))
      ->capture_default_str();
  app.add_option("--ca-file", raw.ca_file,
                 "with tls: file of certificates (PEM) that the server's has to be issued by (the system's)");
  app.add_option("--certificate", raw.certificate, "with tls: file with the phone's own certificate (PEM)");
  app.add_option("--key", raw.key, "with --certificate: file with its private key (PEM)");
  app.add_option("--listen", raw.listen, "local SIP address (the one from which the server is reached)");
  app.add_option("--filter-registrar", raw.filter_registrar, "off: keys are taken from whoever sends some")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  app.add_option("--model", raw.model, "370, D862, ...; or a whole User-Agent: snom370/7.3.14")->capture_default_str();
  app.add_option("--expansion-keys", raw.expansion_keys, "keys of an expansion module: EK0, EK1, ...")
      ->check(CLI::Range(0, 126));
  app.add_option(
         "--blf", raw.watched_keys,
         "KEY=URI: a key of type BLF, as 2=sip:1001@example.com or EK0=...; {user} in the URI is the phone's user")
      ->allow_extra_args(false);
  app.add_option(
      "--blf-list", raw.watched_list,
      "URI of a list that has the keys of type BLF (RFC 4662), which is subscribed to in place of each of them; "
      "{user} in it is the phone's user");
  app.add_option("--provision", raw.settings,
                 "URL or FILE of the phone's settings, from which it has its keys; {user} in it is the phone's user");
  app.add_option("--provision-ca", raw.settings_ca,
                 "file of certificates (PEM) that are trusted at an https URL of it");
  app.add_option(
      "--web", raw.web,
      "web page's HOST:PORT, or https://HOST:PORT with a certificate of its own; with --count ports count up, "
      "port 0 = a free one each");
  app.add_option("--web-redirect", raw.web_redirect,
                 "HOST:PORT where http is answered 307, to an https page; ports as with --web");
  app.add_option("--web-auth", raw.web_auth, "none, basic, digest or digest-sha256")
      ->check(CLI::IsMember({"none", "basic", "digest", "digest-sha256"}))
      ->capture_default_str();
  app.add_option("--web-user", raw.web_user, "user of the web page");
  app.add_option("--web-password", raw.web_password, "password of the web page");
  app.add_option("--page", raw.page,
                 "HOST:PORT, a loopback address, of a page of all phones to look at and to press; port 0 = a free one");
  app.add_option("--count", raw.count, "so many phones, users counting up")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100000}))
      ->capture_default_str();
  app.add_option("--rate", raw.rate, "registrations started a second")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--expires", raw.expires, "seconds asked for when registering")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  app.add_option("--answer-after", raw.answer_after, "answer calls by itself after so many ms")
      ->check(CLI::Range(0, 600000));
  app.add_option("--press-type", raw.press_type,
                 "Content-Type of a pressed key's MESSAGE: x-buttons, text (text/plain) or none, without a body")
      ->check(CLI::IsMember({"x-buttons", "text", "none"}))
      ->capture_default_str();
  app.add_option("--reboot-time", raw.reboot_time, "how long a reboot takes, in ms")
      ->check(CLI::Range(0, 600000))
      ->capture_default_str();
  app.add_option("--fault", raw.fault,
                 "behave badly: delay=MS, drop=PERCENT, answer=STATUS, buttons=STATUS, xml=STATUS, unknown-key=200, "
                 "web-delay=MS, web-silent, web-status=STATUS, web-certificate=expired|foreign; separated by commas");
  app.add_option("--quirk", raw.quirk,
                 "what no document says: ignore=buttons|labels|leds|blf, led-offset=N, colours=red+green, "
                 "dark=seized+record, survives-reboot; separated by commas");
  app.add_flag("--quiet", raw.quiet, "no events on stdout");
}

Exit refuse(const std::string& argument, const std::string& what) {
  return {wrong_usage, argument + ": " + language::printable(what) + "\n"};
}

bool is_plain(const std::string& text) {
  return !text.empty() && text.find_first_of(" \t\r\n<>\"@;?") == std::string::npos;
}

/// The password, or what is wrong with its file.
std::variant<std::string, Exit> read_password(const Raw& raw) {
  if (raw.password_file.empty()) return raw.password;
  if (!raw.password.empty()) return refuse("--password-file", "give either this or --password");
  auto line = file::read_first_line(raw.password_file);
  if (!line) return refuse("--password-file", line.error());
  return std::move(*line);
}

/// HOST:PORT of the first phone, where there are enough ports from there on.
std::variant<HostPort, Exit> read_web_address(const std::string& option, std::string_view text, std::size_t count) {
  const auto web = parse_host_port(text);
  if (!web || !web->port) return refuse(option, "'" + std::string(text) + "' is not HOST:PORT (as 127.0.0.1:8081)");
  if (*web->port != 0 && *web->port + count - 1 > 65535) {
    return refuse(option,
                  "there are no " + std::to_string(count) + " ports from " + std::to_string(*web->port) + " on");
  }
  return *web;
}

std::optional<Exit> set_page(const Raw& raw, phone::FleetOptions& options) {
  if (raw.page.empty()) return std::nullopt;
  auto address = read_web_address("--page", raw.page, 1);
  if (auto* exit = std::get_if<Exit>(&address)) return std::move(*exit);
  options.page_host = std::get<HostPort>(address).host;
  options.page_port = *std::get<HostPort>(address).port;
  if (http::is_loopback(options.page_host)) return std::nullopt;
  return refuse("--page", "'" + options.page_host +
                              "' is not a loopback address: the page asks for no password (as 127.0.0.1:8090; "
                              "elsewhere, ssh -L 8090:127.0.0.1:8090 brings it)");
}

std::optional<Exit> set_web(const Raw& raw, phone::FleetOptions& options) {
  if (!raw.web.empty()) {
    std::string_view web = raw.web;
    constexpr std::string_view http = "http://";
    constexpr std::string_view https = "https://";
    options.web_tls = web.starts_with(https);
    if (options.web_tls || web.starts_with(http)) web.remove_prefix(options.web_tls ? https.size() : http.size());
    auto address = read_web_address("--web", web, raw.count);
    if (auto* exit = std::get_if<Exit>(&address)) return std::move(*exit);
    options.web_host = std::get<HostPort>(address).host;
    options.web_port = *std::get<HostPort>(address).port;
  }
  if (!raw.web_redirect.empty()) {
    if (!options.web_tls) return refuse("--web-redirect", "needs --web https://HOST:PORT, where it redirects to");
    auto address = read_web_address("--web-redirect", raw.web_redirect, raw.count);
    if (auto* exit = std::get_if<Exit>(&address)) return std::move(*exit);
    options.web_redirect_host = std::get<HostPort>(address).host;
    options.web_redirect_port = *std::get<HostPort>(address).port;
  }
  if (raw.web_auth == "none") return std::nullopt;
  if (raw.web_user.empty() || raw.web_password.empty()) {
    return refuse("--web-auth", raw.web_auth + " needs --web-user and --web-password");
  }
  options.web.scheme = raw.web_auth == "basic"    ? phone::WebScheme::basic
                       : raw.web_auth == "digest" ? phone::WebScheme::digest
                                                  : phone::WebScheme::digest_sha256;
  options.web.user = raw.web_user;
  options.web.password = raw.web_password;
  return std::nullopt;
}

/// A SIP URI without anything that has no place in one.
bool is_watchable(const std::string& uri) {
  return (uri.starts_with("sip:") || uri.starts_with("sips:")) && uri.find('@') != std::string::npos &&
         uri.find_first_of(" \t\r\n<>\"") == std::string::npos;
}

std::optional<Exit> set_watched_keys(const Raw& raw, phone::FleetOptions& options) {
  options.watched_list = raw.watched_list;
  if (!raw.watched_list.empty() && !is_watchable(raw.watched_list)) {
    return refuse("--blf-list", "'" + raw.watched_list + "' is no SIP URI (as sip:snom+{user}-*@example.com)");
  }
  for (const std::string& text : raw.watched_keys) {
    const auto equals = text.find('=');
    const std::string key = text.substr(0, equals);
    const std::string uri = equals == std::string::npos ? "" : text.substr(equals + 1);
    if (key.empty() || !is_watchable(uri)) {
      return refuse("--blf", "'" + text + "' is not KEY=URI (as 2=sip:1001@example.com)");
    }
    options.watched_keys.emplace_back(key, uri);
  }
  return std::nullopt;
}

/// What SIP over TLS trusts and shows.
std::optional<Exit> set_tls(const Raw& raw, phone::FleetOptions& options) {
  const auto only_with = [&raw](const std::string& option, const std::string& value) -> std::optional<Exit> {
    if (value.empty() || raw.transport == "tls") return std::nullopt;
    return refuse(option, "needs --transport tls");
  };
  if (auto exit = only_with("--ca-file", raw.ca_file)) return exit;
  if (auto exit = only_with("--certificate", raw.certificate)) return exit;
  if (auto exit = only_with("--key", raw.key)) return exit;
  if (raw.certificate.empty() != raw.key.empty()) return refuse("--certificate", "give it and --key together");
  if (!raw.ca_file.empty()) {
    if (const auto checked = http::check_ca_file(raw.ca_file); !checked) {
      return refuse("--ca-file", "expected " + checked.error());
    }
    options.tls.authorities = file::read(raw.ca_file).value_or("");
  }
  if (raw.certificate.empty()) return std::nullopt;
  auto certificate = file::read(raw.certificate, file::secret_limit);
  if (!certificate) return refuse("--certificate", certificate.error());
  auto key = file::read(raw.key, file::secret_limit);
  if (!key) return refuse("--key", key.error());
  options.tls.identity = {std::move(*certificate), std::move(*key)};
  if (const auto usable = tls::make_server_context(options.tls.identity); !usable) {
    return refuse("--certificate", usable.error());
  }
  return std::nullopt;
}

std::optional<Exit> set_settings(const Raw& raw, phone::FleetOptions& options) {
  options.settings = raw.settings;
  options.settings_ca_file = raw.settings_ca;
  if (!raw.settings_ca.empty()) {
    if (!phone::is_web_url(raw.settings)) return refuse("--provision-ca", "needs --provision https://...");
    if (const auto checked = http::check_ca_file(raw.settings_ca); !checked) {
      return refuse("--provision-ca", "expected " + checked.error());
    }
  }
  const bool is_clean =
      std::none_of(raw.settings.begin(), raw.settings.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (!is_clean) return refuse("--provision", "holds a control character");
  return std::nullopt;
}

std::variant<phone::FleetOptions, Exit> check(const Raw& raw) {
  phone::FleetOptions options;
  const auto server = parse_host_port(raw.server);
  if (!server || server->port == std::uint16_t{0}) {
    return refuse("--server", "'" + raw.server + "' is not HOST or HOST:PORT");
  }
  options.server_host = server->host;
  options.server_port = server->port.value_or(raw.transport == "tls" ? sip::default_tls_port : sip::default_port);
  options.transport = raw.transport;
  if (auto exit = set_tls(raw, options)) return *exit;
  options.listen = raw.listen;
  options.domain = raw.domain.empty() ? server->host : raw.domain;
  if (!is_plain(options.domain)) return refuse("--domain", "'" + options.domain + "' is not a host name or address");
  options.realm = raw.realm;
  if (!is_plain(raw.user)) return refuse("--user", "'" + raw.user + "' is not a SIP user name");
  auto users = count_up(raw.user, raw.count);
  if (!users) return refuse("--count", "counts up from --user, and '" + raw.user + "' is not a number");
  options.users = std::move(*users);
  auto password = read_password(raw);
  if (const auto* exit = std::get_if<Exit>(&password)) return *exit;
  options.password = std::get<std::string>(std::move(password));
  options.expires = std::chrono::seconds(raw.expires);
  options.rate = raw.rate;
  options.model = phone::model_by_name(raw.model);
  if (options.model.identity.name.empty() || !is_plain(raw.model)) {
    return refuse("--model", "'" + raw.model + "' is not a Snom's model (as 370, D862 or snom370/8.7.5.35)");
  }
  options.expansion_keys = raw.expansion_keys;
  if (raw.press_type == "text") options.press_type = "text/plain";
  if (raw.press_type == "none") options.press_type.clear();
  options.reboot_time = std::chrono::milliseconds(raw.reboot_time);
  if (raw.answer_after) options.answer_after = std::chrono::milliseconds(*raw.answer_after);
  if (auto exit = set_watched_keys(raw, options)) return *exit;
  if (auto exit = set_settings(raw, options)) return *exit;
  if (auto exit = set_web(raw, options)) return *exit;
  if (auto exit = set_page(raw, options)) return *exit;
  const auto faults = phone::parse_faults(raw.fault);
  if (!faults) return refuse("--fault", faults.error());
  options.faults = *faults;
  const auto quirks = phone::parse_quirks(raw.quirk);
  if (!quirks) return refuse("--quirk", quirks.error());
  options.quirks = *quirks;
  options.filter_registrar = raw.filter_registrar == "on";
  options.quiet = raw.quiet;
  return options;
}

}  // namespace

std::variant<phone::FleetOptions, Exit> parse_options(int argc, const char* const* argv) {
  CLI::App app(
      "A virtual Snom, or many: registers at a SIP server, takes lights and labels for its keys, presses "
      "them, calls and is called. Tells what happens as one JSON object a line.",
      "snomphone");
  Raw raw;
  app.set_version_flag("--version", "snomphone " SNOM_VERSION);
  describe(app, raw);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Exit{0, app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Exit{0, std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    const bool is_only_unknown = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
    return Exit{wrong_usage, language::wrong_arguments(is_only_unknown ? "" : error.what(), app.remaining()) +
                                 "snomphone --help tells all options.\n"};
  }
  return check(raw);
}

}  // namespace snom::snomphone
