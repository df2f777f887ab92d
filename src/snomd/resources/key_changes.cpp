#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "control/commands/redact.h"
#include "control/keys/key_outcome.h"
#include "language/refused.h"
#include "snomd/body_json.h"
#include "snomd/body_keys.h"
#include "snomd/event_json.h"
#include "snomd/phone_summary.h"
#include "snomd/problem.h"
#include "snomd/resources/keys.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

/// No line: there the key `all` would be all keys. `key`: empty = all.
control::ReadCommand clear_command(const std::string& phone, const std::string& key) {
  return {std::string(control::clear_name), control::clear_buttons(phone, key).map([](control::ClearButtons command) {
            return control::Command(std::move(command));
          })};
}

/// The phone whose keys are changed by that name; the error answers: it is no phone's, or was another one's.
tl::expected<std::string, http::Response> changed_phone(const ApiContext& context, const std::string& typed) {
  auto known = address_of_record_of(context.directory, typed);
  if (!known) return tl::unexpected(no_such_phone(typed));
  if (*known != typed && !context.command_service.keys(typed).empty()) {
    return tl::unexpected(problem(404, fmt::format("keys are kept of {}, which is {} by now: name that one",
                                                   language::in_quotes_to_its_blank(typed), *known)));
  }
  return std::move(*known);
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
  std::string phone;  ///< as it was typed, and on the loop its address of record
  std::string key;
  Precondition precondition;
  bool is_stale = false;  ///< it was refused by the precondition
};

