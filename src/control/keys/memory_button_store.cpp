#include "control/keys/memory_button_store.h"

namespace snom::control {

tl::expected<std::vector<WantedButton>, std::string> MemoryButtonStore::load() {
  std::vector<WantedButton> all;
  all.reserve(kept_.size());
  for (const auto& [key, wanted] : kept_) all.push_back(wanted);
  return all;
}

tl::expected<std::vector<KeptGroup>, std::string> MemoryButtonStore::load_groups() {
  std::vector<KeptGroup> all;
  for (const auto& [name, group] : groups_) all.push_back(group);
  return all;
}

std::vector<WantedButton> MemoryButtonStore::kept_of(const std::string& address_of_record) const {
  std::vector<WantedButton> all;
  for (auto kept = kept_.lower_bound({address_of_record, {}}); kept != kept_.end(); ++kept) {
    if (kept->first.first != address_of_record) break;
    all.push_back(kept->second);
  }
  return all;
}

void MemoryButtonStore::save(Change change, std::function<void(Result)> done) {
  if (change.judged_by != nullptr) {
    auto now = kept_of(change.judged_by->address_of_record);
    if (!change.judged_by->holds(now)) {
      control_.post([done = std::move(done), now = std::move(now)] {
        done(tl::unexpected(NotKept("what is in memory was changed meanwhile", now)));
      });
      return;
    }
  }
  for (WantedButton& wanted : change.put) {
    std::pair key(wanted.address_of_record, wanted.button.key);
    kept_.insert_or_assign(std::move(key), std::move(wanted));
  }
  for (const Change::Key& key : change.forget) kept_.erase({key.address_of_record, key.key});
  for (KeptGroup& group : change.groups) {
    auto name = group.name;
    if (group.members.empty()) {
      groups_.erase(name);
    } else {
      groups_.insert_or_assign(std::move(name), std::move(group));
    }
  }
  control_.post([done = std::move(done)] { done({}); });
}

}  // namespace snom::control
