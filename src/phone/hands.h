#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "phone/virtual_phone.h"

namespace snom::phone {

/// Why something that hands were to do was not done.
struct HandRefusal {
  int status = 400;   ///< of HTTP: 400 for what cannot be read, 404 for no such action, 409 for what cannot be done now
  std::string field;  ///< of the JSON, "key"; empty = none of them
  std::string detail;  ///< what is wrong and what was expected
};

/// Does what a person does with a phone: presses and releases keys, dials, takes the handset up, answers ... `action`
/// is its name ("press") and `body` a JSON object with what it takes (docs/phones.md); an empty body is an empty
/// object. Phone's thread.
[[nodiscard]] tl::expected<void, HandRefusal> do_with_hands(VirtualPhone& phone, std::string_view action,
                                                            std::string_view body);

/// "press, key-down, ..."
[[nodiscard]] std::string hand_actions();

}  // namespace snom::phone
