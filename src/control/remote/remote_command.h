#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "control/remote/xml_delivery.h"

/// What snom_command wants of a phone, as each channel carries it. Values and pure functions.
namespace snom::control {

struct RemoteCommand {
  /// What is asked of the phone's page, "/command.htm?key=enter", or why that is not possible by HTTP.
  tl::expected<std::string, std::string> web = tl::unexpected(std::string());
  /// The NOTIFYs, at least one, or why it is not possible by NOTIFY.
  tl::expected<std::vector<XmlStep>, std::string> xml = tl::unexpected(std::string());
  bool any_firmware = false;  ///< the NOTIFY is no silent XML, but what phones without that take, too
  std::string screen_file;    ///< `screen`: the picture that comes back is to be kept under this name
};

/// How many words each command has behind its name, and how many of them may be shown.
struct CommandForm {
  enum class Words {
    none,
    one,
    optional_identity,  ///< a number from 1 to 12, or nothing
    name_and_value,     ///< the value may be a password
    rest_of_line,       ///< and no user name and password
  };
  std::string_view name;
  Words words = Words::one;
  std::string_view usage;  ///< "dial <number>"
};
[[nodiscard]] std::span<const CommandForm> command_forms();
/// What `action` takes.
[[nodiscard]] std::vector<std::string_view> action_names();
/// nullptr: there is no such command. Case of letters does not matter.
[[nodiscard]] const CommandForm* command_form(std::string_view name);
/// "key, action, ... or provision".
[[nodiscard]] std::string command_names();

/// Asks for the picture of the screen, which is to be kept under this name; empty: to be handed on.
[[nodiscard]] RemoteCommand picture_of_screen(std::string file);

/// `words`: those behind the command's name, as many as its form has. The error names the argument.
[[nodiscard]] tl::expected<RemoteCommand, std::string> make_remote_command(const CommandForm& form,
                                                                           const std::vector<std::string>& words);

}  // namespace snom::control
