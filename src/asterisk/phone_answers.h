#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "asterisk/hep.h"
#include "control/ports.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::asterisk {

/// Ties what Asterisk sent to how phones answered, by copies of both: a request of ours carries a reference that nobody
/// guesses, and its Call-ID the answer. Control's thread.
class PhoneAnswers final {
 public:
  using Done = std::function<void(control::SipOutcome)>;

  PhoneAnswers(std::chrono::milliseconds limit, runtime::Executor& control, runtime::Clock& clock);
  PhoneAnswers(const PhoneAnswers&) = delete;
  PhoneAnswers& operator=(const PhoneAnswers&) = delete;

  /// A reference to send. `done` is posted once: with the phone's answer; after the limit, that there was none; or,
  /// when no copy of the request came either, that nothing is told.
  [[nodiscard]] std::string expect(Done done);
  /// Asterisk did not take it.
  void refused(const std::string& reference, control::SipOutcome outcome);
  void copied(const SipCopy& copy);
  /// Tells all that wait "stopping".
  void stop();

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    Done done;
    runtime::Clock::TimerId timer = 0;
    std::string call_id;         ///< of the copy; empty = none came
    control::SipOutcome last{};  ///< a challenge, which Asterisk may answer
  };
  void end(const std::string& reference, control::SipOutcome outcome);

  std::chrono::milliseconds limit_;
  runtime::Executor& control_;
  runtime::Clock& clock_;
  std::string prefix_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::string, Waiting> waiting_;         ///< by reference
  std::unordered_map<std::string, std::string> references_;  ///< by Call-ID, of those waiting
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
