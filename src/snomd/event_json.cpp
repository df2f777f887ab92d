#include "snomd/event_json.h"

#include <fmt/format.h>

#include "control/contact.h"
#include "language/refused.h"
#include "runtime/overloaded.h"
#include "snomd/entity_tag.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json button_json(const language::Button& button) {
  json value;
  value["key"] = button.key;
  value["light"] = button.light ? json(language::to_string(*button.light)) : json(nullptr);
  value["colour"] = button.colour ? json(language::to_string(*button.colour)) : json(nullptr);
  value["label"] = text_or_null(button.label);
  value["number"] = text_or_null(button.number);
  value["action"] = button.action ? json(language::to_string(*button.action)) : json(nullptr);
  value["caller"] = text_or_null(button.caller);
  return value;
}

json channel_json(std::optional<control::Channel> channel) {
  return channel ? json(control::to_string(*channel)) : json(nullptr);
}

json contacts_json(const std::vector<control::ContactOutcome>& contacts) {
  json values = json::array();
  for (const control::ContactOutcome& outcome : contacts) {
    json value = {{"contact", outcome.contact}, {"status", outcome.status}, {"reason", outcome.reason}};
    value["channel"] = channel_json(outcome.channel);
    if (outcome.channel == control::Channel::notify || outcome.channel == control::Channel::subscription)
      value["lost"] = text_or_null(outcome.lost);
    values.push_back(std::move(value));
  }
  return values;
}

std::string host_and_port(const std::string& host, std::uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

}  // namespace

json to_json(const registration::Registration& registration, registration::Registration::TimePoint now) {
  return {{"user", registration.user},
          {"domain", registration.domain},
          {"profile", registration.profile},
          {"contact", language::without_uri_passwords(registration.contact)},
          {"network", host_and_port(registration.network_host, registration.network_port)},
          {"transport", registration.transport},
          {"user_agent", registration.user_agent},
          {"call_id", registration.call_id},
          {"web", text_or_null(registration.web)},
          {"expires", registration.expires_in_s(now)}};
}

json to_json(const control::CommandService::KeyStatus& key) {
  json value = button_json(key.button);
  value["number_hidden"] = key.number_hidden;
  value["state"] = control::to_string(key.state);
  value["etag"] = entity_tag(key.revision, key.set_at);
  value["set_at"] = control::iso_time(key.set_at);
  value["set_by"] = text_or_null(key.set_by);
  json contacts = json::array();
  for (const auto& contact : key.contacts) {
    json one{{"contact", contact.contact},
             {"state", control::to_string(contact.state)},
             {"status", contact.status},
             {"reason", contact.reason},
             {"channel", channel_json(contact.channel)}};
    if (contact.channel == control::Channel::notify || contact.channel == control::Channel::subscription) {
      one["lost"] = text_or_null(contact.lost);
    }
    contacts.push_back(std::move(one));
  }
  value["contacts"] = std::move(contacts);
  return value;
}

json to_json(const control::Event& event, registration::Registration::TimePoint at) {
  return std::visit(
      runtime::Overloaded{
          [at](const control::Registered& e) {
            json value = to_json(e.registration, at);
            value["taken_over"] = e.taken_over;
            return value;
          },
          [at](const control::Unregistered& e) {
            json value = to_json(e.registration, at);
            value["why"] = e.why;
            return value;
          },
          [](const control::ButtonSet& e) {
            json value = button_json(e.button);
            value["address_of_record"] = e.address_of_record;
            value["confirmed"] = e.confirmed;
            value["contacts"] = contacts_json(e.contacts);
            if (!e.error.empty()) value["error"] = e.error;
            return value;
          },
          [](const control::KeysSent& e) {
            return json{{"address_of_record", e.registration->address_of_record()},
                        {"contact", language::without_uri_passwords(e.registration->contact)},
                        {"keys", e.keys},
                        {"restore", e.restore},
                        {"status", e.status},
                        {"reason", e.reason},
                        {"channel", channel_json(e.channel)},
                        {"since_registered_ms", e.since_registered.count()}};
          },
          [](const control::Pressed& e) {
            return json{{"address_of_record", e.address_of_record},
                        {"key", text_or_null(e.key)},
                        {"action", e.action},
                        {"accepted", e.accepted},
                        {"why", text_or_null(e.why)},
                        {"output", text_or_null(e.output)}};
          },
          [](const control::CommandDone& e) {
            return json{{"command", e.command}, {"reply", e.reply}, {"contacts", contacts_json(e.contacts)}};
          }},
      event);
}

std::string_view event_name(const control::Event& event) {
  return std::visit(runtime::Overloaded{[](const control::Registered&) { return "registered"; },
                                        [](const control::Unregistered&) { return "unregistered"; },
                                        [](const control::ButtonSet&) { return "button"; },
                                        [](const control::KeysSent&) { return "keys"; },
                                        [](const control::Pressed&) { return "press"; },
                                        [](const control::CommandDone&) { return "command"; }},
                    event);
}

std::string phone_of(const control::Event& event) {
  return std::visit(
      runtime::Overloaded{[](const control::Registered& e) { return e.registration->address_of_record(); },
                          [](const control::Unregistered& e) { return e.registration->address_of_record(); },
                          [](const control::ButtonSet& e) { return e.address_of_record; },
                          [](const control::KeysSent& e) { return e.registration->address_of_record(); },
                          [](const control::Pressed& e) { return e.address_of_record; },
                          [](const control::CommandDone&) { return std::string(); }},
      event);
}

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace snom::snomd
