#include "language/phone_model.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace snom::language {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

/// Snom writes a small number before each point: what is greater is a build's name, or none of Snom's.
constexpr int largest_release = 99;

/// "8.4.35", "3.60x", "10_1_82": the numbers at the start, up to what is none. A build calls itself "873_19_20130321",
/// which is 8.7.3.19 of that day: its release has no points.
std::vector<int> parse_firmware(std::string_view text) {
  std::vector<int> numbers;
  bool build = false;
  while (!text.empty() && is_digit(text.front())) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) break;
    const auto digits = text.substr(0, static_cast<std::size_t>(end - text.data()));
    text.remove_prefix(digits.size());
    if (numbers.empty() && number > largest_release) {
      if (digits.size() != 3 || !text.starts_with('_')) break;
      for (const char digit : digits) numbers.push_back(digit - '0');
      build = true;
    } else {
      numbers.push_back(number);
      if (build) break;  // the date follows
    }
    if (!text.starts_with('.') && !text.starts_with('_')) break;
    text.remove_prefix(1);
  }
  return numbers;
}

/// Our own programs: they name themselves like phones and are none.
bool is_program(std::string_view product) {
  constexpr std::array<std::string_view, 3> programs = {"D", "PHONE", "CTL"};
  return std::find(programs.begin(), programs.end(), product) != programs.end();
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
  while (!rest.empty() && (is_digit(rest.front()) || is_letter(rest.front()))) {
    model.name += to_upper(rest.front());
    rest.remove_prefix(1);
  }
  if (model.name.empty() || is_program(model.name)) return std::nullopt;
  if (rest.starts_with('/')) model.firmware = parse_firmware(rest.substr(1));
  return model;
}

}  // namespace snom::language
