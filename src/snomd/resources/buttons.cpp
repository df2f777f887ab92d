#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "control/commands/command_table.h"
#include "language/command_line.h"
#include "snomd/api_core.h"
#include "snomd/event_json.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

constexpr std::size_t bytes_of_buttons = 8192;

/// A property in JSON, and as snom_button names it.
struct Property {
  std::string_view name;
  std::string_view argument;
};
constexpr std::array<Property, 6> properties{{{"light", "light"},
                                              {"colour", "color"},
                                              {"label", "label"},
                                              {"number", "number"},
                                              {"action", "action"},
                                              {"caller", "caller"}}};

json button_json(const ApiContext& context, const std::string& phone, const control::CommandService::KeyStatus& key) {
  json button = to_json(key);
  // Whoever may give commands may set this key, too: what presses it is no secret to him.
  if (context.presses != nullptr) {
    if (auto path = context.presses->path(phone, key.button.key)) button["press"] = std::move(*path);
  }
  return button;
}

void list_buttons(ApiCore& core, const ApiContext& now, ResponderPointer responder) {
  auto addresses = now.command_service.wanted_keys().phones();
  const auto count = addresses.size();
  core.list(
      count, bytes_of_buttons,
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

void show_buttons(const ApiContext& context, const std::string& phone, http::Responder& responder) {
  const auto keys = context.command_service.keys(phone);
  if (keys.empty() && contacts_of(context, phone).empty()) return responder.send(no_such_phone(phone));
  json buttons = json::array();
  for (const auto& key : keys) buttons.push_back(button_json(context, phone, key));
  responder.send(json_response(200, {{"address_of_record", phone}, {"buttons", std::move(buttons)}}));
}

std::optional<json> one_button(const ApiContext& context, const std::string& phone, const std::string& key) {
  for (const auto& status : context.command_service.keys(phone)) {
    if (status.button.key == key) return button_json(context, phone, status);
  }
  return std::nullopt;
}

/// The arguments of snom_button for one key: those that `values` names; of a `whole` key the others, too, emptied.
tl::expected<std::string, http::Response> arguments_of(const std::string& key, const json& values, bool whole) {
  if (!values.is_object()) {
    return tl::unexpected(problem(400, "key '" + key + "': expected an object of its properties", key));
  }
  for (const auto& [name, value] : values.items()) {
    const auto known = [&name = name](const Property& property) { return property.name == name; };
    if (std::none_of(properties.begin(), properties.end(), known)) {
      return tl::unexpected(
          problem(400, "'" + name + "' is no property (expected light, colour, label, number, action, caller)", name));
    }
    if (!value.is_string() && !value.is_null()) {
      return tl::unexpected(problem(400, name + ": expected a text or null", name));
    }
  }
  auto arguments = language::quote_argument(key);
  for (const auto& property : properties) {
    const auto found = values.find(std::string(property.name));
    if (found == values.end() && !whole) continue;
    const bool is_empty = found == values.end() || found->is_null();
    const auto value = is_empty ? std::string() : found->template get<std::string>();
    arguments.append(" ").append(language::quote_argument(std::string(property.argument) + "=" + value));
  }
  return arguments;
}

tl::expected<json, http::Response> body_of(const http::Request& request) {
  auto body = json::parse(request.body, nullptr, false);
  if (body.is_discarded() || !body.is_object()) {
    return tl::unexpected(problem(400, "the body is no JSON object"));
  }
  return body;
}

/// Runs a command on a phone's keys, and answers with what became of it; `key` (may be empty): with the key as well.
void change(ApiCore& core, const ResponderPointer& responder, std::string phone, std::string key, std::string line) {
  auto read = control::read_command(line);
  if (!read.command) return responder->send(problem(400, read.command.error()));
  core.on_loop(responder, [&core, responder, phone = std::move(phone), key = std::move(key),
                           read = std::move(read)](ApiContext& context) mutable {
    context.command_service.run(
        std::move(read), {.by = "http"}, [&core, responder, phone, key](const std::string& reply) {
          if (!reply.starts_with("+OK")) {
            constexpr std::string_view prefix = "-ERR ";
            const auto what = reply.starts_with(prefix) ? reply.substr(prefix.size()) : reply;
            const bool is_unknown = what.find("there is no one account of that name") != std::string::npos;
            return responder->send(problem(is_unknown ? 404 : 502, what));
          }
          core.on_loop(responder, [responder, phone, key, reply](ApiContext& now) {
            json answer{{"ok", true}, {"reply", reply}};
            if (!key.empty()) answer["button"] = one_button(now, phone, key).value_or(json());
            responder->send(json_response(200, answer));
          });
        });
  });
}

Router::Handler sets_one_key(ApiCore& core, bool whole) {
  return [&core, whole](const http::Request& request, const Router::Values& values, ResponderPointer responder) {
    const auto body = body_of(request);
    if (!body) return responder->send(body.error());
    const auto arguments = arguments_of(values[1], *body, whole);
    if (!arguments) return responder->send(arguments.error());
    change(core, responder, values[0], values[1],
           std::string(control::button_name) + " " + language::quote_argument(values[0]) + " " + *arguments);
  };
}

}  // namespace

void add_buttons(Router& router, ApiCore& core) {
  router.add("GET", "/v1/buttons", [&core](const http::Request&, const auto&, ResponderPointer responder) {
    core.on_loop(responder, [&core, responder](ApiContext& context) { list_buttons(core, context, responder); });
  });
  const std::string all = "/v1/phones/{phone}/buttons";
  router.add("GET", all, [&core](const http::Request&, const Router::Values& values, ResponderPointer responder) {
    core.on_loop(responder,
                 [responder, phone = values[0]](ApiContext& context) { show_buttons(context, phone, *responder); });
  });
  router.add("PATCH", all,
             [&core](const http::Request& request, const Router::Values& values, ResponderPointer responder) {
               const auto body = body_of(request);
               if (!body) return responder->send(body.error());
               if (body->empty())
                 return responder->send(problem(400, "expected a key at least: {\"2\": {\"light\": \"on\"}}"));
               auto line = std::string(control::button_name) + " " + language::quote_argument(values[0]);
               for (const auto& [key, wanted] : body->items()) {
                 const auto arguments = arguments_of(key, wanted, false);
                 if (!arguments) return responder->send(arguments.error());
                 line.append(" ").append(*arguments);
               }
               change(core, responder, values[0], {}, std::move(line));
             });
  router.add("DELETE", all, [&core](const http::Request&, const Router::Values& values, ResponderPointer responder) {
    change(core, responder, values[0], {},
           std::string(control::clear_name) + " " + language::quote_argument(values[0]) + " all");
  });

  const std::string one = all + "/{key}";
  router.add("GET", one, [&core](const http::Request&, const Router::Values& values, ResponderPointer responder) {
    core.on_loop(responder, [responder, phone = values[0], key = values[1]](ApiContext& context) {
      auto button = one_button(context, phone, key);
      if (!button) return responder->send(problem(404, "key '" + key + "' of '" + phone + "' is not set"));
      responder->send(json_response(200, *button));
    });
  });
  router.add("PUT", one, sets_one_key(core, true));
  router.add("PATCH", one, sets_one_key(core, false));
  router.add("DELETE", one, [&core](const http::Request&, const Router::Values& values, ResponderPointer responder) {
    change(core, responder, values[0], {},
           std::string(control::clear_name) + " " + language::quote_argument(values[0]) + " " +
               language::quote_argument(values[1]));
  });
}

}  // namespace snom::snomd
