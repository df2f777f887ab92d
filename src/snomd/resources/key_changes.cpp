#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "control/commands/redact.h"
#include "control/keys/key_outcome.h"
#include "language/command_line.h"
#include "language/refused.h"
#include "language/text.h"
#include "snomd/body_json.h"
#include "snomd/event_json.h"
#include "snomd/phone_summary.h"
#include "snomd/problem.h"
#include "snomd/resources/keys.h"

namespace snom::snomd {
namespace {

using language::in_quotes;
using language::in_quotes_to_its_blank;
using nlohmann::json;

/// Keys in one list; each is a command of its own.
constexpr std::size_t most_keys = 500;

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

/// The arguments of snom_button for one key: those that `values` names; of a `whole` key the others, too, emptied.
/// `besides`: a member of `values` that is no property.
tl::expected<std::string, http::Response> arguments_of(const std::string& key, const json& values, bool whole,
                                                       std::string_view besides = {}) {
  if (!values.is_object()) {
    return tl::unexpected(
        problem(400, "key " + in_quotes_to_its_blank(key) + ": expected an object of its properties", key));
  }
  // In a line it would be a property, and of another key.
  if (key.find('=') != std::string::npos) {
    return tl::unexpected(problem(400,
                                  fmt::format("key {}: expected the number or name of a key, without an equals sign",
                                              language::in_quotes_to_its_first_word(key)),
                                  "key"));
  }
  for (const auto& [name, value] : values.items()) {
    if (!besides.empty() && name == besides) continue;
    const auto known = [&name = name](const Property& property) { return property.name == name; };
    if (std::none_of(properties.begin(), properties.end(), known)) {
      return tl::unexpected(no_property(name, "light, colour, label, number, action, caller"));
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
    auto value = is_empty ? std::string() : found->template get<std::string>();
    if (is_empty && property.name == "light") value = "off";  // a key that shows nothing
    arguments.append(" ").append(language::quote_argument(std::string(property.argument) + "=" + value));
  }
  return arguments;
}

std::string set_line(const std::string& phone, const std::string& arguments) {
  return fmt::format("{} {} {}", control::button_name, language::quote_argument(phone), arguments);
}
/// No line: there the key `all` would be all keys. `key`: empty = all.
control::ReadCommand clear_command(const std::string& phone, const std::string& key) {
  return {std::string(control::clear_name), control::clear_buttons(phone, key).map([](control::ClearButtons command) {
            return control::Command(std::move(command));
          })};
}

/// Whether keys may be wanted of a phone: it is registered, or may be.
bool is_there(const registration::Directory& directory, const std::string& phone) {
  const auto query = registration::query_of(phone);
  return query && (!registration::contacts_of(directory, phone).empty() || directory.account(*query));
}

bool is_ok(const std::string& reply) { return reply.starts_with("+OK"); }

std::string without_err(const std::string& reply) {
  constexpr std::string_view prefix = "-ERR ";
  return reply.starts_with(prefix) ? reply.substr(prefix.size()) : reply;
}

std::string tag_now(const ApiContext& context, const std::string& phone, const std::string& key) {
  if (key.empty()) return tag_of_keys(context, phone);
  const auto* wanted = context.command_service.wanted_keys().wanted(phone, key);
  return wanted == nullptr || wanted->cleared ? std::string() : entity_tag(wanted->revision, wanted->set_at);
}

/// Why a key that was set is not there any more.
std::string cleared_meanwhile(const std::string& phone, const std::string& key) {
  return fmt::format("key {} of {} was set, and cleared meanwhile by somebody else",
                     control::action_without_password(key), phone);
}

/// Somebody else was quicker: the tag of what is now goes with it, if there is something.
http::Response precondition_failed(const ApiContext& context, const std::string& phone, const std::string& key) {
  const auto what =
      key.empty() ? "the keys of " + phone : "key " + control::action_without_password(key) + " of " + phone;
  const auto tag = tag_now(context, phone, key);
  auto answer =
      problem(412, what + " is not as the condition says: it was changed meanwhile; nothing is set", "If-Match");
  return tag.empty() ? answer : with_tag(std::move(answer), tag);
}

/// A change of one key, or of several; `by`: who makes it; `key`: which one, empty = several, or all of the phone.
struct Change {
  std::string by;
  std::string phone;
  std::string key;
  Precondition precondition;
  bool is_stale = false;
};

/// Runs a command on a phone's keys, and answers with what became of it; of one key that is set with the key as well.
void run(ApiCore& core, const ResponderPointer& responder, Change made, control::ReadCommand read, bool shows_key) {
  if (!registration::query_of(made.phone)) return responder->send(no_such_phone(made.phone));
  if (!read.command) return responder->send(problem(400, read.command.error()));
  core.on_loop(responder, [&core, responder, shows_key, change = std::make_shared<Change>(std::move(made)),
                           read = std::move(read)](ApiContext& context) mutable {
    if (!is_there(context.directory, change->phone)) return responder->send(no_such_phone(change->phone));
    control::CommandContext how{.by = change->by};
    if (change->precondition) {
      how.precondition = [change](const control::WantedKeys::View& now) {
        change->is_stale = !change->precondition(now);
        return !change->is_stale;
      };
    }
    context.command_service.run(
        std::move(read), std::move(how), [&core, responder, change, shows_key](const std::string& reply) {
          core.on_loop(responder, [responder, change, shows_key, reply](ApiContext& now) {
            const auto& [by, phone, key, precondition, is_stale] = *change;
            if (is_stale) return responder->send(precondition_failed(now, phone, key));
            if (!is_ok(reply)) return responder->send(problem(502, without_err(reply)));
            json answer{{"ok", true}, {"reply", reply}};
            if (shows_key) {
              auto button = one_button(now, phone, key, access::Role::operate);
              if (!button) return responder->send(problem(412, cleared_meanwhile(phone, key)));
              answer["button"] = std::move(*button);
            }
            const auto tag = tag_now(now, phone, key);
            auto response = json_response(200, answer);
            responder->send(tag.empty() ? std::move(response) : with_tag(std::move(response), tag));
          });
        });
  });
}

/// Several keys of one phone, each of which counts by itself.
struct Several {
  struct One {
    std::string key;
    control::ReadCommand read;
    bool clears = false;
    std::optional<control::Delivery> said = {};  ///< what the phone said; none: nobody knows
    std::string reply = {};
  };
  std::string by;
  std::string phone;
  std::vector<One> keys;
  Precondition precondition;
  std::optional<bool> is_met;  ///< decided once, by the first that is changed
  std::size_t left = 0;        ///< not answered yet
};

/// Of one key, by what its phone said of it (docs/snomd.md). `is_wanted`: something is, still; `is_there`: more than
/// that it be dark.
int status_of(const Several::One& one, bool is_wanted, bool is_there) {
  if (!is_ok(one.reply)) return one.said == control::Delivery::unanswered ? 504 : 502;
  if (!one.clears && !is_there) return 412;
  const bool is_done = one.said || (one.clears && !is_wanted);
  return is_done ? 200 : 202;
}

/// What became of one key: a status of its own, why, and the key as it is now.
json outcome_of(const ApiContext& context, const Several& all, const Several::One& one) {
  const auto* wanted = context.command_service.wanted_keys().wanted(all.phone, one.key);
  const auto button = one_button(context, all.phone, one.key, access::Role::operate);
  const int status = status_of(one, wanted != nullptr, button.has_value());
  std::string detail = is_ok(one.reply) ? "" : without_err(one.reply);
  if (status == 412) detail = cleared_meanwhile(all.phone, one.key);
  if (status == 202) detail = "kept, and sent when the phone registers or answers";
  json outcome{{"key", one.key}, {"status", status}, {"ok", status < 300}, {"button", button.value_or(json())}};
  if (!detail.empty()) outcome["detail"] = detail;
  return outcome;
}

void answer_all(const ApiContext& context, const Several& all, http::Responder& responder) {
  if (all.is_met == false) return responder.send(precondition_failed(context, all.phone, ""));
  json outcomes = json::array();
  bool all_ok = true;
  for (const auto& one : all.keys) {
    outcomes.push_back(outcome_of(context, all, one));
    all_ok = all_ok && outcomes.back().at("ok").get<bool>();
  }
  responder.send(with_tag(json_response(all_ok ? 200 : 207, {{"ok", all_ok}, {"buttons", std::move(outcomes)}}),
                          tag_of_keys(context, all.phone)));
}

void run_all(ApiCore& core, const ResponderPointer& responder, const std::shared_ptr<Several>& all,
             ApiContext& context) {
  all->left = all->keys.size();
  if (all->left == 0) return answer_all(context, *all, *responder);
  // All in one turn: nobody else's change comes in between, so that the condition is decided once for all of them.
  for (std::size_t i = 0; i < all->keys.size(); ++i) {
    control::CommandContext how{.by = all->by};
    how.precondition = [all](const control::WantedKeys::View& now) {
      if (!all->is_met) all->is_met = !all->precondition || all->precondition(now);
      return *all->is_met;
    };
    how.delivered = [all, i](control::Delivery said) { all->keys[i].said = said; };
    context.command_service.run(
        std::move(all->keys[i].read), std::move(how), [&core, responder, all, i](std::string reply) {
          all->keys[i].reply = std::move(reply);
          if (--all->left > 0) return;
          core.on_loop(responder, [responder, all](ApiContext& now) { answer_all(now, *all, *responder); });
        });
  }
}

/// Reads one entry of a list.
tl::expected<Several::One, http::Response> one_of(const std::string& phone, const json& entry, bool whole) {
  const auto key = entry.is_object() ? entry.find("key") : entry.end();
  if (!entry.is_object() || key == entry.end() || !key->is_string() || key->get<std::string>().empty()) {
    return tl::unexpected(problem(400, R"(expected a list of keys: [{"key": "2", "light": "on"}])", "key"));
  }
  Several::One one;
  one.key = key->get<std::string>();
  auto arguments = arguments_of(one.key, entry, whole, "key");
  if (!arguments) return tl::unexpected(std::move(arguments.error()));
  one.read = control::read_command(set_line(phone, *arguments));
  if (!one.read.command) return tl::unexpected(problem(400, one.read.command.error(), one.key));
  return one;
}

/// A list of keys; with `whole` each is whole, and those that it does not name are cleared.
void change_list(ApiCore& core, const ResponderPointer& responder, Change made, const json& list, bool whole) {
  const auto& phone = made.phone;
  if (!registration::query_of(phone)) return responder->send(no_such_phone(phone));
  if (list.size() > most_keys || (list.empty() && !whole)) {
    return responder->send(problem(400, fmt::format("expected a list of 1 to {} keys", most_keys), "key"));
  }
  const auto all = std::make_shared<Several>();
  all->by = std::move(made.by);
  all->phone = phone;
  all->precondition = std::move(made.precondition);
  std::set<std::string> named;
  for (const auto& entry : list) {
    auto one = one_of(phone, entry, whole);
    if (!one) return responder->send(one.error());
    if (!named.insert(one->key).second) {
      return responder->send(problem(
          400, fmt::format("key {} is in the list twice", in_quotes(control::action_without_password(one->key))),
          "key"));
    }
    all->keys.push_back(std::move(*one));
  }
  core.on_loop(responder, [&core, responder, all, whole, named = std::move(named)](ApiContext& context) {
    if (!is_there(context.directory, all->phone)) return responder->send(no_such_phone(all->phone));
    if (whole) {
      for (const auto* wanted : context.command_service.wanted_keys().wanted(all->phone)) {
        const auto& key = wanted->button.key;
        if (wanted->cleared || named.contains(key)) continue;
        all->keys.push_back({key, clear_command(all->phone, key), true});
      }
    }
    run_all(core, responder, all, context);
  });
}

/// Several keys that are set all together or not at all: {"2": {"light": "on"}}.
void change_object(ApiCore& core, const ResponderPointer& responder, Change made, const json& body) {
  if (body.empty()) return responder->send(problem(400, R"(expected a key at least: {"2": {"light": "on"}})"));
  std::string all;
  for (const auto& [key, wanted] : body.items()) {
    const auto arguments = arguments_of(key, wanted, false);
    if (!arguments) return responder->send(arguments.error());
    all.append(all.empty() ? "" : " ").append(*arguments);
  }
  auto read = control::read_command(set_line(made.phone, all));
  run(core, responder, std::move(made), std::move(read), false);
}

Router::Handler sets_one_key(ApiCore& core, bool whole) {
  return [&core, whole](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
    const auto body = body_json(request.body);
    if (!body) return responder->send(body.error());
    if (!body->is_object()) return responder->send(problem(400, "the body is no JSON object"));
    const auto arguments = arguments_of(values[1], *body, whole);
    if (!arguments) return responder->send(arguments.error());
    auto precondition = precondition_of(request, values[1]);
    if (!precondition) return responder->send(precondition.error());
    run(core, responder, {set_by(values.caller), values[0], values[1], std::move(*precondition)},
        control::read_command(set_line(values[0], *arguments)), true);
  };
}

Router::Handler sets_several_keys(ApiCore& core, bool whole) {
  return [&core, whole](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
    const auto body = body_json(request.body);
    if (!body) return responder->send(body.error());
    auto precondition = precondition_of(request, "");
    if (!precondition) return responder->send(precondition.error());
    Change made{set_by(values.caller), values[0], {}, std::move(*precondition)};
    if (body->is_array()) return change_list(core, responder, std::move(made), *body, whole);
    if (body->is_object() && !whole) return change_object(core, responder, std::move(made), *body);
    responder->send(problem(400, whole ? "the body is no JSON list" : "the body is no JSON list or object"));
  };
}

}  // namespace

void add_key_changes(Router& router, ApiCore& core) {
  const std::string all = "/v1/phones/{phone}/buttons";
  router.add("PUT", all, sets_several_keys(core, true));
  router.add("PATCH", all, sets_several_keys(core, false));
  router.add("DELETE", all,
             [&core](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
               auto precondition = precondition_of(request, "");
               if (!precondition) return responder->send(precondition.error());
               run(core, responder, {set_by(values.caller), values[0], {}, std::move(*precondition)},
                   clear_command(values[0], ""), false);
             });

  const std::string one = all + "/{key}";
  router.add("PUT", one, sets_one_key(core, true));
  router.add("PATCH", one, sets_one_key(core, false));
  router.add("DELETE", one,
             [&core](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
               auto precondition = precondition_of(request, values[1]);
               if (!precondition) return responder->send(precondition.error());
               run(core, responder, {set_by(values.caller), values[0], values[1], std::move(*precondition)},
                   clear_command(values[0], values[1]), false);
             });
}

}  // namespace snom::snomd
