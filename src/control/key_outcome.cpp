#include "control/key_outcome.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace snom::control {
namespace {

bool accepted(const ContactOutcome& contact) { return contact.status >= 200 && contact.status < 300; }
bool taken(const ContactOutcome& contact) { return accepted(contact) || contact.untold; }

std::string answer(const ContactOutcome& contact) {
  if (contact.status == 0) return contact.reason.empty() ? "no answer" : contact.reason;
  return fmt::format("answered {}{}{}", contact.status, contact.reason.empty() ? "" : " ", contact.reason);
}

}  // namespace

Delivery delivery(const std::vector<ContactOutcome>& contacts) {
  if (std::any_of(contacts.begin(), contacts.end(), taken)) return Delivery::confirmed;
  const bool all_answered =
      std::all_of(contacts.begin(), contacts.end(), [](const ContactOutcome& contact) { return contact.status != 0; });
  return all_answered ? Delivery::refused : Delivery::unanswered;
}

std::string not_set(const std::vector<std::string>& keys, std::string_view address_of_record) {
  return fmt::format("{} {} of {} not set", keys.size() == 1 ? "key" : "keys", fmt::join(keys, ", "),
                     address_of_record);
}

std::string_view carried_by_notify(const std::vector<ContactOutcome>& contacts) {
  std::string_view carried;
  for (const auto& contact : contacts) {
    if (!taken(contact)) continue;
    if (contact.channel != Channel::notify) return {};
    if (accepted(contact)) carried = " [notify]";
    if (carried.empty()) carried = " [notify sent]";
  }
  return carried;
}

std::string keys_reply(std::string_view shown_arguments, const std::vector<std::string>& keys,
                       std::string_view address_of_record, const std::vector<ContactOutcome>& contacts) {
  if (delivery(contacts) == Delivery::confirmed) {
    return fmt::format("+OK {}{}", shown_arguments, carried_by_notify(contacts));
  }
  auto reply = fmt::format("-ERR {}: ", not_set(keys, address_of_record));
  if (contacts.size() == 1) {
    const auto& only = contacts.front();
    return reply.append(only.status == 0 ? "" : "phone ").append(answer(only));
  }
  std::string_view separator;
  for (const auto& contact : contacts) {
    reply.append(separator).append(contact.contact).append(": ").append(answer(contact));
    separator = "; ";
  }
  return reply;
}

}  // namespace snom::control
