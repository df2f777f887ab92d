#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "language/refused.h"
#include "language/text.h"
#include "snomd/api_core.h"
#include "snomd/body_json.h"
#include "snomd/command_text.h"
#include "snomd/event_json.h"
#include "snomd/phone_groups.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

/// What a member keeps in memory until it is text, about.
constexpr std::size_t bytes_a_member = 256;

/// A group as it was at one moment. Copied on the loop's thread, made JSON on any.
struct Group {
  std::string name;
  std::vector<std::string> members;
  bool is_configured = false;
};

json to_json(const Group& group) {
  return {{"name", group.name}, {"members", group.members}, {"configured", group.is_configured}};
}

const control::Groups& configured(ApiContext& context) { return context.command_service.remote().configured_groups(); }

/// nullopt: there is no such group.
std::optional<Group> find(ApiContext& context, const std::string& name) {
  if (const auto found = configured(context).find(name); found != configured(context).end()) {
    return Group{name, found->second, true};
  }
  if (context.groups == nullptr) return std::nullopt;
  const auto found = context.groups->all().find(name);
  if (found == context.groups->all().end()) return std::nullopt;
  return Group{name, found->second, false};
}

http::Response no_such_group(const std::string& name) {
  return problem(404, fmt::format("there is no group {}", language::in_quotes_to_its_blank(name)));
}

/// Why a group may not be changed here; nullopt: it may.
std::optional<http::Response> refusal(ApiContext& context, const std::string& name) {
  if (context.groups == nullptr) return problem(503, "groups are not kept here");
  if (configured(context).contains(name)) {
    return problem(409, fmt::format("group {} stands in the configuration ([[group]]): it is changed there",
                                    language::in_quotes_to_its_blank(name)));
  }
  if (context.directory.account({"", name, ""})) {
    return problem(
        409, fmt::format("{} is a user's name: a group needs another one", language::in_quotes_to_its_blank(name)));
  }
  return std::nullopt;
}

tl::expected<std::vector<std::string>, http::Response> members_of(const json& body) {
  constexpr auto expected =
      R"(expected an object with the phones of the group: {"members": ["1000", "1001@example.com"]})";
  if (!body.is_object()) return tl::unexpected(problem(400, expected));
  for (const auto& [name, value] : body.items()) {
    if (name != "members") return tl::unexpected(no_property(name, "members"));
  }
  const auto members = body.find("members");
  if (members == body.end() || !members->is_array() || members->empty()) {
    return tl::unexpected(problem(400, expected, "members"));
  }
  std::vector<std::string> names;
  std::set<std::string> known;
  for (const auto& member : *members) {
    if (!member.is_string()) return tl::unexpected(problem(400, expected, "members"));
    auto name = member.get<std::string>();
    if (auto why = why_no_member(name); !why.empty()) return tl::unexpected(problem(400, why, "members"));
    if (known.insert(name).second) names.push_back(std::move(name));
  }
  // However often it is tried: 503 is for what may be otherwise later.
  constexpr auto most = PhoneGroups::Limits{}.members;
  if (names.size() > most) {
    return tl::unexpected(
        problem(400, fmt::format("members: {} are too many (expected {} at most)", names.size(), most), "members"));
  }
  return names;
}

void put_group(ApiCore& core, const ResponderPointer& responder, const std::string& name,
               std::vector<std::string> members) {
  core.on_loop(responder, [&core, responder, name, members = std::move(members)](ApiContext& context) mutable {
    if (const auto why_not = refusal(context, name)) return responder->send(*why_not);
    const bool is_new = !context.groups->all().contains(name);
    context.groups->put(
        name, std::move(members), [&core, responder, name, is_new](const tl::expected<void, std::string>& kept) {
          if (!kept) return responder->send(problem(503, kept.error()));
          core.on_loop(responder, [responder, name, is_new](ApiContext& now) {
            const auto group = find(now, name);
            responder->send(group ? json_response(is_new ? 201 : 200, to_json(*group)) : no_such_group(name));
          });
        });
  });
}

