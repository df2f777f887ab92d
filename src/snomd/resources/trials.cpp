#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "control/keys/key_trial.h"
#include "language/text.h"
#include "snomd/api_core.h"
#include "snomd/body_json.h"
#include "snomd/event_json.h"
#include "snomd/phone_summary.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

using control::Channel;
using control::KeyTrial;
using nlohmann::json;

constexpr int last_led = 999;

/// What is wrong, as a problem document that names the property.
template <typename Value>
using Read = tl::expected<Value, http::Response>;

tl::unexpected<http::Response> refuse(const char* name, const std::string& what) {
  return tl::unexpected(problem(400, fmt::format("{}: {}", name, what), name));
}

Read<std::string> text_of(const json& body, const char* name, std::size_t most) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return std::string();
  if (!found->is_string()) return refuse(name, "expected a text");
  auto text = found->get<std::string>();
  if (const auto checked = language::check_text(name, text, most); !checked) {
    return refuse(name, checked.error().message);
  }
  return text;
}

/// A word that `parse` knows, into `into`.
template <typename Parse, typename Into>
std::optional<http::Response> take_word(const json& body, const char* name, Parse parse, Into& into) {
  const auto text = text_of(body, name, language::max_key_bytes);
  if (!text) return text.error();
  if (text->empty()) return std::nullopt;
  const auto parsed = parse(*text);
  if (!parsed) return problem(400, fmt::format("{}: {}", name, parsed.error().message), name);
  into = *parsed;
  return std::nullopt;
}

Read<KeyTrial> trial_of(const json& body) {
  if (!body.is_object()) return tl::unexpected(problem(400, "expected an object, as {\"channel\": \"buttons\", ...}"));
  KeyTrial trial;
  for (const auto& [name, value] : body.items()) {
    constexpr std::string_view known[] = {"channel", "key", "led", "light", "colour", "label", "number", "action"};
    if (std::find(std::begin(known), std::end(known), name) == std::end(known)) {
      return tl::unexpected(no_property(name, "channel, key, led, light, colour, label, number, action"));
    }
  }
  const auto channel = text_of(body, "channel", language::max_key_bytes);
  if (!channel) return tl::unexpected(channel.error());
  if (*channel != "buttons" && *channel != "notify" && *channel != "subscription") {
    return refuse("channel", "expected buttons, notify or subscription");
  }
  trial.channel = *channel == "buttons"  ? Channel::buttons
                  : *channel == "notify" ? Channel::notify
                                         : Channel::subscription;
  if (auto wrong = take_word(body, "light", language::parse_light, trial.button.light)) {
    return tl::unexpected(std::move(*wrong));
  }
  if (auto wrong = take_word(body, "colour", language::parse_colour, trial.button.colour)) {
    return tl::unexpected(std::move(*wrong));
  }
  if (auto wrong = take_word(body, "action", language::parse_action, trial.button.action)) {
    return tl::unexpected(std::move(*wrong));
  }
  for (auto [name, into] : {std::pair("label", &trial.button.label), std::pair("number", &trial.button.number)}) {
    auto text = text_of(body, name, language::max_value_bytes);
    if (!text) return tl::unexpected(text.error());
    *into = std::move(*text);
  }
  if (trial.channel == Channel::notify) {
    const auto led = body.find("led");
    if (led == body.end() || !led->is_number_integer() || led->get<std::int64_t>() < 0 ||
        led->get<std::int64_t>() > last_led) {
      return refuse("led", "expected the number of a LED, 0 to 999");
    }
    trial.led = led->get<int>();
    return trial;
  }
  auto key = text_of(body, "key", language::max_key_bytes);
  if (!key) return tl::unexpected(key.error());
  if (const auto checked = language::check_key("key", *key); !checked) return refuse("key", checked.error().message);
  trial.button.key = std::move(*key);
  return trial;
}

/// Neither an account, nor registered, anywhere, nor with keys.
bool is_nobody(const ApiContext& context, const std::string& phone) {
  return !address_of_record_of(context.directory, phone) &&
         summary_of(context.command_service, context.directory, phone).is_nobody();
}

void try_key(ApiCore& core, const ResponderPointer& responder, const std::string& phone, KeyTrial trial) {
  const auto query = registration::query_of(phone);
  if (!query) return responder->send(no_such_phone(phone));
  core.on_loop(responder, [responder, query = *query, trial = std::move(trial)](ApiContext& context) {
    context.command_service.try_key(
        query, trial, [responder](const tl::expected<std::vector<control::ContactOutcome>, std::string>& outcomes) {
          if (!outcomes) return responder->send(problem(409, outcomes.error()));
          json contacts = json::array();
          for (const auto& one : *outcomes) {
            contacts.push_back({{"contact", one.contact}, {"status", one.status}, {"reason", one.reason}});
          }
          responder->send(json_response(200, {{"contacts", std::move(contacts)}}));
        });
  });
}

void show_press(ApiCore& core, const ResponderPointer& responder, const std::string& phone) {
  if (!registration::query_of(phone)) return responder->send(no_such_phone(phone));
  core.on_loop(responder, [responder, phone](ApiContext& context) {
    const auto* press =
        context.command_service.trials().press(address_of_record_of(context.directory, phone).value_or(phone));
    if (press == nullptr) {
      return responder->send(is_nobody(context, phone) ? no_such_phone(phone)
                                                       : json_response(200, {{"press", nullptr}}));
    }
    responder->send(json_response(200, {{"press",
                                         {{"action", press->action},
                                          {"key", press->key},
                                          {"content_type", press->content_type},
                                          {"body", language::printable(press->body)}}}}));
  });
}

}  // namespace

void add_trials(Router& router, ApiCore& core) {
  const std::string all = "/v1/phones/{phone}/trials";
  router.add("POST", all,
             [&core](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
               auto trial = body_json(request.body).and_then(trial_of);
               if (!trial) return responder->send(std::move(trial.error()));
               try_key(core, responder, values[0], std::move(*trial));
             });
  router.add(access::Role::operate, "GET", all,
             [&core](const http::Request&, const Router::Values& values, const ResponderPointer& responder) {
               show_press(core, responder, values[0]);
             });
  router.add("DELETE", all + "/{key}",
             [&core](const http::Request&, const Router::Values& values, const ResponderPointer& responder) {
               const auto query = registration::query_of(values[0]);
               if (!query) return responder->send(no_such_phone(values[0]));
               core.on_loop(responder,
                            [responder, phone = values[0], query = *query, key = values[1]](ApiContext& context) {
                              if (is_nobody(context, phone)) return responder->send(no_such_phone(phone));
                              context.command_service.end_trial(query, key);
                              responder->send(json_response(200, {{"ok", true}}));
                            });
             });
}

}  // namespace snom::snomd
