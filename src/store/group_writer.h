#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "control/keys/button_store.h"
#include "store/answers.h"
#include "store/keeper.h"
#include "store/pace.h"

namespace snom::store {

/// Limits of a store; tests have shorter ones.
struct Limits {
  std::chrono::milliseconds busy{2000};   ///< for a lock that another program holds
  std::chrono::milliseconds close{2000};  ///< for writing what was handed over before the end
  std::size_t waiting_rows = 500'000;     ///< more than that are not taken: the disk does not keep up
  std::chrono::milliseconds gather{0};    ///< waited for more after the first, when nobody waits for an answer
  Pace::Limits pace = {};                 ///< of transactions that have much to do
};

/// Writes changes on a thread of its own: all that wait go into one transaction, because the sync at its end costs the
/// same for one as for many. Made, used and destroyed on control's thread.
class GroupWriter final {
 public:
  /// `name` is the file or the database, for texts. The others outlive it.
  GroupWriter(Keeper& keeper, std::string name, runtime::Executor& control, Limits limits);
  ~GroupWriter() { close(); }
  GroupWriter(const GroupWriter&) = delete;
  GroupWriter& operator=(const GroupWriter&) = delete;

  void write(control::ButtonStore::Change change, std::function<void(control::ButtonStore::Result)> done);

  /// Writes what was handed over, within the limit; every `done` has been called when it returns. A sync that the disk
  /// is busy with cannot be broken off and is waited for. What comes afterwards is refused.
  void close();

  /// Any thread: the limit of close() is over.
  [[nodiscard]] bool out_of_time() const;

 private:
  struct Job {
    control::ButtonStore::Change change;
    std::function<void(control::ButtonStore::Result)> done;
    control::ButtonStore::Result result;
  };
  using Jobs = std::vector<Job>;

  void run();
  [[nodiscard]] Jobs take();
  void keep(Jobs::iterator begin, Jobs::iterator end);
  [[nodiscard]] SqlResult<std::vector<Overtaken>> transaction(Jobs::const_iterator begin, Jobs::const_iterator end);

  Keeper& keeper_;
  const std::string name_;
  runtime::Executor& control_;
  const Limits limits_;
  const std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();

  Pace pace_;
  std::chrono::steady_clock::time_point began_{};  ///< thread_: the latest transaction
  bool room_to_make_ = true;                       ///< thread_: something was committed since make_room()

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> waiting_;
  std::size_t waiting_rows_ = 0;
  bool closing_ = false;
  std::chrono::steady_clock::time_point close_by_{};

  std::thread thread_;  ///< last: starts when all else is there
};

}  // namespace snom::store
