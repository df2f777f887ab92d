#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/event.h"
#include "runtime/executor.h"

namespace snom::control {

/// Collects one answer from each of the contacts that a command asks, in whatever order they come, and posts them to
/// control's thread when the last is in. Kept alive by the callbacks that hold it. Control's thread.
class OutcomeCollector {
 public:
  using Done = std::function<void(std::vector<ContactOutcome>)>;
  /// `contacts` (at least one): who is asked, the answers still empty. `control` outlives this.
  OutcomeCollector(std::vector<ContactOutcome> contacts, runtime::Executor& control, Done done)
      : contacts_(std::move(contacts)),
        control_(control),
        answered_(contacts_.size(), false),
        waiting_(contacts_.size()),
        done_(std::move(done)) {}

  [[nodiscard]] bool is_answered(std::size_t contact) const { return answered_[contact]; }

  /// The answer of one contact; a second one of the same contact is passed over.
  void answer(std::size_t contact, int status, std::string reason, std::optional<Channel> channel = {},
              bool unconfirmed = false) {
    if (answered_[contact]) return;
    answered_[contact] = true;
    contacts_[contact].status = status;
    contacts_[contact].reason = std::move(reason);
    contacts_[contact].channel = channel;
    contacts_[contact].unconfirmed = unconfirmed;
    if (--waiting_ > 0) return;
    control_.post([done = std::exchange(done_, nullptr), contacts = std::move(contacts_)]() mutable {
      done(std::move(contacts));
    });
  }

 private:
  std::vector<ContactOutcome> contacts_;
  runtime::Executor& control_;
  std::vector<bool> answered_;
  std::size_t waiting_;
  Done done_;
};

}  // namespace snom::control
