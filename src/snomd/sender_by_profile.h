#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "control/ports.h"
#include "runtime/executor.h"

namespace snom::snomd {

/// Has each message sent by whoever reaches the phones of its registration's profile. Control's thread.
class SenderByProfile final : public control::MessageSender {
 public:
  /// `executor`: control's thread; outlives it.
  explicit SenderByProfile(runtime::Executor& executor) : executor_(executor) {}

  /// `profiles` are the sender's and nobody else's; it outlives this. Before anything is sent.
  void add(std::vector<std::string> profiles, control::MessageSender& sender);

  void send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) override;
  [[nodiscard]] std::size_t max_body(const registration::Registration& to) const override;

 private:
  runtime::Executor& executor_;
  std::vector<std::pair<std::string, control::MessageSender*>> senders_;
};

}  // namespace snom::snomd
