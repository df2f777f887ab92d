#include "mod_snom/outgoing_events.h"

#include <variant>

#include <fmt/format.h>

#include "control/contact.h"
#include "mod_snom/core.h"

namespace snom::freeswitch {
namespace {

void add_address(OutgoingEvent& event, const std::string& address_of_record) {
  const auto at = address_of_record.rfind('@');
  event.add("Address-Of-Record", address_of_record);
  event.add("User", address_of_record.substr(0, at));
  if (at != std::string::npos) event.add("Domain", address_of_record.substr(at + 1));
}

void fire(const control::ButtonSet& set) {
  OutgoingEvent event(OutgoingEvents::button);
  add_address(event, set.address_of_record);
  event.add("Key", set.button.key);
  if (set.button.light) event.add("Light", std::string(language::to_string(*set.button.light)));
  event.add("Label", set.button.label);
  if (set.button.action) event.add("Action-Name", std::string(language::to_string(*set.button.action)));
  event.add("Action", set.button.number);
  event.add("Confirmed", set.confirmed ? "true" : "false");
  if (!set.error.empty()) event.add("Error", set.error);
  event.add("Contact-Count", std::to_string(set.contacts.size()));
  int number = 0;
  for (const auto& contact : set.contacts) {
    const auto name = fmt::format("Contact-{}", ++number);
    event.add(name.c_str(), contact.contact);
    event.add((name + "-Status").c_str(), std::to_string(contact.status));
    if (!contact.reason.empty()) event.add((name + "-Reason").c_str(), contact.reason);
    if (contact.channel) event.add((name + "-Channel").c_str(), std::string(to_string(*contact.channel)));
    if (!contact.lost.empty()) event.add((name + "-Lost").c_str(), contact.lost);
  }
}

void fire(const control::KeysSent& sent) {
  OutgoingEvent event(OutgoingEvents::keys);
  add_address(event, sent.registration->address_of_record());
  event.add("Contact", control::without_uri_passwords(sent.registration->contact));
  event.add("Key-Count", std::to_string(sent.keys));
  event.add("Restore", sent.restore ? "true" : "false");
  event.add("Status", std::to_string(sent.status));
  if (!sent.reason.empty()) event.add("Reason", sent.reason);
  event.add("Channel", std::string(to_string(sent.channel)));
  event.add("Since-Registered-Ms", std::to_string(sent.since_registered.count()));
}

void fire(const control::Pressed& pressed) {
  OutgoingEvent event(OutgoingEvents::press);
  add_address(event, pressed.address_of_record);
  event.add("Key", pressed.key);
  event.add("Action", pressed.action);
  event.add("Accepted", pressed.accepted ? "true" : "false");
  if (!pressed.why.empty()) event.add("Reason", pressed.why);
  if (!pressed.output.empty()) event.add("Output", pressed.output);
}

}  // namespace

void OutgoingEvents::publish(const control::Event& event) {
  if (const auto* set = std::get_if<control::ButtonSet>(&event)) {
    fire(*set);
  } else if (const auto* sent = std::get_if<control::KeysSent>(&event)) {
    fire(*sent);
  } else if (const auto* pressed = std::get_if<control::Pressed>(&event)) {
    fire(*pressed);
  }
}

}  // namespace snom::freeswitch
