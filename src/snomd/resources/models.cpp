#include "control/commands/redact.h"
#include "language/model_table.h"
#include "language/phone_face.h"
#include "snomd/api_core.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

json colours_json(const std::optional<language::LedColours>& colours) {
  if (!colours) return nullptr;
  json names = json::array();
  for (const auto colour : {language::Colour::red, language::Colour::green, language::Colour::orange}) {
    if (colours->has(colour)) names.push_back(language::to_string(colour));
  }
  return names;
}

/// What is known of the models whose name is `name`, or that `name` stands for.
json model_json(std::string_view name) {
  const auto& traits = language::traits_of(name);
  const auto& face = language::face_of(name);
  return {{"name", name},
          {"row", traits.name},
          {"family", traits.family},
          {"known", traits.name == name && face.model == name},
          {"keys", traits.function_keys},
          {"columns", face.columns},
          {"labels", language::to_string(face.labels)},
          {"display", {{"width", face.display_width}, {"height", face.display_height}, {"colours", face.has_colours}}},
          {"colours", colours_json(traits.colours)},
          {"expansion", traits.expansion == "?" || traits.expansion == "none" ? json() : json(traits.expansion)},
          {"expansion_keys", traits.expansion_keys},
          {"expansion_modules", traits.expansion_modules},
          {"http", traits.has_http_control}};
}

}  // namespace

/// Constants of the program: answered on the HTTP thread.
void add_models(Router& router, ApiCore& /*core*/) {
  router.add("GET", "/v1/models", [](const http::Request&, const auto&, const ResponderPointer& responder) {
    json models = json::array();
    for (const auto& traits : language::model_table()) models.push_back(model_json(traits.name));
    responder->send(json_response(200, {{"models", std::move(models)}}));
  });
  router.add("GET", "/v1/models/{model}",
             [](const http::Request&, const Router::Values& values, const ResponderPointer& responder) {
               // Any name has a row: the one for its kind, or the careful default.
               responder->send(json_response(200, model_json(control::action_without_password(values[0]))));
             });
}

}  // namespace snom::snomd
