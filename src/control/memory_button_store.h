#pragma once

#include <map>
#include <utility>

#include "control/button_store.h"

namespace snom::control {

/// Wanted keys in memory: gone with the process, as who asks for no file wants it. Also what tests keep keys in; so it
/// is beside the interface, and control's tests need no room of the floor above. Answers before save() returns.
/// Control's thread.
class MemoryButtonStore final : public ButtonStore {
 public:
  [[nodiscard]] tl::expected<std::vector<WantedButton>, std::string> load() override;
  void save(Change change, std::function<void(Result)> done) override;

 private:
  std::map<std::pair<std::string, std::string>, WantedButton> kept_;  ///< by address of record and key
};

}  // namespace snom::control
