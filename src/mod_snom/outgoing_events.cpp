#include "mod_snom/outgoing_events.h"

#include <variant>

#include <fmt/format.h>

#include "control/contact.h"
#include "language/dialog_info.h"
#include "language/refused.h"
#include "language/xml_text.h"
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
  event.add("Contact", language::without_uri_passwords(sent.registration->contact));
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

void tell_presence(const PresenceKeys::Presence& presence) {
  const auto dialog = language::dialog_of_light(presence.light.light, presence.light.caller);
  const bool is_dark = dialog.state == language::DialogState::terminated;
  const std::string from = presence.name + "@" + presence.host;
  OutgoingEvent event(SWITCH_EVENT_PRESENCE_IN);
  event.add("proto", "snom");
  event.add("login", from);
  event.add("from", from);
  event.add("rpid", "unknown");
  event.add("event_type", "presence");
  event.add("alt_event_type", "dialog");
  event.add("event_count", "0");
  // Without an id mod_sofia writes no dialog.
  event.add("unique-id", presence.name);
  event.add("channel-state", is_dark ? "CS_HANGUP" : "CS_EXECUTE");
  event.add("answer-state", std::string(to_string(dialog.state)));
  event.add("status", dialog.is_held ? "hold" : is_dark ? "Idle" : "Active");
  // The phone is the one that is called; and without a number of the other party there is no party at all, and with it
  // goes that the call is held.
  event.add("presence-call-direction", "outbound");
  event.add("Caller-Caller-ID-Number", "anonymous");
  if (dialog.caller.empty()) {
    event.add("Presence-Privacy", "true");
  } else {
    // mod_sofia writes names into XML as they are.
    event.add("Caller-Caller-ID-Name", language::xml_text(dialog.caller));
  }
}

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
