#include "asterisk/device_lamps.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "language/command_line.h"
#include "language/text.h"

namespace snom::asterisk {
namespace {

using language::Light;

constexpr std::chrono::milliseconds answer_limit{5000};
constexpr std::size_t longest_text = 32;

struct StateLight {
  std::string_view state;
  Light light;
};
constexpr std::array state_lights = {
    StateLight{"UNKNOWN", Light::off},    StateLight{"NOT_INUSE", Light::off},
    StateLight{"INUSE", Light::on},       StateLight{"BUSY", Light::on},
    StateLight{"INVALID", Light::off},    StateLight{"UNAVAILABLE", Light::offline},
    StateLight{"RINGING", Light::pickup}, StateLight{"RINGINUSE", Light::pickup},
    StateLight{"ONHOLD", Light::hold},
};

constexpr std::string_view parked = "park:";

std::string_view first_said(const AmiMessage& message, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const auto value = message.get(name);
    if (!value.empty() && value != "<unknown>") return value;
  }
  return {};
}

/// Whether "park:701@<context>" is a space of the lot: `parkedcalls` is the context of the lot `default`, and of any
/// other one its name is taken to be. Nothing tells a lot's context.
bool is_of_lot(std::string_view context, std::string_view lot) {
  const bool is_default = lot.empty() || lot == "default";
  return context == (is_default ? "parkedcalls" : lot);
}

/// Cut where a character ends.
std::string shortened(std::string_view text) {
  auto shown = language::printable(text);
  if (shown.size() <= longest_text) return shown;
  std::size_t end = longest_text;
  while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xc0U) == 0x80U) --end;
  return shown.substr(0, end);
}

}  // namespace

bool is_device_state(std::string_view state) {
  return std::ranges::find(state_lights, state, &StateLight::state) != state_lights.end();
}

Light usual_light(std::string_view device, std::string_view state) {
  const auto* const found = std::ranges::find(state_lights, state, &StateLight::state);
  const Light light = found == state_lights.end() ? Light::off : found->light;
  return light == Light::on && device.starts_with(parked) ? Light::park : light;
}

bool is_device_name(std::string_view text) {
  constexpr std::size_t longest = 200;
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > ' ' && c != 0x7f && std::string_view("()\",\\").find(static_cast<char>(c)) == std::string_view::npos;
  });
}

DeviceLamps::DeviceLamps(std::vector<DeviceLamp> lamps, Ami& ami, Run run, Shown shown, Log warn)
    : lamps_(std::move(lamps)),
      told_(lamps_.size()),
      ami_(ami),
      run_(std::move(run)),
      shown_(std::move(shown)),
      warn_(std::move(warn)) {
  for (std::size_t i = 0; i < lamps_.size(); ++i) {
    devices_[lamps_[i].device].lamps.push_back(i);
    ++lamps_of_key_[{lamps_[i].phone, lamps_[i].key}];
  }
}

void DeviceLamps::connected() {
  ++connection_;
  for (auto& [name, device] : devices_) {
    device.text.clear();
    device.asking = false;
  }
  ask_all();
}

void DeviceLamps::ask_all() {
  for (auto& [name, device] : devices_) {
    device.compare = true;
    ask(name);
  }
}

void DeviceLamps::event(const AmiMessage& message) {
  const auto name = message.get("Event");
  if (name == "DeviceStateChange") {
    const auto device = devices_.find(message.get("Device"));
    if (device != devices_.end()) ask(device->first);
  } else if (name == "ParkedCall") {
    const auto space = fmt::format("{}{}@", parked, message.get("ParkingSpace"));
    const auto who = first_said(message, {"ParkeeCallerIDName", "ParkeeCallerIDNum"});
    for (const auto& [device, kept] : devices_) {
      const bool is_this = device.starts_with(space) &&
                           is_of_lot(std::string_view(device).substr(space.size()), message.get("Parkinglot"));
      if (is_this) note(device, who);
    }
  } else if (name == "QueueMemberPause") {
    const auto why =
        message.get("Paused") == "1" ? first_said(message, {"PausedReason", "Reason"}) : std::string_view();
    note(fmt::format("Queue:{}_pause_{}", message.get("Queue"), message.get("Interface")), why);
  }
}

void DeviceLamps::note(const std::string& name, std::string_view text) {
  const auto device = devices_.find(name);
  if (device == devices_.end()) return;
  device->second.text = shortened(text);
  ask(device->first);
}

void DeviceLamps::ask(const std::string& name) {
  Device& device = devices_.find(name)->second;
  if (device.asking) {
    device.again = true;
    return;
  }
  device.asking = true;
  device.again = false;
  ami_.ask("Getvar", {{"Variable", fmt::format("DEVICE_STATE({})", name)}}, answer_limit,
           lifetime_.guard([this, name, connection = connection_](const Ami::Answer& answer) {
             if (connection != connection_) return;
             Device& asked = devices_.find(name)->second;
             asked.asking = false;
             learn(name, asked, answer);
             if (asked.again) ask(name);
           }));
}

void DeviceLamps::learn(const std::string& name, Device& device, const Ami::Answer& answer) {
  const auto state = answer.response.get("Value");
  if (!answer.ok || !is_device_state(state)) {
    if (!answer.lost && !answer.response.fields.empty() && !std::exchange(device.complained, true)) {
      warn_(fmt::format("device {}: Asterisk does not tell its state (write = reporting is needed): {}", name,
                        answer.ok ? language::printable(state) : answer.message));
    }
    return;
  }
  if (state == "INVALID" && !std::exchange(device.complained, true)) {
    warn_(fmt::format("device {}: Asterisk knows no such device", name));
  }
  const bool was_in_use = std::exchange(device.in_use, usual_light(name, state) != Light::off);
  // What an event told while it was asked is of what the next answer says.
  if (was_in_use && !device.in_use && !device.again) device.text.clear();
  const bool compare = std::exchange(device.compare, false);
  for (const std::size_t i : device.lamps) {
    const DeviceLamp& lamp = lamps_[i];
    const auto own = lamp.lights.find(state);
    const Light light = own != lamp.lights.end() ? own->second : usual_light(name, state);
    auto line = fmt::format("snom_button {} {} light={}", language::quote_argument(lamp.phone),
                            language::quote_argument(lamp.key), language::to_string(light));
    const bool says_who = lamp.who && light != Light::off && !device.text.empty();
    const bool has_label = !lamp.label.empty() || lamp.who;
    const auto label =
        says_who ? fmt::format("{}{}{}", lamp.label, lamp.label.empty() ? "" : " ", device.text) : lamp.label;
    if (has_label) line += " " + language::quote_argument("label=" + label);
    const bool was_told = std::exchange(told_[i], line) == line;
    if (was_told && (!compare || is_shown(lamp, light, has_label ? &label : nullptr))) continue;
    run_(lamp, line, lifetime_.guard([this, i, line] {
      if (told_[i] == line) told_[i].clear();
    }));
  }
}

bool DeviceLamps::is_shown(const DeviceLamp& lamp, Light light, const std::string* label) const {
  // Of several lamps that one key is, the last that changed counts.
  if (!shown_ || lamps_of_key_.at({lamp.phone, lamp.key}) > 1) return true;
  const auto shown = shown_(lamp.phone, lamp.key);
  return shown.light == light && (label == nullptr || shown.label == *label);
}

}  // namespace snom::asterisk
