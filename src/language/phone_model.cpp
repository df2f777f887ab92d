#include "language/phone_model.h"

#include <algorithm>
#include <charconv>

namespace snom::language {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

/// The numbers at the start of a text such as "8.4.35" or "3.60x"; stops at what is no number.
std::vector<int> parse_firmware(std::string_view text) {
  std::vector<int> numbers;
  while (!text.empty() && is_digit(text.front())) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return numbers;
}

}  // namespace

std::optional<PhoneModel> parse_user_agent(std::string_view header) {
  header.remove_prefix(std::min(header.find_first_not_of(" \t"), header.size()));
  const auto product = header.substr(0, header.find_first_of(" \t"));
  constexpr std::string_view maker = "SNOM";
  if (product.size() < maker.size()) return std::nullopt;
  for (std::size_t i = 0; i < maker.size(); ++i) {
    if (to_upper(product[i]) != maker[i]) return std::nullopt;
  }
  auto rest = product.substr(maker.size());
  if (rest.starts_with('-')) rest.remove_prefix(1);  // "snom-m9/9.6.2"

  PhoneModel model;
  bool numbered = false;  // a model has a number: "snomd/2.0" and "snomphone/2.0" are programs, not phones
  while (!rest.empty() && (is_digit(rest.front()) || is_letter(rest.front()))) {
    numbered = numbered || is_digit(rest.front());
    model.name += to_upper(rest.front());
    rest.remove_prefix(1);
  }
  if (!numbered) return std::nullopt;
  if (rest.starts_with('/')) model.firmware = parse_firmware(rest.substr(1));
  return model;
}

}  // namespace snom::language
