#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/event.h"

namespace snom::control {

/// Collects one answer from each of the contacts that a command asks, in whatever order they come, and tells when the
/// last is in. Kept alive by the callbacks that hold it. Control's thread.
class Gathering {
 public:
  using Done = std::function<void(std::vector<ContactOutcome>)>;
  /// `contacts` (at least one): who is asked, the answers still empty.
  Gathering(std::vector<ContactOutcome> contacts, Done done)
      : contacts_(std::move(contacts)),
        answered_(contacts_.size(), false),
        waiting_(contacts_.size()),
        done_(std::move(done)) {}

  [[nodiscard]] bool is_answered(std::size_t contact) const { return answered_[contact]; }

  /// The answer of one contact; a second one of the same contact is passed over.
  void answer(std::size_t contact, int status, std::string reason, std::optional<Channel> channel = {},
              bool untold = false) {
    if (answered_[contact]) return;
    answered_[contact] = true;
    contacts_[contact].status = status;
    contacts_[contact].reason = std::move(reason);
    contacts_[contact].channel = channel;
    contacts_[contact].untold = untold;
    if (--waiting_ == 0) std::exchange(done_, nullptr)(std::move(contacts_));
  }

 private:
  std::vector<ContactOutcome> contacts_;
  std::vector<bool> answered_;
  std::size_t waiting_;
  Done done_;
};

}  // namespace snom::control
