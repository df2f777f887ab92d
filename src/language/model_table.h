#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "language/button.h"
#include "language/phone_model.h"

namespace snom::language {

/// "10.1.82.0"
using FirmwareVersion = std::array<int, 4>;

/// Colours that a model's function key LEDs can have.
struct LedColours {
  bool red = false;
  bool green = false;
  bool orange = false;
  [[nodiscard]] bool has(Colour colour) const;  ///< `local` is green and `remote` is red, as on the 820
  bool operator==(const LedColours&) const = default;
};

/// Where each fact of a row comes from: a grade and a tag, explained in models.csv.
struct ModelSources {
  std::string_view function_keys;
  std::string_view expansion;
  std::string_view led_offset;
  std::string_view colours;
  std::string_view http_control;
  std::string_view silent_xml;
  std::string_view firmware;
  std::string_view x_buttons;
};

/// A row of the one table of models, src/language/models.csv.
struct ModelTraits {
  std::string_view name;                            ///< "D862"; "D8*" and "*" are for models without a row
  std::string_view family;                          ///< "D8xx"
  int function_keys = 12;                           ///< P1..Pn, those on further pages of labels included
  std::string_view expansion;                       ///< modules that it takes: "D7, D7C"
  int expansion_keys = 0;                           ///< of one module; 0 = not known
  int expansion_modules = 0;                        ///< so many; 0 = not known
  std::optional<int> led_offset;                    ///< number of P1's LED in Snom XML; none = not known
  std::optional<LedColours> colours;                ///< none = not known
  bool has_http_control = true;                     ///< command.htm and its like
  std::optional<FirmwareVersion> silent_xml_since;  ///< runs SnomIPPhoneSilent from here on; none = never
  std::string_view firmware;                        ///< what a virtual phone of the model calls itself
  std::optional<bool> takes_buttons;                ///< lights keys by x-buttons; none = not known
  ModelSources sources;

  /// Number of function key `place`'s LED (1 = P1); none when the offset is not known or the key is not there.
  [[nodiscard]] std::optional<int> led_of_key(int place) const;
};

/// The row of the model's name; else the longest row for such names; else the careful default.
[[nodiscard]] const ModelTraits& traits_of(const PhoneModel& model);
[[nodiscard]] const ModelTraits& traits_of(std::string_view model_name);

/// Whether the phone runs SnomIPPhoneSilent sent by NOTIFY. A phone that does not tell its firmware does not.
[[nodiscard]] bool has_silent_xml(const PhoneModel& model);

/// Whether keys of the model can be of type XML definition, with the firmware that the table has for it: 8.7.3 and
/// later.
[[nodiscard]] bool has_xml_definitions(const ModelTraits& traits);
/// The same of a phone; one that does not tell its firmware has none.
[[nodiscard]] bool has_xml_definitions(const PhoneModel& model);

/// All rows in the table's order.
[[nodiscard]] std::span<const ModelTraits> model_table();

}  // namespace snom::language
