#pragma once

#include <map>
#include <string>
#include <utility>

#include "control/keys/button_store.h"
#include "runtime/executor.h"

namespace snom::control {

/// Wanted keys in memory: gone with the process, as who asks for no file wants it. Also what tests keep keys in; so it
/// is beside the interface, and control's tests need no room of the floor above. Control's thread.
class MemoryButtonStore final : public ButtonStore {
 public:
  /// `control` outlives this, and brings the answers.
  explicit MemoryButtonStore(runtime::Executor& control) : control_(control) {}

  [[nodiscard]] tl::expected<std::vector<WantedButton>, std::string> load() override;
  [[nodiscard]] tl::expected<std::vector<KeptGroup>, std::string> load_groups() override;
  void save(Change change, std::function<void(Result)> done) override;

 private:
  [[nodiscard]] std::vector<WantedButton> kept_of(const std::string& address_of_record) const;

  runtime::Executor& control_;
  std::map<std::pair<std::string, std::string>, WantedButton> kept_;  ///< by address of record and key
  std::map<std::string, KeptGroup> groups_;
};

}  // namespace snom::control
