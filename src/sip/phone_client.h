#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "control/ports.h"
#include "sip/event_loop.h"
#include "sip/message_client.h"

namespace snom::sip {

/// Sends one request to a phone that may be reached by several flows (RFC 5626 section 5.3): by the first; by the next
/// when that one fails, or says nothing for its share of the limit, and the message may be repeated. All carry the same
/// Call-ID, so that a phone that gets it twice acts once (RFC 3261 section 8.2.2.2). Loop's thread.
class PhoneClient final {
 public:
  struct Way {
    /// Asked when it is its turn.
    std::function<tl::expected<MessageClient::Route, std::string>()> route;
    /// Told what became of it, also after another one answered.
    std::function<void(const control::SipOutcome&)> note;
  };

  /// All outlive it. `answer_timeout`: of the whole.
  PhoneClient(EventLoop& loop, MessageClient& messages, std::chrono::milliseconds answer_timeout)
      : loop_(loop), messages_(messages), answer_timeout_(answer_timeout) {}

  /// `ways`: at least one, the best first. `done` is told once.
  void send(control::OutgoingMessage message, std::vector<Way> ways, MessageClient::Done done);

 private:
  struct Delivery;
  void try_next(const std::shared_ptr<Delivery>& delivery);
  void answered(const std::shared_ptr<Delivery>& delivery, std::size_t way, control::SipOutcome outcome);

  EventLoop& loop_;
  MessageClient& messages_;
  std::chrono::milliseconds answer_timeout_;
};

/// False where the request did not come to the phone: nothing was answered, or a proxy says that the way is broken.
[[nodiscard]] bool reached_the_phone(const control::SipOutcome& outcome);

}  // namespace snom::sip
