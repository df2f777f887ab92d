#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/registration.h"
#include "control/world.h"
#include "runtime/clock.h"

namespace snom::control {

/// One NOTIFY of a command.
struct XmlStep {
  std::string body;                                ///< Snom XML
  std::optional<std::chrono::milliseconds> pause;  ///< until the next one; none = what is configured
};

/// Brings the Snom XML of commands to phones: to each contact one NOTIFY at a time, the next when it has answered and
/// the pause is over, since a phone drops keys that come too quickly; one command after the other. Control's thread.
class XmlDelivery {
 public:
  /// All pauses of one command together; see duration().
  static constexpr std::chrono::milliseconds longest{60000};
  /// Commands that wait for one contact, the one under way included.
  static constexpr std::size_t most_waiting = 8;
  /// NOTIFYs without an answer yet, to all phones together; further ones wait.
  static constexpr std::size_t most_under_way = 200;

  /// `limit`: of a command's waiting for its phone's answers, those to commands in front of it included.
  XmlDelivery(MessageSender& messages, runtime::Clock& clock,
              std::chrono::milliseconds limit = std::chrono::milliseconds(5000))
      : messages_(messages), clock_(clock), limit_(limit) {}
  XmlDelivery(const XmlDelivery&) = delete;
  XmlDelivery& operator=(const XmlDelivery&) = delete;

  /// Between two NOTIFYs to one contact; heeded from the next one on.
  void use(std::chrono::milliseconds pause) { pause_ = pause; }
  /// How long the steps take at least.
  [[nodiscard]] std::chrono::milliseconds duration(const std::vector<XmlStep>& steps) const;

  /// Sends the steps (at least one). `done` gets the last one's outcome, or that of the first that was not taken: the
  /// rest is not sent then. The first step is answered within the limit and the pauses of what is in front of it, or
  /// the command is over; all of them within `longest` more and their own pauses. What waits for other phones to be
  /// answered (most_under_way) has its limit from its turn on.
  void send(const RegistrationPointer& to, std::vector<XmlStep> steps, std::function<void(SipOutcome)> done);

 private:
  struct Job {
    RegistrationPointer to;
    std::vector<XmlStep> steps;
    std::function<void(SipOutcome)> done;  ///< empty once its time was over
    std::uint64_t id = 0;
    runtime::Clock::TimePoint since{};
    runtime::Clock::TimePoint deadline{};
    std::chrono::milliseconds limit{};  ///< until the first step is answered
    std::size_t next = 0;
  };
  struct Lane {
    std::deque<Job> jobs;
    bool busy = false;                 ///< a NOTIFY is under way or waits to be, or the pause after one is not over
    bool under_way = false;            ///< a NOTIFY is
    bool waits = false;                ///< for other phones' answers
    runtime::Clock::TimePoint free{};  ///< when the pause is over
    runtime::Clock::TimePoint sent{};
  };

  void go_on(const std::string& lane);
  void send_next(const std::string& lane);
  void answered(const std::string& lane, const SipOutcome& outcome);
  [[nodiscard]] std::chrono::milliseconds pauses_of(const Job& job) const;
  void watch(const std::string& lane, std::uint64_t job, runtime::Clock::TimePoint until);
  void end_if_over(const std::string& lane, std::uint64_t job);

  MessageSender& messages_;
  runtime::Clock& clock_;
  std::chrono::milliseconds limit_;
  std::chrono::milliseconds pause_{2000};
  std::uint64_t next_job_ = 1;
  std::unordered_map<std::string, Lane> lanes_;  ///< by profile and contact; gone when nothing is left to do
  std::deque<std::string> waiting_;              ///< lanes that wait for others to be answered
  std::size_t under_way_ = 0;
  /// Callbacks hold it weakly: they may come after this has gone.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace snom::control
