#include "control/keys/x_buttons_channel.h"

#include <algorithm>
#include <utility>

#include "control/presses/press.h"
#include "language/buttons_document.h"

namespace snom::control {
namespace {

/// The action is told by its reference where it has one.
language::Button as_told(const WantedButton& wanted) {
  auto told = wanted.button;
  if (wanted.reference.empty()) return told;
  told.number = wanted.reference;
  if (!wanted.reference.starts_with(message_reference)) told.action = language::Action::invite;
  return told;
}

/// Upper bound of a key's part in a document.
std::size_t bytes_of(const WantedButton& wanted) {
  const auto& button = wanted.button;
  const auto& number = wanted.reference.empty() ? button.number : wanted.reference;
  return 64 + button.key.size() + button.label.size() + number.size() + button.caller.size();
}

}  // namespace

bool XButtonsChannel::is_unknown_to_phone(int status) const { return refuses_buttons(status); }

std::size_t XButtonsChannel::most(const Registration& contact, KeySpan keys) const {
  const auto limit = std::min(max_document_bytes_, messages_.max_body(contact));
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const auto* wanted : keys) {
    bytes += bytes_of(*wanted);
    if (count > 0 && bytes > limit) break;
    ++count;
  }
  return count;
}

void XButtonsChannel::send(const RegistrationPointer& contact, KeySpan keys, std::shared_ptr<const void> under_way,
                           std::function<void(SipOutcome)> done) {
  std::vector<language::Button> buttons;
  buttons.reserve(keys.size());
  for (const auto* wanted : keys) buttons.push_back(as_told(*wanted));
  messages_.send({contact,
                  {},
                  std::string(language::buttons_content_type),
                  language::write_buttons_document(buttons),
                  {},
                  std::move(under_way)},
                 std::move(done));
}

}  // namespace snom::control
