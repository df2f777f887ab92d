#pragma once

#include <string>
#include <string_view>

#include "language/phone_model.h"

namespace snom::phone {

/// What a virtual phone is: a model with the firmware such a phone was last seen with.
struct Model {
  std::string user_agent;         ///< "snom370/8.7.5.35"
  language::PhoneModel identity;  ///< "370", {8, 7, 5, 35}
  int function_keys = 12;         ///< P1..Pn

  /// D8xx phones have no remote control by HTTP.
  [[nodiscard]] bool has_remote_control() const;
  /// Firmware 8.7 and later answers `command.htm?number=` with 302.
  [[nodiscard]] bool redirects_after_dialling() const;
  /// 1xx and 2xx phones have CLEAR, FUNCTION and RECALL.
  [[nodiscard]] bool is_first_generation() const;
};

/// The model named "370", "D862" or, to name the firmware as well, "snom370/7.3.14".
[[nodiscard]] Model model_by_name(std::string_view name);

}  // namespace snom::phone
