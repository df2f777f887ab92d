#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "asterisk/ami.h"
#include "asterisk/phone_answers.h"
#include "asterisk/phone_messages.h"
#include "control/contact_queue.h"
#include "control/ports.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::asterisk {

/// A document as lines that Asterisk joins with CR LF again: cut where two tags meet, so that it means the same. The
/// error: a piece between two tags is too long, or there are too many pieces.
[[nodiscard]] tl::expected<std::vector<std::string>, std::string> as_content_lines(std::string_view document);

/// Sends by Asterisk's manager: MESSAGE by MessageSend, NOTIFY by PJSIPNotify. Asterisk tells of neither how the phone
/// answered, so what it took was only sent (SipOutcome::unconfirmed), unless copies of both tell more. Control's
/// thread.
class PhoneSender final : public control::MessageSender {
 public:
  /// Of a MESSAGE's body: what one line of the manager holds in base64.
  static constexpr std::size_t longest_body = 756;

  struct Options {
    std::chrono::milliseconds answer_limit{5000};
    /// After Asterisk has taken a NOTIFY, before the next one to the same phone: it sends them by several threads.
    std::chrono::milliseconds notify_gap{5};
  };
  struct Counters {
    std::uint64_t sent = 0;     ///< Asterisk took it
    std::uint64_t refused = 0;  ///< it did not
  };

  /// `answers`: where copies of phones' answers come; `ari`: who sends what is too long for the manager. nullptr:
  /// nobody.
  PhoneSender(Options options, Ami& ami, runtime::Executor& control, runtime::Clock& clock,
              PhoneAnswers* answers = nullptr, LongMessages* ari = nullptr);
  PhoneSender(const PhoneSender&) = delete;
  PhoneSender& operator=(const PhoneSender&) = delete;

  void send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) override;
  /// Tells what waits for its turn "stopping".
  void stop();
  [[nodiscard]] std::size_t max_body(const registration::Registration& to) const override;

  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  using Done = PhoneAnswers::Done;
  static constexpr std::size_t most_waiting = 64;  ///< NOTIFYs to one contact

  /// A NOTIFY behind another one to the same phone: for the limit of an answer at most.
  struct Queued {
    Done done;
    runtime::Clock::TimerId timer = 0;
  };

  void refuse(const Done& done, control::SipOutcome outcome);  ///< nothing was sent
  [[nodiscard]] Done taken_from_queue(std::uint64_t place);    ///< empty: it waits no more
  void send_message(const control::OutgoingMessage& message, Done done);
  void send_by_ari(const control::OutgoingMessage& message, Done done);
  void send_notify(const control::OutgoingMessage& message, Done done);
  /// What is to become of Asterisk's answer; adds to the fields what ties the phone's answer to it.
  [[nodiscard]] Ami::Done watched(Fields& fields, Done done);
  [[nodiscard]] control::SipOutcome outcome_of(const Ami::Answer& answer);

  Options options_;
  Ami& ami_;
  runtime::Executor& control_;
  runtime::Clock& clock_;
  PhoneAnswers* answers_;
  LongMessages* ari_;
  control::ContactQueue notifies_;  ///< one at a time to each contact, and a gap behind it
  std::map<std::uint64_t, Queued> queued_;
  std::uint64_t last_queued_ = 0;
  Counters counters_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
