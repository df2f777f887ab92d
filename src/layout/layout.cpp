#include "layout/layout.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "control/commands/redact.h"
#include "language/command_line.h"
#include "language/refused.h"
#include "language/text.h"
#include "layout/layout_builder.h"

namespace snom::layout {
namespace {

using language::Button;

template <typename Named>
std::string name_of(const std::optional<Named>& value) {
  return value ? std::string(to_string(*value)) : std::string();
}

/// What the layout wants changed of a key; `present` may be empty.
std::vector<PropertyChange> changes_of(const LayoutKey& present, const LayoutKey& wanted) {
  std::vector<PropertyChange> changes;
  const auto compare = [&changes](std::string_view name, std::string before, std::string after) {
    if (before != after) changes.push_back({name, std::move(before), std::move(after)});
  };
  const Button& before = present.button;
  const Button& after = wanted.button;
  if (after.light) compare("light", name_of(before.light), name_of(after.light));
  compare("color", name_of(before.colour), name_of(after.colour));
  compare("label", before.label, after.label);
  // Both are the same number with its password cut off, or this one would put the cut form in the place of the whole.
  compare("number", before.number, after.number);
  compare("action", name_of(before.action), name_of(after.action));
  compare("caller", before.caller, after.caller);
  return changes;
}

}  // namespace

tl::expected<LayoutFormat, std::string> layout_format(std::string_view file) {
  const auto name = language::lower_case(file);
  if (name.ends_with(".toml")) return LayoutFormat::toml;
  if (name.ends_with(".csv")) return LayoutFormat::csv;
  return tl::unexpected(fmt::format("{} ends neither in .toml nor in .csv, which says how it is written",
                                    language::in_quotes_to_its_blank(file)));
}

tl::expected<Layout, std::vector<std::string>> parse_layout(std::string_view text, const std::string& name,
                                                            LayoutFormat format, LayoutLimits limits,
                                                            std::stop_token stop) {
  auto whole = parse_whole_layout(text, name, format, limits, std::move(stop));
  if (!whole) return tl::unexpected(std::move(whole.error()));
  return std::move(whole->keys);
}

tl::expected<WholeLayout, std::vector<std::string>> parse_whole_layout(std::string_view text, const std::string& name,
                                                                       LayoutFormat format, LayoutLimits limits,
                                                                       std::stop_token stop) {
  LayoutBuilder builder(name, limits, std::move(stop));
  if (const auto foreign = language::why_not_utf8(text)) {
    builder.complain(foreign->line, foreign->what);
  } else if (format == LayoutFormat::toml) {
    read_toml_layout(text, name, builder);
  } else {
    read_csv_layout(text, builder);
  }
  return std::move(builder).finish();
}

std::string write_layout(const Layout& layout, LayoutFormat format) {
  return format == LayoutFormat::toml ? write_toml_layout(layout) : write_csv_layout(layout);
}

Difference compare(const Layout& present, const Layout& wanted, const std::string& name, const std::stop_token& stop) {
  Difference difference;
  for (const auto& [phone, keys] : wanted) {
    if (stop.stop_requested()) break;
    const auto known = present.find(phone);
    PhoneChange change{phone, {}};
    for (const auto& [key, wanted_key] : keys) {
      const LayoutKey* before = nullptr;
      if (known != present.end()) {
        if (const auto found = known->second.find(key); found != known->second.end()) before = &found->second;
      }
      if (wanted_key.number_hidden &&
          (before == nullptr || !before->number_hidden || before->button.number != wanted_key.button.number)) {
        difference.impossible.push_back(fmt::format(
            "{}:{}: number: key {} of {} has a password that was left out when it was exported, and snomd has not got "
            "it either: write the whole number, without number_hidden",
            name, wanted_key.line, control::action_without_password(key), phone));
        continue;
      }
      auto properties = changes_of(before == nullptr ? LayoutKey{} : *before, wanted_key);
      // A new key that is all empty is a key that is off.
      if (before == nullptr && properties.empty()) properties.push_back({"light", "", "off"});
      if (properties.empty()) {
        ++difference.same_keys;
      } else {
        change.keys.push_back({key, before == nullptr, std::move(properties)});
      }
    }
    if (!change.keys.empty()) difference.phones.push_back(std::move(change));
  }
  return difference;
}

std::string command_line(const PhoneChange& change) {
  auto line = fmt::format("{} {}", control::button_name, language::quote_argument(change.phone));
  for (const auto& key : change.keys) {
    line += ' ' + language::quote_argument(key.key);
    for (const auto& [name, before, after] : key.properties) {
      line += fmt::format(" {}={}", name, after.empty() ? "" : language::quote_argument(after));
    }
  }
  return line;
}

std::string show_change(const PhoneChange& change) {
  std::string out;
  for (const auto& key : change.keys) {
    out +=
        fmt::format("{} key {}{}", change.phone, control::action_without_password(key.key), key.is_new ? " (new)" : "");
    std::string_view separator = ": ";
    for (const auto& [name, before, after] : key.properties) {
      const auto shown = control::action_without_password(after);
      out.append(separator).append(name);
      if (!key.is_new) out += fmt::format(" '{}' ->", control::action_without_password(before));
      out += fmt::format(" '{}'{}", shown, shown == after ? "" : " and a password");
      separator = ", ";
    }
    out += '\n';
  }
  return out;
}

KeyOutcome outcome(const KeyChange& change, const LayoutKey* now, KeyOutcome state) {
  if (now == nullptr || state == KeyOutcome::failed) return KeyOutcome::failed;
  const Button& button = now->button;
  for (const auto& [name, before, after] : change.properties) {
    const auto is = name == "light"    ? name_of(button.light)
                    : name == "color"  ? name_of(button.colour)
                    : name == "action" ? name_of(button.action)
                    : name == "label"  ? button.label
                    : name == "caller" ? button.caller
                                       : button.number;
    if (is != (name == "number" ? control::action_without_password(after) : after)) return KeyOutcome::failed;
  }
  return state;
}

}  // namespace snom::layout
