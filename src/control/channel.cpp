#include "control/channel.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "control/phone_selector.h"
#include "control/remote/phone_address.h"
#include "language/model_table.h"

namespace snom::control {
namespace {

/// The value of the entry that says most of this phone, of those that have one.
template <typename Value>
Value best(const std::vector<ChannelSettings::Entry>& entries, const Registration& registration,
           std::optional<Value> ChannelSettings::Entry::*field, Value fallback) {
  const auto address_of_record = registration.address_of_record();
  int most = 0;
  for (const auto& entry : entries) {
    if (!(entry.*field)) continue;
    const int says = how_well_selected(entry.user, entry.model, address_of_record, registration.user_agent);
    if (says <= most) continue;
    most = says;
    fallback = *(entry.*field);
  }
  return fallback;
}

std::string shown(const language::PhoneModel& model) {
  return model.firmware.empty() ? fmt::format("a snom{} that does not tell its firmware", model.name)
                                : fmt::format("a snom{} with firmware {}", model.name, fmt::join(model.firmware, "."));
}

std::string no_silent_xml(const language::PhoneModel& model) {
  const auto& since = language::traits_of(model).silent_xml_since;
  if (!since) return fmt::format("{} takes no Snom XML by NOTIFY", shown(model));
  return fmt::format("{} takes no Snom XML by NOTIFY (firmware {} and later does)", shown(model),
                     fmt::join(*since, "."));
}

}  // namespace

std::string_view to_string(Channel channel) {
  switch (channel) {
    case Channel::buttons:
      return "buttons";
    case Channel::notify:
      return "notify";
    case Channel::http:
      return "http";
    case Channel::subscription:
      return "subscription";
  }
  return "buttons";
}

ChannelSettings::Commands ChannelSettings::commands(const Registration& registration) const {
  return best(entries_, registration, &Entry::commands, Commands::automatic);
}

ChannelSettings::Keys ChannelSettings::keys(const Registration& registration) const {
  return best(entries_, registration, &Entry::keys, Keys::automatic);
}

tl::expected<Channel, std::string> channel_of_commands(const Registration& registration,
                                                       ChannelSettings::Commands wanted) {
  const auto page = web_address(registration);
  if (wanted == ChannelSettings::Commands::http) {
    if (!page) return tl::unexpected(page.error());
    return Channel::http;
  }
  const auto model = language::parse_user_agent(registration.user_agent);
  if (wanted == ChannelSettings::Commands::notify) {
    if (model && !language::has_silent_xml(*model)) return tl::unexpected(no_silent_xml(*model));
    return Channel::notify;
  }
  if (!model || language::traits_of(*model).has_http_control) {
    if (page) return Channel::http;
    if (!model || !language::has_silent_xml(*model)) return tl::unexpected(page.error());
    return Channel::notify;
  }
  if (!language::has_silent_xml(*model)) {
    return tl::unexpected("it has no remote control by HTTP, and " + no_silent_xml(*model));
  }
  return Channel::notify;
}

bool has_leds(const Registration& registration) {
  const auto model = language::parse_user_agent(registration.user_agent);
  return model && language::has_silent_xml(*model) && language::traits_of(*model).led_offset.has_value();
}

std::optional<int> led_of_key(const Registration& registration, std::string_view key) {
  if (!has_leds(registration)) return std::nullopt;
  int place = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), place);
  if (error != std::errc{} || end != key.data() + key.size()) return std::nullopt;
  return language::traits_of(*language::parse_user_agent(registration.user_agent)).led_of_key(place);
}

std::string lost_by_led(const language::Button& button) {
  std::string lost;
  const auto add = [&lost](bool is_set, std::string_view what) {
    if (is_set) lost.append(lost.empty() ? "" : ", ").append(what);
  };
  add(!button.label.empty(), "label");
  add(!button.number.empty(), "action");
  add(!button.caller.empty(), "caller");
  return lost;
}

bool refuses_buttons(int status) {
  constexpr int refusals[] = {405, 415, 489, 501};
  return std::find(std::begin(refusals), std::end(refusals), status) != std::end(refusals);
}

}  // namespace snom::control
