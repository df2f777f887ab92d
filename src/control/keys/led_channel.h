#pragma once

#include <cstdint>

#include "control/keys/key_channel.h"

namespace snom::control {

/// A NOTIFY of Snom XML with LEDs: the lights of function keys, on models whose LEDs are known.
class LedChannel final : public KeyChannel {
 public:
  explicit LedChannel(MessageSender& messages) : messages_(messages) {}

  [[nodiscard]] Channel name() const override { return Channel::notify; }
  [[nodiscard]] bool serves(const Registration& contact) const override;
  [[nodiscard]] bool carries(const Registration& contact, std::string_view key) const override;
  [[nodiscard]] std::string lost(const Registration& contact, const language::Button& button) const override;
  /// A refusal is one of these LEDs: the keys fail, and go by no other way.
  [[nodiscard]] bool is_unknown_to_phone(int) const override { return false; }
  /// 64 LEDs.
  [[nodiscard]] std::size_t most(const Registration& contact, KeySpan keys) const override;
  void send(const RegistrationPointer& contact, KeySpan keys, std::shared_ptr<const void> under_way,
            std::function<void(SipOutcome)> done) override;

 private:
  MessageSender& messages_;
  std::uint64_t documents_ = 0;
};

}  // namespace snom::control
