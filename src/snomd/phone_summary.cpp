#include "snomd/phone_summary.h"

#include <algorithm>
#include <utility>

#include "language/phone_model.h"
#include "snomd/event_json.h"

namespace snom::snomd {

using nlohmann::json;

std::string_view to_string(PhoneState state) { return phone_states[static_cast<std::size_t>(state)]; }

std::optional<PhoneState> parse_phone_state(std::string_view text) {
  const auto* const found = std::find(phone_states.begin(), phone_states.end(), text);
  if (found == phone_states.end()) return std::nullopt;
  return static_cast<PhoneState>(found - phone_states.begin());
}

PhoneState PhoneSummary::state() const {
  if (contacts.empty()) return PhoneState::away;
  if (keys.silent) return PhoneState::silent;
  if (keys.failed > 0) return PhoneState::refused;
  return keys.pending > 0 ? PhoneState::pending : PhoneState::ok;
}

bool PhoneSummary::is_nobody() const { return contacts.empty() && keys.all() == 0 && node.empty(); }

std::string shown_phone(const control::CommandService& command_service, const registration::Directory& directory,
                        const std::string& typed) {
  if (!command_service.keys(typed).empty()) return typed;
  return address_of_record_of(directory, typed).value_or(typed);
}

std::optional<std::string> address_of_record_of(const registration::Directory& directory, const std::string& typed) {
  const auto query = registration::query_of(typed);
  if (!query) return std::nullopt;
  const auto contacts = directory.find(*query);
  if (!contacts || contacts->empty()) return directory.account(*query);
  auto first = contacts->front()->address_of_record();
  const bool is_one =
      std::ranges::all_of(*contacts, [&first](const auto& contact) { return contact->address_of_record() == first; });
  return is_one ? std::move(first) : typed;
}

PhoneSummary summary_of(const control::CommandService& command_service, const registration::Directory& directory,
                        std::string address_of_record) {
  auto contacts = registration::contacts_of(directory, address_of_record);
  const auto keys = command_service.delivery().standing(address_of_record);
  auto node = contacts.empty() ? command_service.node_of(address_of_record) : std::string();
  return {std::move(address_of_record), std::move(contacts), keys, std::move(node)};
}

json to_json(const PhoneSummary& phone) {
  json contacts = json::array();
  json model = nullptr;
  for (const auto& contact : phone.contacts) {
    contacts.push_back(to_json(contact));
    if (!model.is_null()) continue;
    if (auto read = language::parse_user_agent(contact->user_agent)) model = std::move(read->name);
  }
  return {{"address_of_record", phone.address_of_record},
          {"state", to_string(phone.state())},
          {"model", std::move(model)},
          {"contacts", std::move(contacts)},
          {"keys", phone.keys.all()},
          {"confirmed", phone.keys.confirmed},
          {"pending", phone.keys.pending},
          {"failed", phone.keys.failed},
          {"node", phone.node.empty() ? json() : json(phone.node)}};
}

}  // namespace snom::snomd
