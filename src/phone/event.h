#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace snom::phone {

/// One thing that happened at a virtual phone: a name and what belongs to it, in order.
struct Event {
  using Value = std::variant<std::string, std::int64_t, bool>;

  std::string name;                                    ///< "registered", "button", "call"
  std::vector<std::pair<std::string, Value>> details;  ///< names are unique; "event" and "user" are not among them
};

/// `{"event":"registered","user":"1000","expires_s":3600}` without line end; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string to_json(const Event& event, std::string_view user);

}  // namespace snom::phone
