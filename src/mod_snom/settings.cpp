#include "mod_snom/settings.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "cluster/node_name.h"
#include "http/ca_file.h"
#include "language/text.h"
#include "store/open_store.h"

namespace snom::freeswitch {
namespace {

using Result = tl::expected<void, std::string>;

Result wrong(std::string_view name, std::string_view value, std::string_view expected) {
  return tl::unexpected(fmt::format("snom.conf.xml: {}: '{}' (expected {})", name, value, expected));
}

Result read_switch(std::string_view name, std::string_view value, bool& into) {
  using language::equal_ignoring_case;
  for (const auto* yes : {"true", "yes", "on", "1"}) {
    if (equal_ignoring_case(value, yes)) return into = true, Result{};
  }
  for (const auto* no : {"false", "no", "off", "0"}) {
    if (equal_ignoring_case(value, no)) return into = false, Result{};
  }
  return wrong(name, value, "true or false");
}

std::optional<long> whole_number(std::string_view value, long least, long most) {
  long number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < least || number > most) return {};
  return number;
}

template <typename Number>
Result read_number(std::string_view name, std::string_view value, long least, long most, Number& into) {
  const auto number = whole_number(value, least, most);
  if (!number) return wrong(name, value, fmt::format("a number from {} to {}", least, most));
  into = static_cast<Number>(*number);
  return {};
}

Result read_time(std::string_view name, std::string_view value, long least, long most,
                 std::chrono::milliseconds& into) {
  const auto number = whole_number(value, least, most);
  if (!number) return wrong(name, value, fmt::format("milliseconds from {} to {}", least, most));
  into = std::chrono::milliseconds(*number);
  return {};
}

/// "notify", or for some phones only, as many as there are: "auto, model:D385=notify, user:1000@example.com=http".
/// `assign` takes the word for a channel, or does not know it.
Result read_channels(std::string_view name, std::string_view value, std::string_view expected, Settings& s,
                     bool (*assign)(std::string_view, control::ChannelSettings::Entry&)) {
  std::string_view rest = value;
  for (;;) {
    const auto comma = std::min(rest.find(','), rest.size());
    auto one = rest.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    control::ChannelSettings::Entry entry;
    if (const auto equals = one.rfind('='); equals != std::string_view::npos) {
      const auto whose = one.substr(0, equals);
      constexpr std::string_view user = "user:";
      constexpr std::string_view model = "model:";
      if (whose.starts_with(user)) entry.user = whose.substr(user.size());
      if (whose.starts_with(model)) entry.model = whose.substr(model.size());
      if (entry.user.empty() && entry.model.empty()) return wrong(name, value, expected);
      one.remove_prefix(equals + 1);
    }
    if (!assign(one, entry)) return wrong(name, value, expected);
    s.channels.push_back(std::move(entry));
    if (comma == rest.size()) return {};
    rest.remove_prefix(comma + 1);
  }
}

Result read_channel(std::string_view value, Settings& s) {
  return read_channels("channel", value, "auto, http or notify, or for some phones user:1000=http, model:D385=notify",
                       s, [](std::string_view word, control::ChannelSettings::Entry& entry) {
                         using Commands = control::ChannelSettings::Commands;
                         if (word == "auto") return entry.commands = Commands::automatic, true;
                         if (word == "http") return entry.commands = Commands::http, true;
                         if (word == "notify") return entry.commands = Commands::notify, true;
                         return false;
                       });
}

Result read_keys(std::string_view value, Settings& s) {
  return read_channels("keys", value, "auto or led, or for some phones user:1000=led, model:D862=led", s,
                       [](std::string_view word, control::ChannelSettings::Entry& entry) {
                         using Keys = control::ChannelSettings::Keys;
                         if (word == "auto") return entry.keys = Keys::automatic, true;
                         if (word == "led") return entry.keys = Keys::led, true;
                         return false;
                       });
}

Result read_folder(std::string_view name, std::string_view value, std::string& into) {
  std::error_code failed;
  if (!value.empty() && !std::filesystem::is_directory(value, failed)) {
    return wrong(name, value, "a folder that is there, or nothing");
  }
  into = value;
  return {};
}

/// It may hold a password: what is wrong is not repeated.
Result read_store_url(std::string_view value, std::string& into) {
  into = value;
  if (value.empty()) return {};
  if (const auto good = store::check_url(into); !good) return wrong("store-url", "...", good.error());
  return {};
}

Result read_node_name(std::string_view value, std::string& into) {
  if (!value.empty() && !cluster::is_node_name(value)) {
    return wrong("node-name", value,
                 "a name of this FreeSWITCH, such as fs1: letters, digits, - _ . and at most 64, or nothing");
  }
  into = value;
  return {};
}

Result read(std::string_view name, std::string_view value, Settings& s) {
  if (name == "confirm-delivery") return read_switch(name, value, s.confirm_delivery);
  if (name == "delivery-timeout") return read_time(name, value, 100, 20000, s.delivery_timeout);
  if (name == "action-timeout") return read_time(name, value, 1000, 3600000, s.action_timeout);
  if (name == "max-deliveries") return read_number(name, value, 1, 10000, s.max_deliveries);
  if (name == "http-connect-timeout") return read_time(name, value, 1, 60000, s.connect_timeout);
  if (name == "http-total-timeout") return read_time(name, value, 1, 60000, s.total_timeout);
  if (name == "http-max-redirects") return read_number(name, value, 0, 20, s.max_redirects);
  if (name == "http-max-connections") return read_number(name, value, 1, 10000, s.max_connections);
  if (name == "http-connections-per-phone") return read_number(name, value, 1, 10, s.max_connections_per_phone);
  if (name == "http-verify") {
    using Verify = Settings::Verify;
    if (value == "system") return s.verify = Verify::system, Result{};
    if (value == "pin") return s.verify = Verify::pin, Result{};
    if (value == "off") return s.verify = Verify::off, Result{};
    return wrong(name, value, "system, pin or off");
  }
  if (name == "http-ca-file") return s.ca_file = value, Result{};
  if (name == "confirm-store") return read_switch(name, value, s.confirm_store);
  if (name == "store-url") return read_store_url(value, s.store_url);
  if (name == "node-name") return read_node_name(value, s.node_name);
  if (name == "store-file") return s.store_file = std::string(value), Result{};
  if (name == "http-pin-file") return s.pin_file = value, Result{};
  if (name == "channel") return read_channel(value, s);
  if (name == "keys") return read_keys(value, s);
  if (name == "picture-folder") return read_folder(name, value, s.picture_folder);
  if (name == "xml-pause") return read_time(name, value, 0, 10000, s.xml_pause);
  if (name == "press-mode") {
    if (value == "reference") return s.press_mode = Settings::PressMode::reference, Result{};
    if (value == "direct") return s.press_mode = Settings::PressMode::direct, Result{};
    return wrong(name, value, "reference or direct");
  }
  if (name == "api-door") {
    if (value == "open") return s.api_door = Settings::ApiDoor::open, Result{};
    if (value == "bound") return s.api_door = Settings::ApiDoor::bound, Result{};
    if (value == "closed") return s.api_door = Settings::ApiDoor::closed, Result{};
    return wrong(name, value, "open, bound or closed");
  }
  return tl::unexpected(fmt::format(
      "snom.conf.xml: there is no parameter '{}' (there are confirm-delivery, delivery-timeout, max-deliveries, "
      "press-mode, api-door, http-connect-timeout, http-total-timeout, http-max-redirects, http-max-connections, "
      "http-connections-per-phone, http-verify, http-ca-file, http-pin-file, store-file, store-url, node-name, "
      "confirm-store, channel, keys, xml-pause, picture-folder, action-timeout)",
      name));
}

}  // namespace

