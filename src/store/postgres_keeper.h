#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/keeper.h"
#include "store/postgres.h"

namespace snom::store {

/// Keeps in PostgreSQL, and finds the server again after it was away.
class PostgresKeeper final : public Keeper {
 public:
  struct Limits {
    std::chrono::milliseconds connect{2000};  ///< for one attempt to reach the server
    /// For a statement that writes: the server breaks it off then. A server that does not even do that is waited for a
    /// second longer.
    std::chrono::milliseconds statement{2000};
    std::chrono::milliseconds rows{30000};  ///< for the first and each further row when all is read
    /// What was under way when the connection broke is tried again for so long; then it is not known whether it is
    /// kept.
    std::chrono::milliseconds again{1500};
    std::chrono::milliseconds look{250};  ///< between looks at the connection, or attempts to have one
  };
  /// What changed: why nothing can be kept now, or empty: all is well again. Any thread.
  using Told = std::function<void(const std::string& away)>;

  /// `name`: as database_name(). `node`: the name of this node of several that share the schema; empty: it is alone.
  /// `give_up`: asked while waiting, on any thread: true = no longer.
  PostgresKeeper(std::string url, std::string name, std::string node, Limits limits, Told told,
                 PostgresConnection::GiveUp give_up = {});

  /// At the start: the error is why there is no store.
  [[nodiscard]] SqlResult<void> connect();
  [[nodiscard]] SqlResult<std::vector<control::WantedButton>> all();
  [[nodiscard]] SqlResult<std::vector<control::KeptGroup>> groups();

  [[nodiscard]] SqlResult<std::vector<Overtaken>> keep(
      std::span<const control::ButtonStore::Change* const> changes) override;
  [[nodiscard]] std::string away() const override;
  void tend() override;
  [[nodiscard]] std::chrono::milliseconds tend_every() const override { return limits_.look; }

 private:
  using Changes = std::span<const control::ButtonStore::Change* const>;

  [[nodiscard]] SqlResult<void> connect_by(PostgresConnection::Deadline by);
  [[nodiscard]] std::chrono::milliseconds patience() const { return limits_.statement + std::chrono::seconds(1); }
  [[nodiscard]] SqlResult<void> limit_statements(std::chrono::milliseconds limit);
  /// A long read, which the server does not break off. Under in_use_.
  template <typename Read>
  [[nodiscard]] auto read(Read what) -> decltype(what());
  [[nodiscard]] SqlResult<std::vector<Overtaken>> apply(Changes changes);
  [[nodiscard]] SqlResult<std::vector<Overtaken>> keep_again(Changes changes, SqlError first);
  void set_away(const std::string& why);
  [[nodiscard]] SqlError named(SqlError error) const;

  const std::string url_;
  const std::string name_;
  const std::string node_;
  const Limits limits_;
  const Told told_;
  const PostgresConnection::GiveUp give_up_;

  std::mutex in_use_;  ///< of the connection
  std::unique_ptr<PostgresConnection> connection_;

  mutable std::mutex mutex_;
  std::string away_;  ///< under the mutex
};

}  // namespace snom::store
