#pragma once

#include <string>

#include "snomctl/client.h"

/// What snomctl's commands end with, and what they say. On the program's own streams.
namespace snom::snomctl {

// Exit statuses, for scripts.
inline constexpr int done = 0;
inline constexpr int refused = 1;
inline constexpr int unreachable = 2;
inline constexpr int bad_usage = 3;

/// "snomctl: <what>" on standard error, printable; answers `status`.
int complain(const std::string& what, int status);
/// The same: `refused` of what snomd understood and did not do (400, 404, 409, 412), else `unreachable`.
int complain(const Client::Failure& failure);
/// On standard output, as it is; answers `done`.
int tell(const std::string& text);

}  // namespace snom::snomctl
