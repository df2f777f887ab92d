#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/contact_queue.h"
#include "control/ports.h"
#include "control/registration.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::control {

/// One NOTIFY of a command.
struct XmlStep {
  std::string body;                                ///< Snom XML; empty with another event
  std::optional<std::chrono::milliseconds> pause;  ///< until the next one; none = what is configured
  std::string event = {};                          ///< "check-sync;reboot=false"; empty = that of Snom XML
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
  XmlDelivery(MessageSender& messages, runtime::Executor& executor, runtime::Clock& clock,
              std::chrono::milliseconds limit = std::chrono::milliseconds(5000))
      : messages_(messages), executor_(executor), clock_(clock), limit_(limit), ways_(executor) {}
  XmlDelivery(const XmlDelivery&) = delete;
  XmlDelivery& operator=(const XmlDelivery&) = delete;

  /// Between two NOTIFYs to one contact; heeded from the next one on.
  void use(std::chrono::milliseconds pause) { pause_ = pause; }
  /// How long the steps take at least.
  [[nodiscard]] std::chrono::milliseconds duration(const std::vector<XmlStep>& steps) const;

  /// Sends the steps (at least one). `done`, later, gets the last one's outcome, or that of the first that was not
  /// taken: the rest is not sent then. The first step is answered within the limit and the pauses of what is in front
  /// of it, or the command is over; all of them within `longest` more and their own pauses. What waits for other phones
  /// to be answered (most_under_way) has its limit from its turn on.
  void send(const RegistrationPointer& to, std::vector<XmlStep> steps, std::function<void(SipOutcome)> done);

 private:
  /// The commands to one contact.
  struct Line {
    std::size_t jobs = 0;                ///< whose end is not known yet
    runtime::Clock::TimePoint pauses{};  ///< when the pauses of all of them are over, if the phone answers at once
    bool waits_for_place = false;        ///< the first one does, since most_under_way are
    runtime::Clock::TimePoint placed{};  ///< when it last stopped doing so
  };
  struct Job {
    RegistrationPointer to;
    std::vector<XmlStep> steps;
    std::function<void(SipOutcome)> done;  ///< empty once told
    std::string contact;
    std::shared_ptr<Line> line;
    ContactQueue::Token way;  ///< from its turn on, until the pause after its last step is over
    runtime::Clock::TimePoint since{};
    runtime::Clock::TimePoint deadline{};
    std::chrono::milliseconds limit{};  ///< until the first step is answered
    std::size_t next = 0;
    bool under_way = false;  ///< a NOTIFY is
    runtime::Clock::TimePoint sent{};
  };
  using JobPointer = std::shared_ptr<Job>;

  void begin(const JobPointer& job, ContactQueue::Token way);
  void send_when_placed(const JobPointer& job);
  void send_next(const JobPointer& job);
  void answered(const JobPointer& job, SipOutcome outcome);
  void go_on_after(std::chrono::milliseconds pause, const JobPointer& job);
  void end(const JobPointer& job, SipOutcome outcome);
  /// When the pause after the last command is over, too.
  void forget_if_idle(const Job& job);
  [[nodiscard]] std::chrono::milliseconds pauses_of(const Job& job) const;
  void watch(const JobPointer& job);
  void end_if_over(const JobPointer& job);
  [[nodiscard]] std::string why_over(const Job& job) const;

  MessageSender& messages_;
  runtime::Executor& executor_;
  runtime::Clock& clock_;
  std::chrono::milliseconds limit_;
  std::chrono::milliseconds pause_{2000};
  std::unordered_map<std::string, std::shared_ptr<Line>> lines_;  ///< by profile and contact, of busy ones
  ContactQueue ways_;
  std::deque<JobPointer> waiting_;  ///< for others to be answered
  std::size_t under_way_ = 0;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::control