control::ReplyWhen Settings::reply_when() const {
  if (confirm_delivery) return control::ReplyWhen::delivered;
  return confirm_store ? control::ReplyWhen::stored : control::ReplyWhen::accepted;
}

tl::expected<Settings, std::string> Settings::from(const Parameters& parameters) {
  Settings settings;
  for (const auto& [name, value] : parameters) {
    if (auto result = read(name, value, settings); !result) return tl::unexpected(std::move(result.error()));
  }
  if (!settings.node_name.empty() && settings.store_url.empty()) {
    return tl::unexpected(
        std::string("snom.conf.xml: node-name needs store-url, the PostgreSQL where all nodes have their keys"));
  }
  if (settings.press_mode == PressMode::direct && settings.api_door == ApiDoor::closed) {
    return tl::unexpected(
        std::string("snom.conf.xml: press-mode 'direct' needs FreeSWITCH's api+ door: set api-door to bound or open"));
  }
  if (settings.verify == Verify::pin && settings.pin_file.empty()) {
    return tl::unexpected(
        std::string("snom.conf.xml: http-verify 'pin' needs http-pin-file, the file to remember certificates in"));
  }
  if (settings.verify != Verify::pin && !settings.pin_file.empty()) {
    return tl::unexpected(std::string("snom.conf.xml: http-pin-file is for http-verify 'pin' only"));
  }
  if (settings.verify != Verify::system && !settings.ca_file.empty()) {
    return tl::unexpected(std::string("snom.conf.xml: http-ca-file is for http-verify 'system' only"));
  }
  if (!settings.ca_file.empty()) {
    if (const auto checked = http::check_ca_file(settings.ca_file); !checked) {
      return tl::unexpected(wrong("http-ca-file", settings.ca_file, checked.error()).error());
    }
  }
  return settings;
}

}  // namespace snom::freeswitch
