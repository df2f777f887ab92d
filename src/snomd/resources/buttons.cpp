#include <optional>
#include <utility>

#include "language/refused.h"
#include "snomd/api_core.h"
#include "snomd/event_json.h"
#include "snomd/phone_summary.h"
#include "snomd/problem.h"
#include "snomd/query.h"
#include "snomd/resources/keys.h"
#include "snomd/resources/searched.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

constexpr std::size_t bytes_of_buttons = 8192;

void list_buttons(ApiCore& core, const ApiContext& now, std::string_view peer, ResponderPointer responder) {
  auto addresses = now.command_service.wanted_keys().phones();
  const auto count = addresses.size();
  core.list(
      peer, count, bytes_of_buttons,
      [addresses = std::move(addresses)](const ApiContext& context, std::size_t phone,
                                         std::vector<Listing::Entry>& entries) {
        const auto& address = addresses[phone];
        auto keys = context.command_service.keys(address);
        if (keys.empty()) return;
        entries.emplace_back([address, keys = std::move(keys)] {
          json buttons = json::array();
          for (const auto& key : keys) buttons.push_back(to_json(key));
          return json{{"address_of_record", address}, {"buttons", std::move(buttons)}};
        });
      },
      std::move(responder));
}

std::function<json()> detail_of_buttons(const ApiContext& context, PhoneSummary phone) {
  auto keys = context.command_service.keys(phone.address_of_record);
  return [phone = std::move(phone), keys = std::move(keys)] {
    json buttons = json::array();
    for (const auto& key : keys) buttons.push_back(to_json(key));
    return json{{"address_of_record", phone.address_of_record},
                {"state", to_string(phone.state())},
                {"buttons", std::move(buttons)}};
  };
}

void show_buttons(const ApiContext& context, const std::string& typed, access::Role role, http::Responder& responder) {
  const auto phone = shown_phone(context.command_service, context.directory, typed);
  const auto keys = context.command_service.keys(phone);
  if (keys.empty() && summary_of(context.command_service, context.directory, phone).is_nobody()) {
    return responder.send(no_such_phone(typed));
  }
  json buttons = json::array();
  for (const auto& key : keys) buttons.push_back(button_json(context, phone, key, role));
  responder.send(with_tag(json_response(200, {{"address_of_record", phone}, {"buttons", std::move(buttons)}}),
                          tag_of_keys(context, phone)));
}

}  // namespace

json button_json(const ApiContext& context, const std::string& phone, const control::CommandService::KeyStatus& key,
                 access::Role role) {
  json button = to_json(key);
  // Whoever may give commands may set this key, too: what presses it is no secret to him. To others it is one.
  if (context.presses != nullptr && role >= access::Role::operate) {
    if (auto path = context.presses->path(phone, key.button.key)) button["press"] = std::move(*path);
  }
  return button;
}

std::optional<json> one_button(const ApiContext& context, const std::string& phone, const std::string& key,
                               access::Role role) {
  const auto status = context.command_service.key(phone, key);
  return status ? std::optional(button_json(context, phone, *status, role)) : std::nullopt;
}

std::string tag_of_keys(const ApiContext& context, const std::string& phone) {
  return entity_tag(context.command_service.wanted_keys().wanted(phone));
}

http::Response with_tag(http::Response answer, const std::string& tag) {
  answer.headers.emplace_back("ETag", tag);
  return answer;
}

void add_buttons(Router& router, ApiCore& core) {
  router.add(
      "GET", "/v1/buttons",
      [&core](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
        if (values.query.empty()) {
          return core.on_loop(responder, [&core, responder, peer = request.peer](ApiContext& context) {
            list_buttons(core, context, peer, responder);
          });
        }
        auto wish = wish_of(values.query);
        if (!wish) return responder->send(wish.error());
        wish->order = PhoneSearch::Order::name;
        wish->with_keys_only = true;
        search_phones(core, std::move(*wish), detail_of_buttons, request.peer, responder);
      },
      search_parameters);
  const std::string all = "/v1/phones/{phone}/buttons";
  router.add("GET", all, [&core](const http::Request&, const Router::Values& values, ResponderPointer responder) {
    core.on_loop(responder, [responder, phone = values[0], role = values.caller.role](ApiContext& context) {
      show_buttons(context, phone, role, *responder);
    });
  });
  const std::string one = all + "/{key}";
  router.add("GET", one, [&core](const http::Request&, const Router::Values& values, ResponderPointer responder) {
    core.on_loop(responder,
                 [responder, typed = values[0], key = values[1], role = values.caller.role](ApiContext& context) {
                   const auto phone = shown_phone(context.command_service, context.directory, typed);
                   const auto button = one_button(context, phone, key, role);
                   if (!button)
                     return responder->send(problem(404, "key " + language::in_quotes_to_its_blank(key) + " of " +
                                                             language::in_quotes_to_its_blank(phone) + " is not set"));
                   responder->send(with_tag(json_response(200, *button), button->at("etag")));
                 });
  });
  add_key_changes(router, core);
}

}  // namespace snom::snomd
