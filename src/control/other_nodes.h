#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "control/commands/command_context.h"
#include "control/event.h"
#include "control/keys/wanted_keys.h"

namespace snom::control {

/// Phones that other programs with the same shared store speak to, of each one of them. What they are asked for comes
/// to them once or not at all. Control's thread.
class OtherNodes {
 public:
  virtual ~OtherNodes() = default;

  /// The name of the program that speaks to the phones of an address of record; empty: this one, or nobody.
  [[nodiscard]] virtual std::string node_of(std::string_view address_of_record) const = 0;
  /// Addresses of record whose phones others speak to, in no order.
  [[nodiscard]] virtual std::vector<std::string> phones() const = 0;

  /// What each contact said, none when none is registered there; the error says why that is not known. Later, within
  /// the implementer's limit.
  using Done = std::function<void(tl::expected<std::vector<ContactOutcome>, std::string>)>;

  /// These revisions are stored: the phones are to show them, or later ones.
  virtual void deliver(const std::string& address_of_record, const std::vector<WantedKeys::Revision>& revisions,
                       Done done) = 0;
  /// Runs a snom_command for these phones. `line`: with its secrets. `limit`: of the command.
  virtual void run(const std::string& address_of_record, const std::string& line, const Credentials& credentials,
                   std::chrono::milliseconds limit, Done done) = 0;
  /// Sends them a text.
  virtual void tell(const std::string& address_of_record, const std::string& text) = 0;
};

}  // namespace snom::control
