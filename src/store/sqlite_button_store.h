#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/button_store.h"
#include "store/group_writer.h"

namespace snom::store {

/// Wanted keys in an SQLite file of this process alone (docs/store.md). Opened anywhere; used and destroyed on
/// control's thread.
class SqliteButtonStore final : public control::ButtonStore {
 public:
  /// Makes the file, readable by its owner only, in a folder that has to exist. `post_to_control` brings work to
  /// control's thread; it is called from the store's own thread, and no more once the store is destroyed.
  [[nodiscard]] static tl::expected<std::unique_ptr<SqliteButtonStore>, std::string> open(
      const std::string& path, std::function<void(std::function<void()>)> post_to_control);
  [[nodiscard]] static tl::expected<std::unique_ptr<SqliteButtonStore>, std::string> open(
      const std::string& path, std::function<void(std::function<void()>)> post_to_control, Limits limits);
  /// Keeps what was handed over, within 2 s; calls every `done` that is still owed, and none once it has returned.
  ~SqliteButtonStore() override;

  [[nodiscard]] tl::expected<std::vector<control::WantedButton>, std::string> load() override;
  void save(Change change, std::function<void(Result)> done) override;

 private:
  struct Parts;
  explicit SqliteButtonStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace snom::store
