#include "control/keys/key_outcome.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace snom::control {
namespace {

bool accepted(const ContactOutcome& contact) { return contact.status >= 200 && contact.status < 300; }
bool unconfirmed(const ContactOutcome& contact) { return contact.unconfirmed; }

std::string answer(const ContactOutcome& contact) {
  if (contact.status == 0) return contact.reason.empty() ? "no answer" : contact.reason;
  return fmt::format("answered {}{}{}", contact.status, contact.reason.empty() ? "" : " ", contact.reason);
}

}  // namespace

Delivery delivery(const std::vector<ContactOutcome>& contacts) {
  if (std::any_of(contacts.begin(), contacts.end(), accepted)) return Delivery::confirmed;
  if (std::any_of(contacts.begin(), contacts.end(), unconfirmed)) return Delivery::sent;
  const bool all_answered =
      std::all_of(contacts.begin(), contacts.end(), [](const ContactOutcome& contact) { return contact.status != 0; });
  return all_answered ? Delivery::refused : Delivery::unanswered;
}

std::string not_set(const std::vector<std::string>& keys, std::string_view address_of_record) {
  return fmt::format("{} {} of {} not set", keys.size() == 1 ? "key" : "keys", fmt::join(keys, ", "),
                     address_of_record);
}

std::string_view way_of(const std::vector<ContactOutcome>& contacts) {
  const auto by_notify = [](const ContactOutcome& contact) { return contact.channel == Channel::notify; };
  const auto subscribed = [](const ContactOutcome& contact) { return contact.channel == Channel::subscription; };
  const auto any = [&](auto matches) { return std::any_of(contacts.begin(), contacts.end(), matches); };
  if (any([&](const auto& contact) { return accepted(contact) && !by_notify(contact) && !subscribed(contact); }))
    return "";
  if (any([&](const auto& contact) { return accepted(contact) && subscribed(contact); })) return " [subscription]";
  if (any([&](const auto& contact) { return accepted(contact) && by_notify(contact); })) return " [notify]";
  if (any([&](const auto& contact) { return contact.unconfirmed && subscribed(contact); }))
    return " [subscription sent]";
  if (any([&](const auto& contact) { return contact.unconfirmed && by_notify(contact); })) return " [notify sent]";
  return any([](const auto& contact) { return contact.unconfirmed; }) ? " [sent]" : "";
}

std::string keys_reply(std::string_view shown_arguments, const std::vector<std::string>& keys,
                       std::string_view address_of_record, const std::vector<ContactOutcome>& contacts) {
  const auto result = delivery(contacts);
  if (result == Delivery::confirmed || result == Delivery::sent) {
    return fmt::format("+OK {}{}", shown_arguments, way_of(contacts));
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
