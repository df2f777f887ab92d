#include "phone/key_name.h"

#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace snom::phone {

namespace {

using Named = std::pair<std::string_view, KeyKind>;

constexpr std::array<Named, 21> named_keys{{
    {"CANCEL", KeyKind::cancel},
    {"ENTER", KeyKind::enter},
    {"OFFHOOK", KeyKind::offhook},
    {"ONHOOK", KeyKind::onhook},
    {"RIGHT", KeyKind::right},
    {"LEFT", KeyKind::left},
    {"UP", KeyKind::up},
    {"DOWN", KeyKind::down},
    {"VOLUME_UP", KeyKind::volume_up},
    {"VOLUME_DOWN", KeyKind::volume_down},
    {"MENU", KeyKind::menu},
    {"MUTE", KeyKind::mute},
    {"REDIAL", KeyKind::redial},
    {"DND", KeyKind::dnd},
    {"REC", KeyKind::rec},
    {"SPEAKER", KeyKind::speaker},
    {"HEADSET", KeyKind::headset},
    {"TRANSFER", KeyKind::transfer},
    {"F_HOLD", KeyKind::hold},
    {"F_R", KeyKind::hold},
    {"DISCONNECT", KeyKind::disconnect},
}};

constexpr std::array<Named, 3> first_generation_keys{{
    {"CLEAR", KeyKind::clear},
    {"FUNCTION", KeyKind::function_menu},
    {"RECALL", KeyKind::recall},
}};

std::optional<int> number_after(std::string_view name, std::size_t prefix) {
  int number = 0;
  const auto* end = name.data() + name.size();
  const auto result = std::from_chars(name.data() + prefix, end, number);
  if (result.ec != std::errc{} || result.ptr != end || name.size() == prefix) return std::nullopt;
  return number;
}

}  // namespace

std::optional<PhoneKey> find_key(std::string_view name, const Model& model, int expansion_keys) {
  PhoneKey key;
  key.name.reserve(name.size());
  for (const char c : name) key.name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::string_view text = key.name;
  if (text.empty()) return std::nullopt;

  if (text.size() == 1) {
    const char c = text.front();
    if ((c >= '0' && c <= '9') || c == '*' || c == '#') {
      key.kind = KeyKind::digit;
      key.digit = c;
      return key;
    }
    return std::nullopt;
  }
  for (const auto& [known, kind] : named_keys) {
    if (text == known) {
      key.kind = kind;
      return key;
    }
  }
  if (model.is_first_generation()) {
    for (const auto& [known, kind] : first_generation_keys) {
      if (text == known) {
        key.kind = kind;
        return key;
      }
    }
  }
  const auto numbered = [&](std::size_t prefix, KeyKind kind, int first, int last) -> std::optional<PhoneKey> {
    const auto number = number_after(text, prefix);
    if (!number || *number < first || *number > last) return std::nullopt;
    key.kind = kind;
    key.index = *number;
    return key;
  };
  if (text.front() == 'P') return numbered(1, KeyKind::function, 1, model.function_keys);
  if (text.starts_with("EK")) return numbered(2, KeyKind::expansion, 0, expansion_keys - 1);
  if (text.front() == 'F') return numbered(1, KeyKind::soft, 1, 4);
  return std::nullopt;
}

}  // namespace snom::phone
