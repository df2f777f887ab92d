#include "asterisk/key_calls.h"

#include <algorithm>
#include <utility>

namespace snom::asterisk {
namespace {

// Q.850, and what chan_pjsip makes of them.
constexpr std::string_view normal_clearing = "16";    // 603
constexpr std::string_view unallocated_number = "1";  // 404
constexpr std::string_view call_rejected = "21";      // 403

constexpr std::string_view technology = "PJSIP/";

/// What of a bound number is an extension: "1001" of "1001@example.com" and of "sip:1001@example.com".
std::string_view extension_of(std::string_view number) {
  for (const std::string_view scheme : {"sip:", "sips:"}) {
    if (number.starts_with(scheme)) number.remove_prefix(scheme.size());
  }
  return number.substr(0, number.find('@'));
}

}  // namespace

std::optional<std::string> channel_of_key_call(const AmiMessage& event) {
  if (event.get("Event") != "UserEvent" || event.get("UserEvent") != "SnomPress") return std::nullopt;
  if (!control::parse_key_extension(event.get("Exten"))) return std::nullopt;
  const auto channel = event.get("Channel");
  if (!channel.starts_with(technology) || breaks_a_line(channel)) return std::nullopt;
  return std::string(channel);
}

void KeyCalls::called(const std::string& channel) {
  if (under_way_ >= most_under_way || std::ranges::find(pressed_, channel) != pressed_.end()) return;
  ++under_way_;
  const auto call = std::make_shared<Call>();
  call->channel = channel;
  call->left = 3;
  ask(call, "EXTEN", &Call::extension);
  ask(call, "CONTEXT", &Call::context);
  ask(call, "CHANNEL(endpoint)", &Call::endpoint);
}

void KeyCalls::ask(const std::shared_ptr<Call>& call, std::string_view variable, std::string Call::*into) {
  ami_.ask("Getvar", {{"Channel", call->channel}, {"Variable", std::string(variable)}}, limit_,
           lifetime_.guard([this, call, into](const Ami::Answer& answer) {
             (*call).*into = answer.response.get("Value");
             call->is_there = call->is_there && answer.ok;
             if (--call->left > 0) return;
             --under_way_;
             if (call->is_there) judge(*call);
           }));
}

void KeyCalls::judge(const Call& call) {
  const auto key = control::parse_key_extension(call.extension);
  // Another channel than that of such a call: whoever told of it made it up.
  if (!key || std::ranges::find(pressed_, call.channel) != pressed_.end()) return;
  pressed_.push_back(call.channel);
  if (pressed_.size() > most_kept) pressed_.pop_front();
  const auto contacts = ports_.find(call.endpoint);
  const auto from = std::ranges::find_if(contacts, [&key](const auto& one) { return one->user == key->user; });
  if (from == contacts.end()) {
    if (!contacts.empty()) ports_.refused(contacts.front(), call.extension);
    return hang_up(call.channel, call_rejected);
  }
  const auto press = ports_.pressed(*from, key->key);
  if (!press.number.empty()) return send_on(call, press.number);
  hang_up(call.channel, press.bound ? normal_clearing : unallocated_number);
}

void KeyCalls::hang_up(const std::string& channel, std::string_view cause) {
  ami_.ask("Hangup", {{"Channel", channel}, {"Cause", std::string(cause)}}, limit_, [](const Ami::Answer&) {});
}

void KeyCalls::send_on(const Call& call, std::string_view number) {
  ami_.ask("Redirect",
           {{"Channel", call.channel},
            {"Context", call.context},
            {"Exten", std::string(extension_of(number))},
            {"Priority", "1"}},
           limit_, lifetime_.guard([this, channel = call.channel](const Ami::Answer& answer) {
             if (!answer.ok) hang_up(channel, unallocated_number);
           }));
}

}  // namespace snom::asterisk
