#include "phone/faults.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace snom::phone {

namespace {

constexpr int longest_delay_ms = 600000;

std::optional<int> number(std::string_view text, int least, int most) {
  int value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

/// Empty when it was understood, else what was expected.
std::string apply(Faults& faults, std::string_view name, std::string_view value) {
  const auto take = [&](int least, int most, const char* unit, const auto& set) -> std::string {
    const auto given = number(value, least, most);
    if (!given) {
      return "expected " + std::string(name) + "=" + std::to_string(least) + " to " + std::to_string(most) + unit;
    }
    set(*given);
    return {};
  };
  if (name == "delay") {
    return take(0, longest_delay_ms, " (ms)", [&](int ms) { faults.delay = std::chrono::milliseconds(ms); });
  }
  if (name == "drop") return take(0, 100, " (percent)", [&](int percent) { faults.drop_percent = percent; });
  if (name == "answer") return take(200, 699, " (a final SIP status)", [&](int status) { faults.answer = status; });
  if (name == "buttons") return take(200, 699, " (a final SIP status)", [&](int status) { faults.buttons = status; });
  if (name == "xml") return take(200, 699, " (a final SIP status)", [&](int status) { faults.xml = status; });
  if (name == "web-delay") {
    return take(0, longest_delay_ms, " (ms)", [&](int ms) { faults.web_delay = std::chrono::milliseconds(ms); });
  }
  if (name == "web-status") {
    return take(200, 599, " (an HTTP status)", [&](int status) { faults.web_status = status; });
  }
  if (name == "web-silent") {
    faults.web_silent = true;
    return value.empty() ? "" : "expected web-silent without a value";
  }
  if (name == "web-certificate") {
    if (value == "expired") return faults.web_certificate = Faults::Certificate::expired, "";
    if (value == "foreign") return faults.web_certificate = Faults::Certificate::foreign, "";
    return "expected web-certificate=expired or web-certificate=foreign";
  }
  if (name == "unknown-key") {
    faults.unknown_keys_pass = true;
    return value == "200" ? "" : "expected unknown-key=200";
  }
  return "expected delay=MS, drop=PERCENT, answer=STATUS, buttons=STATUS, xml=STATUS, unknown-key=200, web-delay=MS, "
         "web-silent, web-status=STATUS or web-certificate=expired|foreign";
}

}  // namespace

tl::expected<Faults, std::string> parse_faults(std::string_view text) {
  Faults faults;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto equals = part.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    const std::string wrong = apply(faults, part.substr(0, equals), value);
    if (!wrong.empty()) return tl::make_unexpected("'" + std::string(part) + "': " + wrong);
  }
  return faults;
}

}  // namespace snom::phone
