#pragma once

#include <cstddef>
#include <map>
#include <variant>
#include <vector>

#include "nodes/boot_clock.h"
#include "registration/kept_binding.h"
#include "store/registration_table.h"

namespace snom::store {

/// Bindings and removals that wait to be written: of each the newest only, and no more than a limit beside those that
/// are being written. Pure but for the clocks; one thread at a time.
class WaitingBindings final {
 public:
  using TimePoint = nodes::BootClock::time_point;
  using Key = registration_table::Key;

  struct Entry {
    std::variant<registration::KeptBinding, registration::RemovedBinding> what;
    TimePoint at{};       ///< of the REGISTER
    TimePoint expires{};  ///< of a binding
  };
  using Entries = std::map<Key, Entry>;

  explicit WaitingBindings(std::size_t most) : most_(most) {}

  /// False: there is no room for a further one.
  [[nodiscard]] bool add(registration::KeptBinding binding);
  [[nodiscard]] bool add(registration::RemovedBinding removed);

  /// The first ones in the order of their keys, each time going on behind those taken before, so that all have their
  /// turn. They are in size() until done().
  [[nodiscard]] Entries take(std::size_t most);
  /// Those that were taken are written, or given up.
  void done() { taken_ = 0; }
  /// They are not, and wait again, as far as nothing newer does.
  void put_back(Entries entries);

  [[nodiscard]] std::size_t size() const { return entries_.size() + taken_; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  bool add(Key key, Entry entry);

  std::size_t most_;
  Entries entries_;
  std::size_t taken_ = 0;
  Key after_;  ///< where the next ones are taken
};

}  // namespace snom::store
