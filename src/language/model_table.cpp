#include "language/model_table.h"

#include <algorithm>

namespace snom::language {
namespace {

constexpr ModelTraits rows[] = {
#include "model_rows.inc"
};

}  // namespace

bool LedColours::has(Colour colour) const {
  switch (colour) {
    case Colour::red:
    case Colour::remote:
      return red;
    case Colour::green:
    case Colour::local:
      return green;
    case Colour::orange:
      return orange;
  }
  return false;
}

std::optional<int> ModelTraits::led_of_key(int place) const {
  if (!led_offset || place < 1 || place > function_keys) return std::nullopt;
  return *led_offset + place - 1;
}

const ModelTraits& traits_of(std::string_view model_name) {
  const ModelTraits* best = nullptr;
  std::size_t matched = 0;
  for (const ModelTraits& row : rows) {
    if (row.name == model_name) return row;
    if (!row.name.ends_with('*')) continue;
    const auto prefix = row.name.substr(0, row.name.size() - 1);
    if (model_name.starts_with(prefix) && (best == nullptr || prefix.size() > matched)) {
      best = &row;
      matched = prefix.size();
    }
  }
  static constexpr ModelTraits nothing_known;
  return best != nullptr ? *best : nothing_known;
}

const ModelTraits& traits_of(const PhoneModel& model) { return traits_of(model.name); }

bool has_silent_xml(const PhoneModel& model) {
  const auto& since = traits_of(model).silent_xml_since;
  return since &&
         !std::lexicographical_compare(model.firmware.begin(), model.firmware.end(), since->begin(), since->end());
}

bool has_xml_definitions(const PhoneModel& model) {
  constexpr std::array since{8, 7, 3};
  return !std::lexicographical_compare(model.firmware.begin(), model.firmware.end(), since.begin(), since.end());
}

bool has_xml_definitions(const ModelTraits& traits) {
  const auto model = parse_user_agent("snomX/" + std::string(traits.firmware));
  return model && has_xml_definitions(*model);
}

std::span<const ModelTraits> model_table() { return rows; }

}  // namespace snom::language
