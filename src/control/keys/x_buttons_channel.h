#pragma once

#include "control/keys/key_channel.h"

namespace snom::control {

/// A MESSAGE (RFC 3428) of application/x-buttons: light, label and action of any key.
class XButtonsChannel final : public KeyChannel {
 public:
  XButtonsChannel(MessageSender& messages, std::size_t max_document_bytes)
      : messages_(messages), max_document_bytes_(max_document_bytes) {}

  [[nodiscard]] Channel name() const override { return Channel::buttons; }
  [[nodiscard]] bool serves(const Registration&) const override { return true; }
  [[nodiscard]] bool carries(const Registration&, std::string_view) const override { return true; }
  [[nodiscard]] std::string lost(const Registration&, const language::Button&) const override { return {}; }
  /// 405, 415, 489 or 501.
  [[nodiscard]] bool is_unknown_to_phone(int status) const override;
  [[nodiscard]] std::size_t most(const Registration& contact, KeySpan keys) const override;
  void send(const RegistrationPointer& contact, KeySpan keys, std::shared_ptr<const void> under_way,
            std::function<void(SipOutcome)> done) override;

 private:
  MessageSender& messages_;
  const std::size_t max_document_bytes_;
};

}  // namespace snom::control
