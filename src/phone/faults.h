#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace snom::phone {

/// What a virtual phone does wrong on purpose.
struct Faults {
  std::chrono::milliseconds delay{0};      ///< before each SIP request is looked at
  int drop_percent = 0;                    ///< of SIP requests that are passed over in silence
  int answer = 0;                          ///< final status for every SIP request; 0 = none
  int buttons = 0;                         ///< final status for every x-buttons document; 0 = none
  int xml = 0;                             ///< final status for every NOTIFY with Snom XML; 0 = none
  bool unknown_keys_pass = false;          ///< documents for keys it has not: 200 instead of 404
  std::chrono::milliseconds web_delay{0};  ///< before each answer of the web page
  bool web_silent = false;                 ///< the web page never answers
  int web_status = 0;                      ///< status of every answer of the web page; 0 = none
  enum class Certificate { good, expired, foreign };
  Certificate web_certificate = Certificate::good;  ///< of an https page; foreign: for another host
};

/// Reads "delay=500,drop=10,web-silent". The error names the part that is wrong and what was expected.
[[nodiscard]] tl::expected<Faults, std::string> parse_faults(std::string_view text);

}  // namespace snom::phone
