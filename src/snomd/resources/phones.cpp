#include <algorithm>
#include <memory>
#include <utility>

#include "control/phone_selector.h"
#include "control/remote/phone_address.h"
#include "picture/png.h"
#include "snomd/api_core.h"
#include "snomd/event_json.h"
#include "snomd/phone_search.h"
#include "snomd/phone_summary.h"
#include "snomd/problem.h"
#include "snomd/query.h"
#include "snomd/resources/searched.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

/// What an entry of the list keeps in memory until it is text, about.
constexpr std::size_t bytes_a_phone = 1024;

void list_phones(ApiCore& core, const ApiContext& now, std::string_view peer, ResponderPointer responder) {
  auto names = now.directory.names();
  const auto count = names.size();
  core.list(
      peer, count, bytes_a_phone,
      [names = std::move(names)](const ApiContext& context, std::size_t phone, std::vector<Listing::Entry>& entries) {
        const auto& name = names[phone];
        auto found = context.directory.find(name);
        if (!found) return;
        for (const auto& registration : *found) {
          if (registration->user != name.user) continue;  // a user named "*" means everybody when it is asked for
          entries.emplace_back([registration] { return to_json(registration); });
        }
      },
      std::move(responder));
}

std::function<json()> detail_of_phone(const ApiContext& /*context*/, PhoneSummary phone) {
  return [phone = std::move(phone)] { return to_json(phone); };
}

void take_picture(ApiCore& core, ApiContext& context, const std::string& phone, const ResponderPointer& responder) {
  context.command_service.remote().take_picture(
      control::parse_user(phone), [&core, responder](tl::expected<std::string, std::string> bmp) {
        if (!bmp) return responder->send(problem(502, bmp.error()));
        const auto bytes = bmp->size();
        core.answer_elsewhere(bytes, responder, [bmp = std::move(*bmp)]() -> http::Response {
          const auto png = picture::png_of_bmp(bmp);
          if (!png) return problem(502, png.error());
          return {200, "image/png", *png, {}};
        });
      });
}

void show_phone(const ApiContext& context, const std::string& typed, http::Responder& responder) {
  const auto phone = summary_of(context.command_service, context.directory,
                                shown_phone(context.command_service, context.directory, typed));
  if (phone.is_nobody()) return responder.send(no_such_phone(typed));
  responder.send(json_response(200, to_json(phone)));
}

}  // namespace

Query::Read<PhoneSearch::Wish> wish_of(const Query& query) {
  PhoneSearch::Wish wish;
  wish.search = query.text("search").value_or("");
  constexpr std::size_t longest_search = 200;
  if (wish.search.size() > longest_search) {
    return tl::unexpected(problem(400, "search: expected at most 200 bytes", "search"));
  }
  for (char& c : wish.search) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  const auto states = query.words("state", phone_states);
  if (!states) return tl::unexpected(states.error());
  for (const auto& state : *states) wish.states.push_back(*parse_phone_state(state));
  for (const auto& model : query.texts("model")) wish.models.push_back(control::plain_model(model));
  const auto limit = query.number("limit", wish.limit, 1, most_phones_a_page);
  if (!limit) return tl::unexpected(limit.error());
  wish.limit = *limit;
  if (const auto cursor = query.text("cursor")) {
    wish.after = PhoneSearch::Place::of_cursor(*cursor);
    if (!wish.after) return tl::unexpected(problem(400, "cursor: expected what an answer has as next", "cursor"));
  }
  return wish;
}

void search_phones(ApiCore& core, PhoneSearch::Wish wish, PhoneSearch::Detail detail, std::string peer,
                   ResponderPointer responder) {
  core.on_loop(responder, [&core, responder, wish = std::move(wish), detail = std::move(detail),
                           peer = std::move(peer)](ApiContext&) mutable {
    core.list<PhoneSearch>(peer, responder, [&](const ApiCore::Parts& parts) {
      return std::make_shared<PhoneSearch>(parts.loop, parts.workroom, parts.context, std::move(wish),
                                           std::move(detail), parts.place);
    });
  });
}

void add_phones(Router& router, ApiCore& core) {
  router.add(
      "GET", "/v1/phones",
      [&core](const http::Request& request, const Router::Values& values, const ResponderPointer& responder) {
        // Without a parameter it is each contact, as it was before there were any.
        if (values.query.empty()) {
          return core.on_loop(responder, [&core, responder, peer = request.peer](ApiContext& context) {
            list_phones(core, context, peer, responder);
          });
        }
        auto wish = wish_of(values.query);
        if (!wish) return responder->send(wish.error());
        search_phones(core, std::move(*wish), detail_of_phone, request.peer, responder);
      },
      search_parameters);
  router.add("GET", "/v1/phones/{phone}",
             [&core](const http::Request&, const Router::Values& values, const ResponderPointer& responder) {
               core.on_loop(responder, [responder, phone = values[0]](ApiContext& context) {
                 show_phone(context, phone, *responder);
               });
             });
  router.add("GET", "/v1/phones/{phone}/screen.png",
             [&core](const http::Request&, const Router::Values& values, const ResponderPointer& responder) {
               core.on_loop(responder, [&core, responder, phone = values[0]](ApiContext& context) {
                 take_picture(core, context, phone, responder);
               });
             });
}

}  // namespace snom::snomd
