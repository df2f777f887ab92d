#include "language/auth_parameters.h"

#include <algorithm>

#include "language/text.h"

namespace snom::language {
namespace {

constexpr std::size_t max_parameters = 64;
constexpr std::string_view white_space = " \t\r\n";  // CR and LF: a folded line

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

/// Walks through a header value; every take_ function moves behind what it took.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  /// Tells whether there was any.
  bool skip_white_space() {
    const auto length = std::min(rest_.find_first_not_of(white_space), rest_.size());
    rest_.remove_prefix(length);
    return length > 0;
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Empty when there is none.
  std::string_view take_token() {
    std::size_t length = 0;
    while (length < rest_.size() && is_token_character(rest_[length])) ++length;
    const auto token = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return token;
  }

  /// A token or a quoted-string, whose quotes and escapes are taken off.
  std::optional<std::string> take_value() {
    if (!take('"')) {
      auto token = take_token();
      if (token.empty()) return std::nullopt;
      return std::string(token);
    }
    std::string value;
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (c == '\\') {
        if (rest_.empty()) return std::nullopt;
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      if (is_control(c) && c != '\t') return std::nullopt;
      value += c;
    }
    return std::nullopt;  // no closing quote
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::optional<AuthParameters> AuthParameters::parse(std::string_view header_value, std::string_view scheme) {
  Reader reader(header_value);
  reader.skip_white_space();
  if (lower_case(reader.take_token()) != lower_case(scheme) || !reader.skip_white_space()) return std::nullopt;

  AuthParameters read;
  while (true) {
    // Empty elements of a list are allowed (RFC 7230 section 7).
    do reader.skip_white_space();
    while (reader.take(','));
    if (reader.at_end()) return read;

    auto name = lower_case(reader.take_token());
    if (name.empty() || read.find(name) != nullptr || read.parameters_.size() == max_parameters) return std::nullopt;
    reader.skip_white_space();
    if (!reader.take('=')) return std::nullopt;
    reader.skip_white_space();
    auto value = reader.take_value();
    if (!value) return std::nullopt;
    read.parameters_.emplace_back(std::move(name), std::move(*value));

    reader.skip_white_space();
    if (reader.at_end()) return read;
    if (!reader.take(',')) return std::nullopt;
  }
}

const std::string* AuthParameters::find(std::string_view name) const {
  const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                  [name](const auto& parameter) { return parameter.first == name; });
  return found == parameters_.end() ? nullptr : &found->second;
}

std::string AuthParameters::value_or_empty(std::string_view name) const {
  const auto* value = find(name);
  return value == nullptr ? std::string() : *value;
}

std::string quoted_string(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (is_control(c) && c != '\t') continue;
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

}  // namespace snom::language
