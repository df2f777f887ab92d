#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "nodes/lease.h"
#include "runtime/wake_up.h"
#include "store/postgres.h"

namespace snom::store {

/// What nodes tell each other: texts from one life to another, by a table that nothing stays in. Each comes once or not
/// at all; who waits for an answer has a limit. A thread and a connection of its own. Any thread.
class NodeMail final {
 public:
  struct Options {
    std::string url;  ///< of libpq; the tables of node_tables are there already
    std::chrono::milliseconds statement{1000};
    std::chrono::milliseconds look_every{500};  ///< where no word came
    std::chrono::milliseconds gather{5};        ///< waited for more behind what was sent or fetched
    std::chrono::seconds kept{15};              ///< what was not fetched by then is nothing any more
    std::size_t most_waiting = 20000;           ///< to be sent; one more is not taken
    std::size_t at_once = 2000;
    std::size_t largest = 256UL * 1024;  ///< bytes of a text
  };
  struct Letter {
    nodes::Epoch other = 0;  ///< whom it is to, or from
    std::string text;
  };
  /// On its thread, in the order in which they were sent by each.
  using Take = std::function<void(std::vector<Letter>)>;
  /// This node's present life; 0: none. On its thread.
  using Self = std::function<nodes::Epoch()>;

  NodeMail(Options options, Self self, Take take);
  ~NodeMail();
  NodeMail(const NodeMail&) = delete;
  NodeMail& operator=(const NodeMail&) = delete;

  /// False: it is too large, or too many wait already.
  [[nodiscard]] bool send(Letter letter);

 private:
  void run();
  [[nodiscard]] SqlResult<void> turn();
  [[nodiscard]] SqlResult<void> connect();
  [[nodiscard]] SqlResult<void> listen(nodes::Epoch self);
  [[nodiscard]] SqlResult<void> send_waiting(nodes::Epoch self);
  [[nodiscard]] SqlResult<void> fetch(nodes::Epoch self);
  [[nodiscard]] SqlResult<void> forget_old();

  const Options options_;
  const Self self_;
  const Take take_;
  const runtime::WakeUp wake_;

  // Of its thread.
  std::unique_ptr<PostgresConnection> connection_;
  nodes::Epoch listens_ = 0;
  bool word_came_ = false;
  bool has_worked_ = false;  ///< in this turn
  std::chrono::steady_clock::time_point fetch_at_{};
  std::chrono::steady_clock::time_point forget_at_{};

  std::atomic<bool> ending_ = false;
  std::mutex mutex_;
  std::vector<Letter> waiting_;  ///< under the mutex

  std::thread thread_;  ///< last: starts when all else is there
};

}  // namespace snom::store
