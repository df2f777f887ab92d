#pragma once

#include <memory>
#include <random>
#include <string>

namespace snom::store::testing {

/// A disk under SQLite that forgets at a power cut what was written but not synced. While it lives it is SQLite's disk
/// in this process: it writes to the real one, and remembers beside it what a power cut would leave.
class PowerCutDisk final {
 public:
  PowerCutDisk();
  ~PowerCutDisk();
  PowerCutDisk(const PowerCutDisk&) = delete;
  PowerCutDisk& operator=(const PowerCutDisk&) = delete;

  /// The power goes before the n-th sync (counted from 1) has kept anything; nothing later reaches the disk.
  void cut_at_sync(int n);
  [[nodiscard]] int syncs() const;
  /// What the disk has of the file after the cut: all that was synced, and of the writes since, in 512 byte sectors,
  /// some.
  [[nodiscard]] std::string after_cut(const std::string& file, std::mt19937& random) const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace snom::store::testing