/// Runs a command on a phone's keys, and answers with what became of it; of one key that is set with the key as well.
void run(ApiCore& core, const ResponderPointer& responder, Change made, control::ReadCommand read, bool shows_key) {
  if (!registration::query_of(made.phone)) return responder->send(no_such_phone(made.phone));
  if (!read.command) return responder->send(problem(400, read.command.error()));
  core.on_loop(responder, [&core, responder, shows_key, change = std::make_shared<Change>(std::move(made)),
                           read = std::move(read)](ApiContext& context) mutable {
    auto known = changed_phone(context, change->phone);
    if (!known) return responder->send(known.error());
    change->phone = std::move(*known);
    control::CommandContext how{.by = change->by};
    if (change->precondition) {
      how.precondition = change->precondition;
      how.refused = [change] { change->is_stale = true; };
    }
    context.command_service.run(std::move(read), std::move(how),
                                [&core, responder, change, shows_key](const std::string& reply) {
                                  core.on_loop(responder, [responder, change, shows_key, reply](ApiContext& now) {
                                    const auto& [by, phone, key, precondition, is_stale] = *change;
                                    if (is_stale) return responder->send(precondition_failed(now, phone, key));
                                    if (!is_ok(reply)) return responder->send(problem(502, without_err(reply)));
                                    json answer{{"ok", true}, {"reply", reply}};
                                    // A tag only where what it is of is shown: it may be somebody else's by now, who
                                    // came before this answer.
                                    if (!shows_key) return responder->send(json_response(200, answer));
                                    auto button = one_button(now, phone, key, access::Role::operate);
                                    if (!button) return responder->send(problem(412, cleared_meanwhile(phone, key)));
                                    const std::string tag = button->at("etag");
                                    answer["button"] = std::move(*button);
                                    responder->send(with_tag(json_response(200, answer), tag));
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
  std::string phone;  ///< as it was typed, and on the loop its address of record
  std::vector<One> keys;
  Precondition precondition;
  bool is_whole = false;     ///< what it does not name is cleared
  bool may_change = true;    ///< by the precondition; for all of them, by the first that is changed
  bool misses_some = false;  ///< it holds, but there are keys to be cleared that were not known before
  bool is_refused = false;   ///< they may not, and that counts
  int tries = 0;
  std::string failure = {};  ///< of a list of none: why it is not known whether that is so
  std::size_t left = 0;      ///< not answered yet
};

/// A whole list is begun anew where other nodes have made keys that this one hears of by it.
constexpr int most_tries = 3;

/// Decides for all of them; it may be asked again (CommandContext::precondition).
bool decide(Several& all, const control::WantedKeys::View& now) {
  all.may_change = all.precondition(now);
  std::set<std::string, std::less<>> known;
  for (const auto& one : all.keys) known.insert(one.key);
  const auto names = all.is_whole ? now.keys() : std::vector<std::string>{};
  all.misses_some = all.may_change && std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                      return !known.contains(name) && !now.find(name)->cleared;
                    });
  all.may_change = all.may_change && !all.misses_some;
  return all.may_change;
}

/// Of one key, by what its phone said of it (docs/snomd.md). `is_wanted`: something is, still; `is_there`: more than
/// that it be dark.
int status_of(const Several::One& one, bool is_wanted, bool is_there) {
  if (!is_ok(one.reply)) return one.said == control::Delivery::unanswered ? 504 : 502;
  if (!one.clears && !is_there) return 412;
  const bool is_done = one.said ? *one.said != control::Delivery::sent : one.clears && !is_wanted;
  return is_done ? 200 : 202;
}

/// What became of one key: a status of its own, why, and the key as it is now.
json outcome_of(const ApiContext& context, const Several& all, const Several::One& one) {
  const auto* wanted = context.command_service.wanted_keys().wanted(all.phone, one.key);
  const auto button = one_button(context, all.phone, one.key, access::Role::operate);
  const int status = status_of(one, wanted != nullptr, button.has_value());
  std::string detail = is_ok(one.reply) ? "" : without_err(one.reply);
  if (status == 412) detail = cleared_meanwhile(all.phone, one.key);
  if (status == 202) {
    detail = one.said ? only_sent : std::string_view("kept, and sent when the phone registers or answers");
  }
  json outcome{{"key", one.key}, {"status", status}, {"ok", status < 300}, {"button", button.value_or(json())}};
  if (!detail.empty()) outcome["detail"] = detail;
  return outcome;
}

void answer_all(const ApiContext& context, const Several& all, http::Responder& responder) {
  if (all.is_refused) return responder.send(precondition_failed(context, all.phone, ""));
  if (!all.failure.empty()) return responder.send(problem(502, all.failure));
  json outcomes = json::array();
  bool all_ok = true;
  for (const auto& one : all.keys) {
    outcomes.push_back(outcome_of(context, all, one));
    all_ok = all_ok && outcomes.back().at("ok").get<bool>();
  }
  // Without a tag of all keys: another key of that phone may be somebody else's by now, and is not shown.
  responder.send(json_response(all_ok ? 200 : 207, {{"ok", all_ok}, {"buttons", std::move(outcomes)}}));
}

void run_list(ApiCore& core, const ResponderPointer& responder, const std::shared_ptr<Several>& all,
              ApiContext& context);

/// One of them has been answered.
void ended(ApiCore& core, const ResponderPointer& responder, const std::shared_ptr<Several>& all) {
  if (--all->left > 0) return;
  core.on_loop(responder, [&core, responder, all](ApiContext& now) {
    if (all->is_refused && all->misses_some && ++all->tries < most_tries) return run_list(core, responder, all, now);
    answer_all(now, *all, *responder);
  });
}

void run_one(ApiCore& core, const ResponderPointer& responder, const std::shared_ptr<Several>& all, std::size_t place,
             bool is_first, ApiContext& context) {
  auto& one = all->keys[place];
  control::CommandContext how{.by = all->by};
  if (all->precondition) {
    how.precondition = [all, is_first](const control::WantedKeys::View& now) {
      return is_first ? decide(*all, now) : all->may_change;
    };
    how.refused = [all] { all->is_refused = true; };
  }
  how.delivered = [all, place](control::Delivery said) { all->keys[place].said = said; };
  // A whole list may be begun anew.
  auto read = all->precondition && all->is_whole ? one.read : std::move(one.read);
  context.command_service.run(std::move(read), std::move(how), [&core, responder, all, place](std::string reply) {
    all->keys[place].reply = std::move(reply);
    ended(core, responder, all);
  });
}

/// There is nothing to be set; but what is not known here may be there, and is to be cleared.
void run_none(ApiCore& core, const ResponderPointer& responder, const std::shared_ptr<Several>& all,
              ApiContext& context) {
  all->left = 1;
  control::CommandContext how{.by = all->by};
  how.precondition = [all](const control::WantedKeys::View& now) { return decide(*all, now); };
  how.refused = [all] { all->is_refused = true; };
  context.command_service.run(clear_command(all->phone, ""), std::move(how),
                              [&core, responder, all](const std::string& reply) {
                                all->failure = is_ok(reply) ? "" : without_err(reply);
                                ended(core, responder, all);
                              });
}

void run_all(ApiCore& core, const ResponderPointer& responder, const std::shared_ptr<Several>& all,
             ApiContext& context) {
  all->left = all->keys.size();
  if (all->left == 0) {
    return all->precondition ? run_none(core, responder, all, context) : answer_all(context, *all, *responder);
  }
  const auto run_each = [&] {
    bool is_first = true;
    // What is cleared makes room for what is set: a phone may have so many keys (WantedKeys::max_keys).
    for (const bool clears : {true, false}) {
      for (std::size_t i = 0; i < all->keys.size(); ++i) {
        if (all->keys[i].clears == clears) run_one(core, responder, all, i, std::exchange(is_first, false), context);
      }
    }
  };
  // All in one turn, so that nobody else's change comes in between here; stored together none comes in between at
  // another node either, and the condition is decided once for all of them.
  if (!all->precondition) return run_each();
  context.command_service.together(run_each);
}

void run_list(ApiCore& core, const ResponderPointer& responder, const std::shared_ptr<Several>& all,
              ApiContext& context) {
  all->is_refused = false;
  if (all->is_whole) {
    std::erase_if(all->keys, [](const Several::One& one) { return one.clears; });
    std::set<std::string, std::less<>> named;
    for (const auto& one : all->keys) named.insert(one.key);
    for (const auto* wanted : context.command_service.wanted_keys().wanted(all->phone)) {
      const auto& key = wanted->button.key;
      if (wanted->cleared || named.contains(key)) continue;
      all->keys.push_back({key, clear_command(all->phone, key), true});
    }
  }
  run_all(core, responder, all, context);
}

/// A list of keys; with `whole` each is whole, and those that it does not name are cleared.
void change_list(ApiCore& core, const ResponderPointer& responder, Change made, const json& list, bool whole) {
  const auto& phone = made.phone;
  if (!registration::query_of(phone)) return responder->send(no_such_phone(phone));
  auto keys = read_key_list(phone, list, whole);
  if (!keys) return responder->send(keys.error());
  const auto all = std::make_shared<Several>();
  all->by = std::move(made.by);
  all->phone = phone;
  all->precondition = std::move(made.precondition);
  all->is_whole = whole;
  for (auto& [key, read] : *keys) all->keys.push_back({key, std::move(read)});
  core.on_loop(responder, [&core, responder, all](ApiContext& context) {
    auto known = changed_phone(context, all->phone);
    if (!known) return responder->send(known.error());
    all->phone = std::move(*known);
    run_list(core, responder, all, context);
  });
}

Router::Handler sets_one_key(ApiCore& core, bool whole) {
  return [&core, whole](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
    const auto body = body_json(request.body);
    if (!body) return responder->send(body.error());
    if (!body->is_object()) return responder->send(problem(400, "the body is no JSON object"));
    auto read = read_key(values[0], values[1], *body, whole);
    if (!read) return responder->send(read.error());
    auto precondition = precondition_of(request, values[1]);
    if (!precondition) return responder->send(precondition.error());
    run(core, responder, {set_by(values.caller), values[0], values[1], std::move(*precondition)}, std::move(*read),
        true);
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
    if (!body->is_object() || whole) {
      return responder->send(problem(400, whole ? "the body is no JSON list" : "the body is no JSON list or object"));
    }
    auto read = read_keys(values[0], *body);
    if (!read) return responder->send(read.error());
    run(core, responder, std::move(made), std::move(*read), false);
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
