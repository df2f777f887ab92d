#pragma once

#include <string>

#include "snomctl/client.h"

namespace snom::snomctl {

/// `snomctl provision`: settings files for the phones of a layout.
struct ProvisionOptions {
  std::string layout;  ///< a file
  std::string output;  ///< a folder, made if it is not there
  std::string model;   ///< of phones of which the layout does not say it
  std::string keys = "auto";
  int modules = 0;
  std::string names = "phone";     ///< of the files: "phone" or "mac"
  std::string addresses = "snom";  ///< of keys that subscribe: "snom" or "asterisk"
  std::string press_server;        ///< where phones reach snomd's HTTP interface, for keys of type url
};

// Exit statuses.
inline constexpr int all_written = 0;
inline constexpr int not_written = 2;      ///< a file cannot be written, or snomd not be asked what it has to be
inline constexpr int nothing_written = 3;  ///< the layout cannot be used

/// Makes all files, or none; tells what it did on standard output, what is wrong on standard error. Asks snomd only for
/// what neither the layout nor the options say: models, and what keys of type url ask for.
[[nodiscard]] int provision(const Client& client, const ProvisionOptions& options);

}  // namespace snom::snomctl
