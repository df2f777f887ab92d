// What a layout says of phones: LayoutBuilder's part for provisioning.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "control/phone_selector.h"
#include "language/model_table.h"
#include "language/refused.h"
#include "language/text.h"
#include "layout/layout_builder.h"

namespace snom::layout {
namespace {

using language::in_quotes_to_its_blank;
using language::in_quotes_to_its_first_word;

constexpr std::array<std::pair<std::string_view, KeyType>, 5> key_types{{{"auto", KeyType::automatic},
                                                                         {"button", KeyType::button},
                                                                         {"blf", KeyType::blf},
                                                                         {"xml", KeyType::xml},
                                                                         {"url", KeyType::url}}};
constexpr int most_modules = 9;
constexpr std::size_t mac_digits = 12;

/// Twelve hex digits in capitals of "00:04:13:aa:bb:cc", with ':' or '-' or nothing in between; empty for what is none.
std::string plain_mac(std::string_view text) {
  std::string mac;
  for (const char c : text) {
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (is_hex) {
      mac += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    } else if ((c != ':' && c != '-') || mac.size() % 2 != 0) {
      return {};
    }
  }
  return mac.size() == mac_digits ? mac : std::string();
}

}  // namespace

std::string_view to_string(KeyType type) {
  for (const auto& [name, known] : key_types) {
    if (known == type) return name;
  }
  return "auto";
}

tl::expected<KeyType, language::Error> parse_key_type(std::string_view text) {
  for (const auto& [name, type] : key_types) {
    if (language::equal_ignoring_case(text, name)) return type;
  }
  return tl::unexpected(language::Error{
      "keys", in_quotes_to_its_first_word(text) + " is not a type of keys (expected auto, button, blf, xml, url)"});
}

const std::vector<std::string_view>& LayoutBuilder::phone_property_names() {
  static const std::vector<std::string_view> names = {"model", "keys", "modules", "mac"};
  return names;
}

void LayoutBuilder::add_kind(const NamedPhones& phones, const Properties& properties, int line) {
  PhoneKind kind;
  kind.line = line;
  bool fine = true;
  bool any = false;
  const auto take = [&](std::string_view name, const auto& read) {
    const auto found = properties.find(name);
    if (found == properties.end() || found->second.text.empty()) return;
    any = true;
    if (const std::string wrong = read(found->second.text); !wrong.empty()) {
      fine = false;
      complain(found->second.line, fmt::format("{}: {}", name, wrong));
    }
  };
  take("model", [&](const std::string& text) -> std::string {
    kind.model = control::plain_model(text);
    if (language::traits_of(kind.model).name != "*") return {};
    return in_quotes_to_its_blank(text) + " is not a Snom that the table of models has (expected such as 370, D862)";
  });
  take("keys", [&](const std::string& text) -> std::string {
    const auto type = parse_key_type(text);
    if (!type) return type.error().message;
    kind.keys = *type;
    return {};
  });
  take("modules", [&](const std::string& text) -> std::string {
    int modules = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), modules);
    if (read.ec == std::errc{} && read.ptr == text.data() + text.size() && modules >= 0 && modules <= most_modules) {
      kind.modules = modules;
      return {};
    }
    return fmt::format("{} is not how many expansion modules there are (expected 0 to {})",
                       in_quotes_to_its_blank(text), most_modules);
  });
  take("mac", [&](const std::string& text) -> std::string {
    kind.mac = plain_mac(text);
    if (kind.mac.empty()) return in_quotes_to_its_blank(text) + " is not a MAC (expected such as 00:04:13:AA:BB:CC)";
    if (phones.size() > 1)
      return fmt::format("{} is of one phone, and here are {}", in_quotes_to_its_blank(text), phones.size());
    return {};
  });
  if (!any || !fine) return;
  if (const auto known = said_; (said_ += phones.size()) > limits_.keys) {
    if (known <= limits_.keys) {
      complain(line, fmt::format("phone: with this one the file says more than {} times what a phone is, each phone "
                                 "counted",
                                 limits_.keys));
    }
    return;
  }
  phones.for_each([&](const std::string& phone) {
    if (is_hopeless()) return false;
    if (kinds_.size() == limits_.phones && !kinds_.contains(phone)) return false;  // as add_key() complains
    const auto [known, is_new] = kinds_.try_emplace(phone, kind);
    if (is_new) return true;
    auto& before = known->second;
    const auto merge = [&](std::string_view name, auto& into, const auto& value, bool is_said, bool was_said) {
      if (!is_said) return;
      if (!was_said) {
        into = value;
      } else if (into != value) {
        fine = false;
        complain(line, fmt::format("{}: {} has another one in line {}", name, phone, before.line));
      }
    };
    merge("model", before.model, kind.model, !kind.model.empty(), !before.model.empty());
    merge("keys", before.keys, kind.keys, kind.keys.has_value(), before.keys.has_value());
    merge("modules", before.modules, kind.modules, kind.modules.has_value(), before.modules.has_value());
    merge("mac", before.mac, kind.mac, !kind.mac.empty(), !before.mac.empty());
    return fine;  // the others are said as often
  });
}

}  // namespace snom::layout
