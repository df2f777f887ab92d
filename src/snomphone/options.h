#pragma once

#include <string>
#include <variant>

#include "phone/fleet.h"

namespace snom::snomphone {

/// The program is to end at once with this status: after --help, or with a word on what is wrong.
struct Exit {
  int status = 0;
  std::string text;
};

/// Reads the command line (and the password file that it names).
[[nodiscard]] std::variant<phone::FleetOptions, Exit> parse_options(int argc, const char* const* argv);

}  // namespace snom::snomphone
