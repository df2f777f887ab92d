#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "phone/model.h"

namespace snom::phone {

/// The keys of a Snom as command.htm?key= names them (Snom, remote control by HTTP).
enum class KeyKind {
  digit,  ///< 0-9 * #
  function,
  expansion,
  cancel,
  enter,
  offhook,
  onhook,
  right,
  left,
  up,
  down,
  volume_up,
  volume_down,
  menu,
  mute,
  redial,
  dnd,
  rec,
  soft,  ///< F1 to F4
  speaker,
  headset,
  transfer,
  hold,
  disconnect,
  clear,
  function_menu,
  recall,
};

struct PhoneKey {
  KeyKind kind = KeyKind::cancel;
  std::string name;  ///< in capitals: "P1", "F_HOLD"
  int index = 0;     ///< P1 and F1 are 1, EK0 is 0
  char digit = 0;    ///< of kind digit
};

/// The key of this name on this model, in any case; nullopt when the model has none.
[[nodiscard]] std::optional<PhoneKey> find_key(std::string_view name, const Model& model, int expansion_keys);

}  // namespace snom::phone
