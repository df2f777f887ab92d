#include "cluster/node_letter.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "language/json_nesting.h"
#include "runtime/overloaded.h"

namespace snom::cluster {
namespace {

using control::Channel;
using control::ContactOutcome;
using nlohmann::json;

/// More are none of ours.
constexpr std::size_t most_entries = 10000;

std::optional<std::uint64_t> number_in(const json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_number_unsigned() ? std::optional(found->get<std::uint64_t>())
                                                             : std::nullopt;
}

std::optional<std::string> text_in(const json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_string() ? std::optional(found->get<std::string>()) : std::nullopt;
}

const json* list_in(const json& value, const char* name) {
  const auto found = value.find(name);
  return found != value.end() && found->is_array() && found->size() <= most_entries ? &*found : nullptr;
}

json contact_json(const ContactOutcome& contact) {
  json value{{"contact", contact.contact},
             {"status", contact.status},
             {"reason", contact.reason},
             {"unconfirmed", contact.unconfirmed},
             {"lost", contact.lost}};
  if (contact.channel) value["channel"] = control::to_string(*contact.channel);
  return value;
}

std::optional<Channel> channel_in(const json& value) {
  const auto name = text_in(value, "channel");
  for (const auto channel : {Channel::buttons, Channel::notify, Channel::http, Channel::subscription}) {
    if (name == control::to_string(channel)) return channel;
  }
  return std::nullopt;
}

std::optional<ContactOutcome> contact_in(const json& value) {
  if (!value.is_object()) return std::nullopt;
  auto contact = text_in(value, "contact");
  auto reason = text_in(value, "reason");
  auto lost = text_in(value, "lost");
  const auto status = number_in(value, "status");
  const auto unconfirmed = value.find("unconfirmed");
  if (!contact || !reason || !lost || !status || *status > 699) return std::nullopt;
  if (unconfirmed == value.end() || !unconfirmed->is_boolean()) return std::nullopt;
  ContactOutcome outcome;
  outcome.contact = std::move(*contact);
  outcome.status = static_cast<int>(*status);
  outcome.reason = std::move(*reason);
  outcome.channel = channel_in(value);
  outcome.unconfirmed = unconfirmed->get<bool>();
  outcome.lost = std::move(*lost);
  return outcome;
}

std::optional<NodeLetter> read_delivery(std::uint64_t id, std::string phone, const json& value) {
  const auto* keys = list_in(value, "keys");
  if (keys == nullptr) return std::nullopt;
  AskDelivery ask{id, std::move(phone), {}};
  for (const auto& key : *keys) {
    if (!key.is_array() || key.size() != 2 || !key[0].is_string() || !key[1].is_number_unsigned()) return std::nullopt;
    ask.revisions.push_back({key[0].get<std::string>(), key[1].get<std::uint64_t>()});
  }
  return ask;
}

std::optional<NodeLetter> read_answer(std::uint64_t id, const json& value) {
  const auto* contacts = list_in(value, "contacts");
  auto error = text_in(value, "error");
  if (contacts == nullptr || !error) return std::nullopt;
  NodeAnswer answer{id, {}, std::move(*error)};
  for (const auto& contact : *contacts) {
    auto read = contact_in(contact);
    if (!read) return std::nullopt;
    answer.contacts.push_back(std::move(*read));
  }
  return answer;
}

json to_json(const AskDelivery& ask) {
  json keys = json::array();
  for (const auto& [key, revision] : ask.revisions) keys.push_back(json::array({key, revision}));
  return {{"do", "deliver"}, {"id", ask.id}, {"phone", ask.address_of_record}, {"keys", std::move(keys)}};
}

json to_json(const AskCommand& ask) {
  return {{"do", "command"},
          {"id", ask.id},
          {"phone", ask.address_of_record},
          {"line", ask.line},
          {"username", ask.credentials.username},
          {"password", ask.credentials.password}};
}

json to_json(const NodeAnswer& answer) {
  json contacts = json::array();
  for (const auto& contact : answer.contacts) contacts.push_back(contact_json(contact));
  return {{"do", "answer"}, {"id", answer.id}, {"contacts", std::move(contacts)}, {"error", answer.error}};
}

json to_json(const NodeText& told) { return {{"do", "tell"}, {"phone", told.address_of_record}, {"text", told.text}}; }

}  // namespace

std::string write_node_letter(const NodeLetter& letter) {
  const auto value = std::visit([](const auto& one) { return to_json(one); }, letter);
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<NodeLetter> read_node_letter(std::string_view text) {
  if (language::is_json_too_deep(text)) return std::nullopt;
  const auto value = json::parse(text, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  const auto what = text_in(value, "do");
  const auto id = number_in(value, "id");
  if (what == "answer") return id ? read_answer(*id, value) : std::nullopt;
  auto phone = text_in(value, "phone");
  if (!phone) return std::nullopt;
  if (what == "deliver") return id ? read_delivery(*id, std::move(*phone), value) : std::nullopt;
  if (what == "tell") {
    auto told = text_in(value, "text");
    return told ? std::optional<NodeLetter>(NodeText{std::move(*phone), std::move(*told)}) : std::nullopt;
  }
  if (what != "command") return std::nullopt;
  auto line = text_in(value, "line");
  auto username = text_in(value, "username");
  auto password = text_in(value, "password");
  if (!id || !line || !username || !password) return std::nullopt;
  return AskCommand{*id, std::move(*phone), std::move(*line), {std::move(*username), std::move(*password)}};
}

}  // namespace snom::cluster
