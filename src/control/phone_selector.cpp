#include "control/phone_selector.h"

#include "language/phone_model.h"
#include "language/text.h"

namespace snom::control {

std::string plain_model(std::string_view model) {
  constexpr std::string_view maker = "snom";
  if (language::equal_ignoring_case(model.substr(0, maker.size()), maker)) model.remove_prefix(maker.size());
  if (model.starts_with('-')) model.remove_prefix(1);
  std::string plain(model);
  for (char& c : plain) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return plain;
}

int how_well_selected(std::string_view user, std::string_view model, std::string_view address_of_record,
                      std::string_view user_agent) {
  if (!model.empty()) {
    const auto phone = language::parse_user_agent(user_agent);
    if (!phone || plain_model(model) != phone->name) return 0;
  }
  const int with_model = model.empty() ? 0 : 1;
  if (user.empty()) return 1 + with_model;
  if (user == address_of_record) return 5 + with_model;
  if (user == address_of_record.substr(0, address_of_record.rfind('@'))) return 3 + with_model;
  return 0;
}

}  // namespace snom::control
