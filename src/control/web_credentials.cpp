#include "control/web_credentials.h"

#include "control/typed_line.h"
#include "language/phone_model.h"

namespace snom::control {
namespace {

/// How much an entry says of this phone; 0 = it is for others.
int fit(const WebCredentials::Entry& entry, std::string_view address_of_record, std::string_view model) {
  if (!entry.model.empty() && plain_model(entry.model) != model) return 0;
  const int with_model = entry.model.empty() ? 0 : 1;
  if (entry.user.empty()) return 1 + with_model;
  if (entry.user == address_of_record) return 5 + with_model;
  if (entry.user == address_of_record.substr(0, address_of_record.rfind('@'))) return 3 + with_model;
  return 0;
}

}  // namespace

std::string plain_model(std::string_view model) {
  constexpr std::string_view maker = "snom";
  if (equal_ignoring_case(model.substr(0, maker.size()), maker)) model.remove_prefix(maker.size());
  if (model.starts_with('-')) model.remove_prefix(1);
  std::string plain(model);
  for (char& c : plain) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return plain;
}

const WebCredentials::Entry* WebCredentials::find(std::string_view address_of_record,
                                                  std::string_view user_agent) const {
  if (address_of_record.empty()) return nullptr;
  const auto phone = language::parse_user_agent(user_agent);
  const std::string model = phone ? phone->name : std::string();
  const Entry* best = nullptr;
  int most = 0;
  for (const Entry& entry : entries_) {
    if (const int says = fit(entry, address_of_record, model); says > most) {
      most = says;
      best = &entry;
    }
  }
  return best;
}

}  // namespace snom::control
