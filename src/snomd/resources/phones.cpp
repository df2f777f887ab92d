#include <utility>

#include "control/remote/phone_address.h"
#include "picture/png.h"
#include "snomd/api_core.h"
#include "snomd/event_json.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

/// What an entry of the list keeps in memory until it is text, about.
constexpr std::size_t bytes_a_phone = 1024;

void list_phones(ApiCore& core, const ApiContext& now, ResponderPointer responder) {
  auto names = now.directory.names();
  const auto count = names.size();
  core.list(
      count, bytes_a_phone,
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

}  // namespace

void add_phones(Router& router, ApiCore& core) {
  router.add("GET", "/v1/phones", [&core](const http::Request&, const auto&, ResponderPointer responder) {
    core.on_loop(responder, [&core, responder](ApiContext& context) { list_phones(core, context, responder); });
  });
  router.add("GET", "/v1/phones/{phone}",
             [&core](const http::Request&, const Router::Values& values, ResponderPointer responder) {
               core.on_loop(responder, [responder, phone = values[0]](ApiContext& context) {
                 const auto contacts = contacts_of(context, phone);
                 const auto keys = context.command_service.keys(phone).size();
                 if (contacts.empty() && keys == 0) return responder->send(no_such_phone(phone));
                 json list = json::array();
                 for (const auto& contact : contacts) list.push_back(to_json(contact));
                 responder->send(
                     json_response(200, {{"address_of_record", phone}, {"contacts", std::move(list)}, {"keys", keys}}));
               });
             });
  router.add("GET", "/v1/phones/{phone}/screen.png",
             [&core](const http::Request&, const Router::Values& values, ResponderPointer responder) {
               core.on_loop(responder, [&core, responder, phone = values[0]](ApiContext& context) {
                 take_picture(core, context, phone, responder);
               });
             });
}

}  // namespace snom::snomd
