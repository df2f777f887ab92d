#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "control/event.h"
#include "control/phone_address.h"

/// snom_command: what was asked, and what to say of the outcome. Pure functions.
namespace snom::control {

inline constexpr std::string_view snom_command_name = "snom_command";

/// `snom_command <ip|user> <command> <type> [<username> <password>]`, checked.
struct SnomCommand {
  PhoneAddress phone;
  std::string typed_phone;     ///< argument 1, for "user '...' not registered"
  std::string path_and_query;  ///< "/command.htm?key=enter"
  std::string username;        ///< empty = none
  std::string password;
  std::string shown;  ///< the arguments as typed, less the credentials
};

/// The fifth argument takes all that is left, so a password may hold blanks. The error is the reply less "-ERR ".
[[nodiscard]] tl::expected<SnomCommand, std::string> parse_snom_command(std::string_view arguments);

/// "+OK <arguments>" when one phone answered 200; else "-ERR <arguments> [HTTP:401]: " and what each said, where the
/// status in brackets is that of the first phone that answered, 0 when none did.
[[nodiscard]] std::string snom_command_reply(const SnomCommand& command, const std::vector<ContactOutcome>& contacts);

}  // namespace snom::control
