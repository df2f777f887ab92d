#include "language/key_sequence.h"

#include <charconv>

#include "language/refused.h"
#include "language/text.h"

namespace snom::language {
namespace {

constexpr std::size_t max_steps = 256;
constexpr unsigned max_milliseconds = 600'000;

tl::unexpected<Error> refuse(std::string message) { return tl::unexpected(Error{"type", std::move(message)}); }

/// Cuts the text up to the first `delimiter`, or all of it, off its front.
std::string_view take_until(std::string_view& text, char delimiter) {
  const auto end = text.find(delimiter);
  const auto taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

/// Milliseconds; an empty text is a time left to the phone.
tl::expected<std::optional<std::chrono::milliseconds>, Error> parse_time(std::string_view text) {
  if (text.empty()) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    return refuse(in_quotes_to_its_blank(text) + " is not a time (expected milliseconds, 0 to 600000)");
  }
  if (error != std::errc() || value > max_milliseconds) {
    return refuse(in_quotes_to_its_blank(text) + " is too long a time (at most 600000 milliseconds)");
  }
  return std::chrono::milliseconds(value);
}

tl::expected<KeyPress, Error> parse_step(std::string_view step) {
  KeyPress press;
  std::string_view rest = step;
  press.key = take_until(rest, ',');
  if (press.key.empty()) return refuse("a step names no key (expected Key[,Time[,Pause]][;...])");
  if (auto checked = check_text("type", press.key, max_key_bytes); !checked) return tl::unexpected(checked.error());
  const auto hold = parse_time(take_until(rest, ','));
  if (!hold) return tl::unexpected(hold.error());
  if (rest.find(',') != std::string_view::npos) {
    return refuse(in_quotes_to_its_first_word(step) + " has more than two commas (expected Key[,Time[,Pause]])");
  }
  const auto pause = parse_time(rest);
  if (!pause) return tl::unexpected(pause.error());
  press.hold = *hold;
  press.pause = *pause;
  return press;
}

}  // namespace

tl::expected<std::vector<KeyPress>, Error> parse_key_sequence(std::string_view text) {
  if (const auto blank = text.find_first_of(" \t"); blank != std::string_view::npos) {
    // No further: behind it may stand what belongs elsewhere, such as a password.
    return refuse(in_quotes_to_its_blank(text) + (text[blank] == ' ' ? " holds a blank" : " holds a TAB") +
                  " (expected Key[,Time[,Pause]][;...] without blanks)");
  }
  if (text.ends_with(';')) text.remove_suffix(1);
  std::vector<KeyPress> sequence;
  bool more = true;
  while (more) {
    if (sequence.size() == max_steps) return refuse("more than 256 steps");
    more = text.find(';') != std::string_view::npos;
    auto press = parse_step(take_until(text, ';'));
    if (!press) return tl::unexpected(std::move(press.error()));
    sequence.push_back(std::move(*press));
  }
  return sequence;
}

std::string to_string(const std::vector<KeyPress>& sequence) {
  std::string text;
  for (const auto& press : sequence) {
    if (!text.empty()) text += ';';
    text += press.key;
    if (press.hold || press.pause) text += ',';
    if (press.hold) text += std::to_string(press.hold->count());
    if (press.pause) text += ',' + std::to_string(press.pause->count());
  }
  return text;
}

}  // namespace snom::language
