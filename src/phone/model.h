#pragma once

#include <string>
#include <string_view>

#include "language/model_table.h"
#include "language/phone_model.h"

namespace snom::phone {

/// What a virtual phone is: a row of the table of models with a firmware.
struct Model {
  std::string user_agent;                         ///< "snom370/8.7.5.35"
  language::PhoneModel identity;                  ///< "370", {8, 7, 5, 35}
  const language::ModelTraits* traits = nullptr;  ///< never null in what model_by_name makes
  int function_keys = 12;                         ///< P1..Pn

  /// D8xx phones have no remote control by HTTP.
  [[nodiscard]] bool has_remote_control() const { return traits->has_http_control; }
  /// Runs SnomIPPhoneSilent that comes by NOTIFY.
  [[nodiscard]] bool has_silent_xml() const { return language::has_silent_xml(identity); }
  /// Keys may be of type XML definition: firmware 8.7.3 and later.
  [[nodiscard]] bool has_xml_definitions() const;
  /// Takes pages of Snom XML by NOTIFY without being told to by `xml_notify`: firmware 10 and later.
  [[nodiscard]] bool takes_xml_by_default() const;
  /// Firmware 8.7 and later answers `command.htm?number=` with 302.
  [[nodiscard]] bool redirects_after_dialling() const;
  /// 1xx and 2xx phones have CLEAR, FUNCTION and RECALL.
  [[nodiscard]] bool is_first_generation() const;
};

/// The model named "370", "D862" or, to name the firmware as well, "snom370/7.3.14" or "snomMP/8.7.3.25". Without a
/// firmware it needs a number, so that another maker's name is not taken for a Snom's: its identity is empty then.
[[nodiscard]] Model model_by_name(std::string_view name);

}  // namespace snom::phone
