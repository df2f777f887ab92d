#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "nodes/lease.h"
#include "registration/kept_binding.h"
#include "store/registration_table.h"
#include "store/server_clock.h"
#include "store/waiting_bindings.h"

namespace snom::store {

/// Bindings of registrars in PostgreSQL, beside the tables of keys, for nodes that share phones (docs/store.md). Has a
/// thread and a connection of its own; nobody waits for them. Of each binding only the newest waits to be written, and
/// all that wait are written by few statements; while the server is away they go on waiting. Any thread, unless said
/// otherwise.
class PostgresBindings final : public registration::BindingKeeper {
 public:
  using Bindings = std::vector<registration::KeptBinding>;
  struct Options {
    std::string url;                               ///< of libpq
    std::chrono::seconds longest{7200};            ///< a binding lasts: [registrar] max_expires_s
    std::size_t most_waiting = 100'000;            ///< bindings; a further one is given up until it is refreshed
    std::size_t at_once = 2000;                    ///< bindings in one statement
    std::chrono::milliseconds gather{50};          ///< waited for more after the first
    std::chrono::milliseconds statement{2000};     ///< for each statement, and for connecting
    std::chrono::milliseconds close{2000};         ///< for writing what waits at the end
    std::size_t page = 500;                        ///< bindings given at once
    std::chrono::milliseconds sweep_every{10000};  ///< a part of the table is looked through for what has expired
    std::size_t sweep_at_once = 2000;              ///< rows of such a part
  };
  /// All on its thread, one after the other; none after the destructor.
  struct Told {
    /// Bindings that were asked for by load(), at most a page; their times are this process' own. What
    /// has expired is not among them.
    std::function<void(Bindings)> loaded;
    /// These were not written, since another node has taken a newer REGISTER of the same binding: this node's is old.
    std::function<void(Bindings)> superseded;
    /// Why nothing can be read or written at present; empty: all is well again.
    std::function<void(const std::string& away)> away;
    /// In words, for the administrator; not more than a line in ten seconds: bindings were given up.
    std::function<void(const std::string& what)> warned;
  };

  /// Any of the functions may be empty.
  PostgresBindings(Options options, Told told);
  /// Writes what waits, within the limit.
  ~PostgresBindings() override;
  PostgresBindings(const PostgresBindings&) = delete;
  PostgresBindings& operator=(const PostgresBindings&) = delete;

  void keep(registration::KeptBinding binding) override;
  void remove(registration::RemovedBinding removed) override;

  /// The life of this node, for what is written from now on.
  void set_life(nodes::Epoch life) { life_ = life; }

  /// Asks for all bindings of these addresses of record; told by loaded(), and nothing is told of one that has none.
  /// Asked again by itself until the server has answered. One that waits already is asked for once.
  void load(const std::vector<std::string>& addresses_of_record);

  /// Why the server cannot be asked at present; empty: it can.
  [[nodiscard]] std::string away() const;

  struct Counters {
    std::uint64_t written = 0;     ///< bindings, and removals
    std::uint64_t statements = 0;  ///< that wrote them: transactions
    std::uint64_t superseded = 0;
    std::uint64_t given_up = 0;  ///< too many waited, or the server refused them
    std::uint64_t loaded = 0;
    std::uint64_t swept = 0;  ///< rows of expired ones that were deleted
    std::size_t waiting = 0;  ///< to be written
  };
  [[nodiscard]] Counters counters() const;

 private:
  using Key = registration_table::Key;
  using TimePoint = std::chrono::steady_clock::time_point;

  void run();
  /// All that is due.
  [[nodiscard]] SqlResult<void> turn();
  [[nodiscard]] SqlResult<void> connect();
  [[nodiscard]] SqlResult<void> ask_the_time();
  [[nodiscard]] SqlResult<void> load_page();
  [[nodiscard]] SqlResult<void> write_some();
  /// What the server refuses together is tried in halves, down to single ones, which are given up.
  [[nodiscard]] SqlResult<void> write(const WaitingBindings::Entries& entries);
  [[nodiscard]] SqlResult<void> sweep();
  [[nodiscard]] registration_table::Row row_of(const Key& key, const WaitingBindings::Entry& entry) const;
  void tell_loaded(std::vector<registration_table::Row> rows, TimePoint asked);
  void tell_superseded(const std::vector<Key>& keys, const WaitingBindings::Entries& of);
  void tell_given_up();
  void set_away(const std::string& why);
  template <typename What>
  void add(What what);
  /// Until something is due.
  void rest();
  void pause();

  [[nodiscard]] bool has_work() const;  ///< under the mutex
  [[nodiscard]] bool is_time_over() const;
  [[nodiscard]] std::chrono::milliseconds patience() const { return options_.statement + std::chrono::seconds(1); }

  const Options options_;
  const Told told_;
  std::atomic<nodes::Epoch> life_ = 0;

  // Of its thread.
  std::unique_ptr<PostgresConnection> connection_;
  ServerClock clock_;
  TimePoint ask_the_time_at_{};
  TimePoint sweep_at_{};
  TimePoint warn_at_{};
  Key swept_to_;
  std::vector<std::string> loading_;  ///< addresses of record, of which pages are read
  Key loaded_to_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  WaitingBindings waiting_;  ///< under the mutex, as all below
  TimePoint waiting_since_{};
  std::set<std::string> wanted_;  ///< load()
  std::size_t given_up_ = 0;      ///< and not told yet
  std::string why_given_up_;
  Counters counters_;
  std::string away_;
  bool ending_ = false;
  TimePoint close_by_{};

  std::thread thread_;  ///< last: starts when all else is there
};

}  // namespace snom::store
