#include "snomctl/probe_findings.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "control/phone_selector.h"
#include "language/text.h"

namespace snom::snomctl {
namespace {

using language::Colour;

constexpr std::array<std::string_view, 5> rhythms{"dark", "steady", "slow", "medium", "fast"};
constexpr std::array<std::string_view, 3> colour_names{"red", "green", "orange"};
constexpr std::string_view found_by = "F probe";

template <typename Words>
bool is_one_of(const Words& words, std::string_view text) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string yes_or_no(const std::optional<bool>& found) {
  if (!found) return "not known";
  return *found ? "yes" : "no";
}

std::string shown(const Look& look) {
  if (look.rhythm.empty()) return "not seen";
  return look.colour.empty() ? look.rhythm : look.rhythm + " " + look.colour;
}

/// Which colours came out as they were asked for, of either channel.
std::vector<std::string> true_colours(const Findings& findings) {
  std::vector<std::string> true_ones;
  for (const Colour colour : {Colour::red, Colour::green, Colour::orange}) {
    const std::string name(to_string(colour));
    for (const auto* found : {&findings.colours, &findings.led_colours}) {
      const auto seen = found->find(colour);
      if (seen == found->end() || seen->second != name) continue;
      true_ones.push_back(name);
      break;
    }
  }
  return true_ones;
}

std::string known_colours(const std::optional<language::LedColours>& colours) {
  if (!colours) return "?";
  std::vector<std::string_view> names;
  if (colours->red) names.emplace_back("red");
  if (colours->green) names.emplace_back("green");
  if (colours->orange) names.emplace_back("orange");
  return fmt::format("{}", fmt::join(names, " "));
}

/// Name of a setting in a line of TOML: "keys" of `keys = "led"   # why`.
std::string_view setting_of(std::string_view line) {
  const auto equals = line.find('=');
  return equals == std::string_view::npos ? std::string_view() : language::trimmed(line.substr(0, equals));
}

/// Its value, when that is a plain text in quotes of either kind.
std::string_view text_of(std::string_view line) {
  const auto open = line.find_first_of("\"'", line.find('='));
  if (open == std::string_view::npos) return {};
  const auto close = line.find(line[open], open + 1);
  return close == std::string_view::npos ? std::string_view() : line.substr(open + 1, close - open - 1);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

std::optional<Look> parse_look(std::string_view answer) {
  Look look;
  const auto text = language::lower_case(language::trimmed(answer));
  const auto blank = std::min(text.find(' '), text.size());
  look.rhythm = text.substr(0, blank);
  look.colour = language::trimmed(std::string_view(text).substr(blank));
  if (look.rhythm == "off" || look.rhythm == "none") look.rhythm = "dark";
  if (look.rhythm == "on") look.rhythm = "steady";
  if (!is_one_of(rhythms, look.rhythm) || (!look.colour.empty() && !is_one_of(colour_names, look.colour))) {
    return std::nullopt;
  }
  if (look.rhythm == "dark") look.colour.clear();
  return look;
}

std::string keys_setting(const Findings& findings) {
  if (findings.takes_buttons.value_or(false)) return "auto";
  if (findings.takes_subscription.value_or(false)) return "subscription";
  if (findings.takes_leds.value_or(false)) return "led";
  return {};
}

std::string channel_setting(const Findings& findings) {
  const bool only_notify = findings.has_http == false && findings.leds_status >= 200 && findings.leds_status < 300;
  return only_notify ? "notify" : "auto";
}

std::string model_row(const Findings& findings, const language::ModelTraits& before) {
  const auto offset = findings.led_offset ? std::to_string(*findings.led_offset)
                      : before.led_offset ? std::to_string(*before.led_offset)
                                          : "?";
  const auto colours = true_colours(findings);
  const auto silent = before.silent_xml_since ? fmt::format("{}", fmt::join(*before.silent_xml_since, ".")) : "no";
  const auto takes = findings.takes_buttons ? findings.takes_buttons : before.takes_buttons;
  const auto* const buttons = !takes ? "?" : *takes ? "yes" : "no";
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", findings.model, before.family,
                     before.function_keys, before.sources.function_keys, before.expansion, before.expansion_keys,
                     before.expansion_modules, before.sources.expansion, offset,
                     findings.led_offset ? found_by : before.sources.led_offset,
                     colours.empty() ? known_colours(before.colours) : fmt::format("{}", fmt::join(colours, " ")),
                     colours.empty() ? before.sources.colours : found_by,
                     findings.has_http.value_or(before.has_http_control) ? "yes" : "no",
                     findings.has_http ? found_by : before.sources.http_control, silent, before.sources.silent_xml,
                     findings.firmware.empty() ? std::string(before.firmware) : findings.firmware,
                     findings.firmware.empty() ? before.sources.firmware : found_by, buttons,
                     findings.takes_buttons ? found_by : before.sources.x_buttons);
}

std::string report(const Findings& findings, const language::ModelTraits& before) {
  auto text = fmt::format("snomctl probe: snom{} with firmware {}\n\n", findings.model,
                          findings.firmware.empty() ? "that it does not tell" : findings.firmware);
  const auto say = [&](std::string_view what, const std::string& found) {
    text += fmt::format("{:<40} {}\n", what, found);
  };
  const auto status = [](int answered) { return answered == 0 ? std::string("none") : std::to_string(answered); };
  say("x-buttons light a key", yes_or_no(findings.takes_buttons));
  say("  its answer", status(findings.buttons_status));
  say("  its answer for a key that it has not", status(findings.unknown_key_status));
  for (const auto& [light, look] : findings.looks) say(fmt::format("  light {}", to_string(light)), shown(look));
  for (const auto& [colour, seen] : findings.colours) say(fmt::format("  colour {}", to_string(colour)), seen);
  say("  the label is shown", yes_or_no(findings.shows_label));
  say("  a=message sends a MESSAGE", yes_or_no(findings.sends_press));
  if (findings.sends_press.value_or(false)) {
    say("    its Content-Type", findings.press_type.empty() ? "none" : findings.press_type);
    say("    its body", findings.press_body.empty() ? "none" : findings.press_body);
  }
  say("  a=invite calls", yes_or_no(findings.calls_number));
  say("  lights survive a reboot", yes_or_no(findings.lights_survive_reboot));
  say("LEDs by NOTIFY", yes_or_no(findings.takes_leds));
  say("  its answer", status(findings.leds_status));
  say("  number of P1's LED", findings.led_offset ? std::to_string(*findings.led_offset) : "not known");
  for (const auto& [colour, seen] : findings.led_colours) say(fmt::format("  colour {}", to_string(colour)), seen);
  say("keys that subscribe", yes_or_no(findings.takes_subscription));
  say("remote control by HTTP", yes_or_no(findings.has_http));
  say("  its page presses a key", yes_or_no(findings.is_pressed_by_http));
  say("a NOTIFY presses a key", yes_or_no(findings.is_pressed_by_notify));
  text +=
      fmt::format("\nThe row for src/language/models.csv:\n\n{}\n\nWhat was tried:\n\n", model_row(findings, before));
  for (const auto& trial : findings.trials) {
    text += fmt::format("{:<44} {:<4} {}{}{}\n", trial.name, trial.status == 0 ? "-" : std::to_string(trial.status),
                        trial.status == 0 ? trial.reason : "", trial.seen.empty() ? "" : "seen: ", trial.seen);
  }
  return text;
}

std::string with_channel(std::string_view configuration, const Findings& findings) {
  const auto keys = fmt::format("keys = \"{}\"", keys_setting(findings));
  const auto channel = fmt::format("channel = \"{}\"", channel_setting(findings));
  auto lines = lines_of(configuration);
  // Where a table begins that is a [[channel]] of the model alone, and where it ends.
  for (std::size_t begin = 0; begin < lines.size(); ++begin) {
    if (!language::trimmed(lines[begin]).starts_with("[[channel]]")) continue;
    auto end = begin + 1;
    while (end < lines.size() && !language::trimmed(lines[end]).starts_with('[')) ++end;
    bool is_its = false;
    for (auto i = begin + 1; i < end; ++i) {
      if (setting_of(lines[i]) == "user") is_its = false, i = end - 1;
      if (setting_of(lines[i]) == "model") is_its = control::plain_model(text_of(lines[i])) == findings.model;
    }
    if (!is_its) continue;
    bool has_keys = false;
    bool has_channel = false;
    auto last = begin;
    for (auto i = begin + 1; i < end; ++i) {
      if (setting_of(lines[i]) == "keys") lines[i] = keys, has_keys = true;
      if (setting_of(lines[i]) == "channel") lines[i] = channel, has_channel = true;
      if (!language::trimmed(lines[i]).empty()) last = i;
    }
    if (!has_channel) lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(last) + 1, channel);
    if (!has_keys) lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(last) + 1, keys);
    return fmt::format("{}\n", fmt::join(lines, "\n"));
  }
  std::string text(configuration);
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  return text + fmt::format("\n[[channel]]  # snomctl probe, firmware {}\nmodel = \"{}\"\n{}\n{}\n",
                            findings.firmware.empty() ? "not told" : findings.firmware, findings.model, channel, keys);
}

}  // namespace snom::snomctl
