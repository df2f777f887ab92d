#include "layout/layout_builder.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "control/commands/redact.h"
#include "language/refused.h"
#include "language/text.h"

namespace snom::layout {
namespace {

using language::in_quotes_to_its_blank;
using language::in_quotes_to_its_first_word;

constexpr std::size_t most_errors = 20;

bool has_blank_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string upper_case(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

/// "P3", "EK0".
bool is_place(std::string_view text) {
  constexpr std::size_t most_digits = 3;
  if (!text.starts_with("P") && !text.starts_with("EK")) return false;
  text.remove_prefix(text.starts_with("P") ? 1 : 2);
  return is_number(text) && text.size() <= most_digits;
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

const std::vector<std::string_view>& LayoutBuilder::property_names() {
  static const std::vector<std::string_view> names = {"light",  "color",  "label",        "number",
                                                      "action", "caller", "number_hidden"};
  return names;
}

void NamedPhones::add(std::string phone) {
  parts_.push_back({std::move(phone)});
  ++size_;
}

void NamedPhones::add_range(std::uint64_t first, std::uint64_t last, std::size_t digits, std::string behind) {
  parts_.push_back({std::move(behind), first, last, digits});
  size_ += last - first + 1;
}

void NamedPhones::for_each(const std::function<bool(const std::string& phone)>& see) const {
  for (const auto& part : parts_) {
    if (part.digits == 0) {
      if (!see(part.text)) return;
      continue;
    }
    for (auto number = part.first; number <= part.last; ++number) {
      if (!see(fmt::format("{:0{}}{}", number, part.digits, part.text))) return;
    }
  }
}

bool LayoutBuilder::is_hopeless() const { return errors_.size() == most_errors || is_stopped(); }

void LayoutBuilder::complain(int line, const std::string& what) {
  if (errors_.size() == most_errors) {
    ++more_errors_;
    return;
  }
  errors_.push_back(fmt::format("{}:{}: {}", name_, line, language::printable(what)));
}

void LayoutBuilder::add_phones(NamedPhones& phones, const Value& text) {
  const std::string_view phone = text.text;
  const auto at = phone.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == phone.size() ||
      phone.find('@', at + 1) != std::string_view::npos || has_blank_or_control(phone) || !language::is_utf8(phone)) {
    return complain(text.line,
                    fmt::format("phone: {} is not a phone (expected user@host, or 1000..1019@host for twenty "
                                "of them)",
                                in_quotes_to_its_blank(phone)));
  }
  const auto user = phone.substr(0, at);
  const auto dots = user.find("..");
  if (dots == std::string_view::npos) return phones.add(std::string(phone));
  const auto first = user.substr(0, dots);
  const auto last = user.substr(dots + 2);
  if (!is_number(first) || !is_number(last) || first.size() > last.size() || number_of(first) > number_of(last)) {
    return complain(text.line, fmt::format("phone: {} is not a range (expected two numbers, the smaller first, as "
                                           "1000..1019@host)",
                                           in_quotes_to_its_blank(phone)));
  }
  const auto count = number_of(last) - number_of(first) + 1;
  if (phones.size() + count > limits_.phones && count <= limits_.phones) {
    return complain(text.line, fmt::format("phone: {} makes it {} phones here (at most {} are possible)",
                                           in_quotes_to_its_blank(phone), phones.size() + count, limits_.phones));
  }
  if (count > limits_.phones) {
    return complain(text.line, fmt::format("phone: {} are {} phones (at most {} are possible)",
                                           in_quotes_to_its_blank(phone), count, limits_.phones));
  }
  phones.add_range(number_of(first), number_of(last), first.size(), std::string(phone.substr(at)));
}

void LayoutBuilder::add_key(const NamedPhones& phones, const Properties& properties, int line) {
  LayoutKey key;
  key.line = line;
  bool fine = true;
  const auto wrong = [&](int where, const std::string& what) {
    fine = false;
    complain(where, what);
  };
  const auto value = [&](std::string_view name) -> const Value* {
    const auto found = properties.find(name);
    return found == properties.end() || found->second.text.empty() ? nullptr : &found->second;
  };
  const auto take_word = [&](std::string_view name, auto parse, auto& into) {
    const auto* given = value(name);
    if (given == nullptr) return;
    if (const auto parsed = parse(given->text)) {
      into = *parsed;
    } else {
      wrong(given->line, fmt::format("{}: {}", name, parsed.error().message));
    }
  };
  const auto take_text = [&](std::string_view name, std::string& into) {
    const auto* given = value(name);
    if (given == nullptr) return;
    into = given->text;
    if (const auto checked = language::check_text(name, into, language::max_value_bytes); !checked) {
      wrong(given->line, checked.error().text());
    }
  };

  const auto* name = value("key");
  if (name == nullptr) {
    wrong(line, "key: is missing (expected the number or name of a key, such as 2)");
  } else if (const auto checked = language::check_key("key", name->text); !checked) {
    wrong(name->line, checked.error().text());
  } else if (name->text.find('=') != std::string::npos) {
    wrong(name->line, fmt::format("key: {} holds a '=', which no key has here", in_quotes_to_its_blank(name->text)));
  } else {
    key.button.key = name->text;
  }
  take_word("light", language::parse_light, key.button.light);
  take_word("color", language::parse_colour, key.button.colour);
  take_word("action", language::parse_action, key.button.action);
  take_text("label", key.button.label);
  take_text("number", key.button.number);
  take_text("caller", key.button.caller);
  if (const auto* given = value(place)) {
    if (const auto taken = upper_case(given->text); is_place(taken)) {
      key.place = taken;
    } else {
      wrong(given->line, fmt::format("place: {} is not the place of a key (expected such as P3, or EK0 on an expansion "
                                     "module)",
                                     in_quotes_to_its_blank(given->text)));
    }
  }
  if (const auto* hidden = value("number_hidden")) {
    if (hidden->text != "true" && hidden->text != "false") {
      wrong(hidden->line,
            fmt::format("number_hidden: {} is neither true nor false", in_quotes_to_its_first_word(hidden->text)));
    }
    key.number_hidden = hidden->text == "true";
  }
  if (!fine) return;
  if (const auto known = keys_; (keys_ += phones.size()) > limits_.keys) {
    if (known <= limits_.keys)
      complain(line, fmt::format("key: with this one the file has more than {} keys", limits_.keys));
    return;
  }
  const auto& button = key.button;
  const auto known_bytes = bytes_;
  bytes_ += phones.size() * (button.key.size() + button.label.size() + button.number.size() + button.caller.size());
  if (bytes_ > limits_.text_bytes) {
    if (known_bytes <= limits_.text_bytes) {
      complain(line,
               fmt::format("key: with this one the texts of all keys have more than {} bytes, those of each phone "
                           "counted",
                           limits_.text_bytes));
    }
    return;
  }
  phones.for_each([&](const std::string& phone) {
    if (is_hopeless()) return false;
    if (layout_.size() == limits_.phones && layout_.count(phone) == 0) {
      complain(line,
               fmt::format("phone: {} is one more than the {} phones that a file can have", phone, limits_.phones));
      return false;
    }
    const auto [known, is_new] = layout_[phone].try_emplace(key.button.key, key);
    if (is_new) return true;
    complain(line, fmt::format("key: key {} of {} is set in line {} already",
                               control::action_without_password(key.button.key), phone, known->second.line));
    return false;  // the others are said as often
  });
}

tl::expected<WholeLayout, std::vector<std::string>> LayoutBuilder::finish() && {
  if (is_stopped()) return tl::unexpected(std::vector{fmt::format("{}: not read to its end: stopping", name_)});
  if (more_errors_ > 0) errors_.push_back(fmt::format("{}: and {} more", name_, more_errors_));
  if (!errors_.empty()) return tl::unexpected(std::move(errors_));
  return WholeLayout{std::move(layout_), std::move(kinds_)};
}

std::vector<WrittenProperty> written_properties(const LayoutKey& key) {
  const auto& button = key.button;
  std::vector<WrittenProperty> written;
  const auto add = [&](std::string_view name, std::string text) {
    if (!text.empty()) written.push_back({name, std::move(text)});
  };
  if (button.light) add("light", std::string(to_string(*button.light)));
  if (button.colour) add("color", std::string(to_string(*button.colour)));
  add("label", button.label);
  add("number", button.number);
  if (button.action) add("action", std::string(to_string(*button.action)));
  add("caller", button.caller);
  if (key.number_hidden) add("number_hidden", "true");
  return written;
}

}  // namespace snom::layout
