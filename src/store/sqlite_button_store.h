#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/keys/button_store.h"
#include "runtime/executor.h"
#include "store/group_writer.h"

namespace snom::store {

/// Wanted keys in an SQLite file of this process alone (docs/store.md). Opened anywhere; used and destroyed on
/// control's thread.
class SqliteButtonStore final : public control::ButtonStore {
 public:
  /// Makes the file, readable by its owner only, in a folder that has to exist. `control` outlives the store.
  [[nodiscard]] static tl::expected<std::unique_ptr<SqliteButtonStore>, std::string> open(const std::string& path,
                                                                                          runtime::Executor& control);
  [[nodiscard]] static tl::expected<std::unique_ptr<SqliteButtonStore>, std::string> open(const std::string& path,
                                                                                          runtime::Executor& control,
                                                                                          Limits limits);
  /// What open() would say of this file, as far as its kind and its header show it; nothing is made or changed.
  [[nodiscard]] static tl::expected<void, std::string> check(const std::string& path);
  /// As close().
  ~SqliteButtonStore() override;

  [[nodiscard]] tl::expected<std::vector<control::WantedButton>, std::string> load() override;
  [[nodiscard]] tl::expected<std::vector<control::KeptGroup>, std::string> load_groups() override;
  void save(Change change, std::function<void(Result)> done) override;
  void close() override;

 private:
  struct Parts;
  explicit SqliteButtonStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace snom::store
