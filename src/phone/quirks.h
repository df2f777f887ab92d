#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "language/button.h"

namespace snom::phone {

/// How a virtual phone does what no document says how Snoms do it, each to be had either way.
struct Quirks {
  bool ignores_buttons = false;  ///< answers x-buttons with 200, and shows nothing of them
  bool ignores_labels = false;   ///< of x-buttons
  bool ignores_leds = false;     ///< answers LEDs by NOTIFY with 200, and lights none
  bool ignores_watched = false;  ///< keys of type BLF stay dark
  bool lights_survive_reboot = false;
  std::optional<int> led_offset;             ///< number of P1's LED; none = as the table of models has it
  std::vector<language::Colour> colours;     ///< that its LEDs have, others become the first of them; empty = all
  std::vector<language::Light> dark_lights;  ///< that it does not know: the key stays dark

  /// What such a phone makes of a key that it is sent.
  [[nodiscard]] language::Button seen(language::Button button) const;
  [[nodiscard]] std::optional<language::Colour> seen(std::optional<language::Colour> colour) const;
};

/// Reads "ignore=labels,led-offset=7,colours=red+green,dark=seized+record,survives-reboot". The error names the part
/// that is wrong and what was expected.
[[nodiscard]] tl::expected<Quirks, std::string> parse_quirks(std::string_view text);

}  // namespace snom::phone
