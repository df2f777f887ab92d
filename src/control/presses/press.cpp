#include "control/presses/press.h"

#include <algorithm>

namespace snom::control {

std::optional<std::string_view> own_command(std::string_view action) {
  if (!action.starts_with(api_prefix)) return std::nullopt;
  return action.substr(api_prefix.size());
}

std::string_view key_in_body(std::string_view body) {
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    auto line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (!line.starts_with("k=")) continue;
    line.remove_prefix(2);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    return line;
  }
  return {};
}

}  // namespace snom::control
