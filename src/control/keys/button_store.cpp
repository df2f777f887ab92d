#include "control/keys/button_store.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace snom::control {

bool JudgedBy::holds(const std::vector<WantedButton>& now) const {
  std::map<std::string_view, std::uint64_t> there;
  for (const auto& wanted : now) {
    if (!wanted.cleared) there.emplace(wanted.button.key, wanted.revision);
  }
  std::size_t found = 0;
  const bool are_so = std::all_of(keys.begin(), keys.end(), [&](const Key& key) {
    const auto kept = there.find(key.key);
    if (kept == there.end()) return key.revision == 0;
    ++found;
    return kept->second == key.revision;
  });
  return are_so && (!is_all || found == there.size());
}

}  // namespace snom::control
