#pragma once

#include <string>

namespace snom::language {

/// Why a text was refused: which argument, and what was expected of it. Speaks to an administrator.
struct Error {
  std::string argument;  ///< name of the argument as the usage line has it, e.g. "light"
  std::string message;   ///< what is wrong and what was expected; never repeats a secret

  /// "light: 'purple' is not a light (expected off, on, ...)"
  [[nodiscard]] std::string text() const { return argument.empty() ? message : argument + ": " + message; }
  bool operator==(const Error&) const = default;
};

}  // namespace snom::language
