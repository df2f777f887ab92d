#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "snomctl/client.h"

namespace snom::snomctl {

/// `snomctl token ...`: who may use snomd.
struct TokenCommand {
  enum class What { add, list, revoke };
  What what = What::list;
  std::string name;
  std::string role;
  std::optional<std::uint32_t> per_second;
  std::optional<std::uint32_t> max_body;  ///< bytes
  std::string
      file;  ///< of tokens, which is changed itself: snomd need not run, and heeds it when it does; empty: by HTTP
  bool as_json = false;
};

/// Prints a new token, which nobody can tell again, on standard output and what it is on standard error. The exit
/// status: 0 done, 1 refused, 2 not reached, 3 bad usage.
int run(const Client& client, const TokenCommand& command);

}  // namespace snom::snomctl
