#include "phone/phones.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "language/text.h"

namespace snom::phone {

namespace {

using nlohmann::ordered_json;

ordered_json summary(const VirtualPhone& phone) {
  ordered_json object;
  object["user"] = phone.options().user;
  object["model"] = phone.options().model.identity.name;
  object["registered"] = phone.is_registered();
  object["rebooting"] = phone.is_rebooting();
  object["state"] = phone.state();
  object["ringing"] = phone.is_ringing();
  object["lit"] = std::ranges::count_if(phone.keys(), [&](const FunctionKey& key) {
    return key.button.light.value_or(language::Light::off) != language::Light::off || phone.led_of(key) != nullptr;
  });
  return object;
}

std::string text_of(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

void Phones::add(VirtualPhone& phone) {
  const std::size_t place = phones_.size();
  const std::string& user = phone.options().user;
  phones_.push_back(&phone);
  users_in_lower_case_.push_back(language::lower_case(user));
  by_user_.emplace(user, place);
  by_phone_.emplace(&phone, place);
}

std::optional<std::size_t> Phones::find(std::string_view user) const {
  const auto found = by_user_.find(std::string(user));
  if (found == by_user_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::size_t> Phones::place_of(const VirtualPhone& phone) const {
  const auto found = by_phone_.find(&phone);
  if (found == by_phone_.end()) return std::nullopt;
  return found->second;
}

std::string Phones::summary_json(std::size_t place) const { return text_of(summary(at(place))); }

std::string Phones::list_json(std::string_view search, std::size_t offset, std::size_t limit) const {
  const std::string wanted = language::lower_case(search);
  ordered_json list;
  std::size_t total = 0;
  std::size_t registered = 0;
  std::size_t ringing = 0;
  std::size_t in_calls = 0;
  auto phones = ordered_json::array();
  for (std::size_t place = 0; place < phones_.size(); ++place) {
    const VirtualPhone& phone = *phones_[place];
    registered += phone.is_registered() ? 1 : 0;
    ringing += phone.is_ringing() ? 1 : 0;
    in_calls += phone.calls().empty() ? 0 : 1;
    if (users_in_lower_case_[place].find(wanted) == std::string::npos) continue;
    if (total >= offset && total - offset < limit) phones.push_back(summary(phone));
    ++total;
  }
  list["all"] = phones_.size();
  list["registered"] = registered;
  list["ringing"] = ringing;
  list["in_calls"] = in_calls;
  list["total"] = total;
  list["offset"] = offset;
  list["phones"] = std::move(phones);
  return text_of(list);
}

}  // namespace snom::phone
