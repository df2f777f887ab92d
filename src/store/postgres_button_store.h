#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "control/keys/button_store.h"
#include "runtime/executor.h"
#include "store/group_writer.h"
#include "store/postgres_keeper.h"

namespace snom::store {

/// Wanted keys in a PostgreSQL database (docs/store.md), in a schema that no other program writes to meanwhile, but for
/// other nodes, if this is one. While
/// the server is away, saves are refused at once; when it is back they go on. Opened anywhere; used and destroyed on
/// control's thread.
class PostgresButtonStore final : public control::ButtonStore {
 public:
  struct Options {
    Limits writer = {};
    PostgresKeeper::Limits server = {};
    PostgresKeeper::Told told = {};
    std::string node = {};  ///< name of this one of several that share the schema; empty: it is alone
  };
  /// `url`: a connection URI or string of libpq. Errors, as all texts, name hosts and database and nothing else of it.
  /// `control` outlives the store.
  [[nodiscard]] static tl::expected<std::unique_ptr<PostgresButtonStore>, std::string> open(const std::string& url,
                                                                                            runtime::Executor& control,
                                                                                            Options options);
  /// As close().
  ~PostgresButtonStore() override;

  [[nodiscard]] tl::expected<std::vector<control::WantedButton>, std::string> load() override;
  [[nodiscard]] tl::expected<std::vector<control::KeptGroup>, std::string> load_groups() override;
  void save(Change change, std::function<void(Result)> done) override;
  [[nodiscard]] bool is_shared() const override { return is_shared_; }
  [[nodiscard]] std::string away() const override { return keeper_.away(); }
  void close() override;

 private:
  PostgresButtonStore(const std::string& url, const std::string& name, Options options);

  const bool is_shared_;
  std::atomic<const GroupWriter*> hurried_ = nullptr;  ///< the writer, for the connection that waits
  PostgresKeeper keeper_;
  std::unique_ptr<GroupWriter> writer_;  ///< last: it uses the keeper
};

}  // namespace snom::store