void forget_group(ApiCore& core, const ResponderPointer& responder, const std::string& name) {
  core.on_loop(responder, [responder, name](ApiContext& context) {
    if (!find(context, name)) return responder->send(no_such_group(name));
    if (const auto why_not = refusal(context, name)) return responder->send(*why_not);
    context.groups->forget(name, [responder](const tl::expected<void, std::string>& kept) {
      responder->send(kept ? json_response(200, {{"ok", true}}) : problem(503, kept.error()));
    });
  });
}

void run_for_group(ApiCore& core, const ResponderPointer& responder, const std::string& name, std::string_view line,
                   std::string by) {
  core.on_loop(responder,
               [responder, name, read = control::read_command(line), by = std::move(by)](ApiContext& context) mutable {
                 if (!find(context, name)) return responder->send(no_such_group(name));
                 if (!read.command) return responder->send(problem(400, read.command.error()));
                 context.command_service.run(std::move(read), {.by = by}, [responder](const std::string& reply) {
                   responder->send(json_response(200, {{"ok", is_all_ok(reply)}, {"replies", lines_of(reply)}}));
                 });
               });
}

void list_groups(ApiCore& core, ApiContext& context, const ResponderPointer& responder) {
  std::vector<Group> groups;
  std::size_t members = 0;
  const auto copy = [&groups, &members](const std::string& name, const std::vector<std::string>& of_it,
                                        bool is_configured) {
    groups.push_back({name, of_it, is_configured});
    members += of_it.size();
  };
  for (const auto& [name, of_it] : configured(context)) copy(name, of_it, true);
  if (context.groups != nullptr) {
    for (const auto& [name, of_it] : context.groups->all()) {
      if (!configured(context).contains(name)) copy(name, of_it, false);
    }
  }
  core.answer_elsewhere(members * bytes_a_member, responder, [groups = std::move(groups)] {
    json list = json::array();
    for (const auto& group : groups) list.push_back(to_json(group));
    return json_response(200, {{"groups", std::move(list)}});
  });
}

void show_group(ApiCore& core, ApiContext& context, const ResponderPointer& responder, const std::string& name) {
  auto group = find(context, name);
  if (!group) return responder->send(no_such_group(name));
  const auto bytes = group->members.size() * bytes_a_member;
  core.answer_elsewhere(bytes, responder, [group = std::move(*group)] { return json_response(200, to_json(group)); });
}

}  // namespace

void add_groups(Router& router, ApiCore& core) {
  router.add("GET", "/v1/groups", [&core](const http::Request&, const auto&, const ResponderPointer& responder) {
    core.on_loop(responder, [&core, responder](ApiContext& context) { list_groups(core, context, responder); });
  });
  const std::string one = "/v1/groups/{group}";
  router.add("GET", one,
             [&core](const http::Request&, const Router::Values& values, const ResponderPointer& responder) {
               core.on_loop(responder, [&core, responder, name = values[0]](ApiContext& context) {
                 show_group(core, context, responder, name);
               });
             });
  router.add("PUT", one,
             [&core](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
               if (auto why = why_no_group_name(values[0]); !why.empty()) {
                 return responder->send(problem(400, why, "group"));
               }
               auto members = body_json(request.body).and_then(members_of);
               if (!members) return responder->send(members.error());
               put_group(core, responder, values[0], std::move(*members));
             });
  router.add("DELETE", one,
             [&core](const http::Request&, const Router::Values& values, const ResponderPointer& responder) {
               forget_group(core, responder, values[0]);
             });
  router.add("POST", one + "/commands",
             [&core](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
               auto line = command_line_of(request.body).and_then([&values](const std::string& given) {
                 return command_for_group(values[0], given);
               });
               if (!line) return responder->send(problem(400, line.error()));
               run_for_group(core, responder, values[0], *line, set_by(values.caller));
             });
}

}  // namespace snom::snomd
