#include <algorithm>
#include <array>
#include <utility>

#include "language/refused.h"
#include "language/snom_xml.h"
#include "language/text.h"

namespace snom::language {
namespace {

using Renamed = std::pair<std::string_view, std::string_view>;

/// Seen to work on phones: F_CANCEL, F_HOLD, F_TRANSFER, F_MUTE, F_DND, F_CONFERENCE. The arrows and REDIAL: names that
/// Snom's own pages and provisioning templates use.
constexpr std::array<Renamed, 11> renamed{{{"CANCEL", "F_CANCEL"},
                                           {"F_R", "F_HOLD"},
                                           {"TRANSFER", "F_TRANSFER"},
                                           {"MUTE", "F_MUTE"},
                                           {"DND", "F_DND"},
                                           {"CONFERENCE", "F_CONFERENCE"},
                                           {"UP", "F_UP"},
                                           {"DOWN", "F_DOWN"},
                                           {"LEFT", "F_LEFT"},
                                           {"RIGHT", "F_RIGHT"},
                                           {"REDIAL", "F_REDIAL"}}};

bool is_key_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '*' || c == '#';
}

}  // namespace

tl::expected<std::string, Error> xml_key_name(std::string_view key) {
  std::string name(key);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  if (name.empty() || name.size() > max_key_bytes || !std::all_of(name.begin(), name.end(), is_key_character)) {
    return tl::unexpected(
        Error{"key", in_quotes_to_its_blank(key) + " is not the name of a key (expected such as F_HOLD, ENTER, 5)"});
  }
  if (name == "OFFHOOK") {
    return tl::unexpected(Error{"key", "OFFHOOK does nothing when it comes as Snom XML (ENTER answers a call)"});
  }
  for (const auto& [typed, xml] : renamed) {
    if (name == typed) return std::string(xml);
  }
  return name;
}

}  // namespace snom::language
