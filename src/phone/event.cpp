#include "phone/event.h"

#include <nlohmann/json.hpp>

namespace snom::phone {

std::string to_json(const Event& event, std::string_view user) {
  nlohmann::ordered_json object;
  object["event"] = event.name;
  object["user"] = user;
  for (const auto& [name, value] : event.details) {
    std::visit([&object, &key = name](const auto& plain) { object[key] = plain; }, value);
  }
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace snom::phone
