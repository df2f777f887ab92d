#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cluster/nodes.h"
#include "control/ports.h"
#include "registration/registration.h"
#include "runtime/clock.h"
#include "runtime/lifetime.h"

namespace snom::cluster {

/// What was sent by somebody who repeats it until it is answered, and cannot be stopped: nothing of it is over before
/// its transaction is (RFC 3261 section 17.1.2.2, timer F), whatever is told of it before. So long its phone is not
/// given away. Remembers one message a phone, the latest. Control's thread.
class Lingering final {
 public:
  /// `clock`: control's, outlives it. `time`: of a transaction, from when it was sent.
  Lingering(runtime::Clock& clock, std::chrono::milliseconds time) : clock_(clock), time_(time) {}
  Lingering(const Lingering&) = delete;
  Lingering& operator=(const Lingering&) = delete;

  using Done = std::function<void(control::SipOutcome)>;
  /// Before a message is sent to this phone: `done`, which then keeps `speaking` until the phone has answered, or may
  /// not be sent anything of it any more.
  [[nodiscard]] Done until_over(const registration::Registration& to, std::shared_ptr<const Speaking> speaking,
                                Done done);
  /// The same of what is sent now, and of which nothing will be told.
  void keep(const std::string& address_of_record, std::shared_ptr<const Speaking> speaking) {
    keep(address_of_record, std::move(speaking), clock_.now());
  }

 private:
  struct Kept {
    std::shared_ptr<const Speaking> speaking;
    runtime::Clock::TimePoint until;
  };
  void keep(const std::string& address_of_record, std::shared_ptr<const Speaking> speaking,
            runtime::Clock::TimePoint sent);
  void look_later();

  runtime::Clock& clock_;
  const std::chrono::milliseconds time_;
  std::unordered_map<std::string, Kept> kept_;  ///< by address of record
  bool looks_ = false;                          ///< its timer is set
  runtime::Lifetime lifetime_;
};

}  // namespace snom::cluster
