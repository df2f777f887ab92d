#include "snomctl/read_layout.h"

#include "language/button.h"
#include "targets.h"

namespace snom::fuzz {
namespace {

/// "1000..9999999@a" is as many phones as the limits of a file allow, with as many keys: minutes for a fuzzer, and a
/// unit test's business. Here a range has 1,000 phones at most.
bool has_wide_range(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  for (auto dots = text.find(".."); dots != std::string_view::npos; dots = text.find("..", dots + 1)) {
    const auto before = text.substr(0, dots).find_last_not_of(digits);
    const std::string from(text.substr(before + 1, dots - before - 1));
    const std::string to(text.substr(dots + 2, text.find_first_not_of(digits, dots + 2) - dots - 2));
    if (from.size() > 9 || to.size() > 9) return true;
    if (!from.empty() && !to.empty() && std::stol(to) - std::stol(from) > 999) return true;
  }
  return false;
}

bool same_keys(const layout::PhoneKeys& a, const layout::PhoneKeys& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.button == other.second.button &&
           one.second.number_hidden == other.second.number_hidden;
  });
}

bool same_layout(const layout::Layout& a, const layout::Layout& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.first == other.first && same_keys(one.second, other.second);
  });
}

}  // namespace

void read_layout(std::string_view input, layout::LayoutFormat format) {
  if (has_wide_range(input)) return;
  const auto layout = layout::parse_layout(input, "desk", format);
  if (!layout) {
    must(!layout.error().empty(), "what is refused has an error");
    for (const auto& error : layout.error()) must_be_one_line(error);
    return;
  }
  for (const auto& [phone, keys] : *layout) {
    for (const auto& [name, key] : keys) {
      must(name == key.button.key, "a key stands under its name");
      must(language::validate(key.button).has_value(), "a layout's keys are valid");
    }
  }
  if (layout->empty()) return;  // a file that says nothing is not written
  for (const auto other : {layout::LayoutFormat::toml, layout::LayoutFormat::csv}) {
    const auto again = layout::parse_layout(layout::write_layout(*layout, other), "again", other);
    must(again && same_layout(*again, *layout), "a layout is read back as it was written");
  }
  const auto difference = layout::compare({}, *layout, "desk");
  for (const auto& change : difference.phones) (void)layout::show_change(change);
  must(layout::compare(*layout, *layout, "desk").phones.empty(), "a layout does not differ from itself");
}

}  // namespace snom::fuzz
