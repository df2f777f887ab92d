#pragma once

#include <chrono>
#include <cstddef>
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
/// guesses, not from all the others either, and its Call-ID the answer. Control's thread.
class PhoneAnswers final {
 public:
  /// `is_repeated`: Asterisk may still be sending it to a phone that is silent.
  using Done = std::function<void(control::SipOutcome outcome, bool is_repeated)>;

  PhoneAnswers(std::chrono::milliseconds limit, runtime::Executor& control, runtime::Clock& clock);
  PhoneAnswers(const PhoneAnswers&) = delete;
  PhoneAnswers& operator=(const PhoneAnswers&) = delete;

  /// A reference of what Asterisk is asked to send now. `done` is posted once: with the phone's answer; after the
  /// limit, that there was none; or, when Asterisk took the request and no copy of it came, that nothing is told. When
  /// neither a copy nor Asterisk's answer came by then, that answer is waited for: taken() or refused() is called.
  [[nodiscard]] std::string expect(Done done);
  /// Asterisk took it.
  void taken(const std::string& reference);
  /// Asterisk did not take it, or how it answered was lost. A copy that came says better what became of it.
  void refused(const std::string& reference, control::SipOutcome outcome, bool is_lost);
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
    bool is_taken = false;
    bool is_over = false;  ///< the limit
  };
  /// At the limit or after it.
  void conclude(const std::string& reference, const Waiting& waiting);
  void end(const std::string& reference, control::SipOutcome outcome, bool is_repeated);

  std::chrono::milliseconds limit_;
  runtime::Executor& control_;
  runtime::Clock& clock_;
  std::unordered_map<std::string, Waiting> waiting_;         ///< by reference
  std::unordered_map<std::string, std::string> references_;  ///< by Call-ID, of those waiting
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
