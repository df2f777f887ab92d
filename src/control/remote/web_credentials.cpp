#include "control/remote/web_credentials.h"

namespace snom::control {

const WebCredentials::Entry* WebCredentials::find(std::string_view address_of_record,
                                                  std::string_view user_agent) const {
  if (address_of_record.empty()) return nullptr;
  const Entry* best = nullptr;
  int most = 0;
  for (const Entry& entry : entries_) {
    if (const int says = how_well_selected(entry.user, entry.model, address_of_record, user_agent); says > most) {
      most = says;
      best = &entry;
    }
  }
  return best;
}

}  // namespace snom::control
