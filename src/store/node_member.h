#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "nodes/neighbours.h"
#include "nodes/ownership.h"
#include "runtime/wake_up.h"
#include "store/bustle.h"
#include "store/node_tables.h"
#include "store/pace.h"
#include "store/waiting_letters.h"

namespace snom::store {

/// One of several programs that share the phones of a schema (docs/decisions/ownership.md): has a thread and a
/// connection of its own, keeps its lease, follows what changes, ends the lives of others and takes their phones, and
/// brings letters from one to another: each comes once or not at all, and who waits for an answer has a limit. While
/// the server is away it goes on trying, and its lease ends meanwhile. Any thread, unless said otherwise.
class NodeMember final {
 public:
  struct Options {
    std::string url;   ///< of libpq; the tables of the keys are there already
    std::string name;  ///< for administrators
    nodes::LeaseLimits lease = {};
    std::chrono::milliseconds renew_every{1000};
    std::chrono::milliseconds look_every{1000};  ///< where no word came that something changed
    std::chrono::milliseconds statement{1000};   ///< for each of its statements, and for connecting
    /// Of looks: with one itself, others' changes are known within 100 ms.
    Pace::Limits look_pace{std::chrono::milliseconds(10), std::chrono::milliseconds(35)};
    std::size_t take_at_once = 500;  ///< phones of lives that are over, so that all take some; 0: none
    bool takes_any = true;           ///< false: of lives that are over only phones that registered here
    std::chrono::milliseconds trim_every{3000};
    std::size_t trim_at_once = 2000;
    WaitingLetters::Limits letters = {};
    std::chrono::seconds letters_kept{15};  ///< what was not fetched by then is nothing any more
    std::chrono::milliseconds row{30000};   ///< for each row when all is read
    std::size_t keys_a_look = 5000;         ///< that changed; more are told by further looks, one after the other
  };
  using Letter = node_tables::Letter;
  /// What changed. Who is told takes the keys first, and then calls found() with the rest. Keys that a letter was
  /// written about are among those told by then.
  struct Change {
    /// What is not among the keys and phones was forgotten.
    bool is_all = false;
    std::uint64_t number = 0;  ///< up to which changes of keys are told by now
    std::vector<node_tables::KeyChange> keys;
    std::vector<node_tables::Place> places;                 ///< whose phones are now, this node's among them
    std::vector<node_tables::Name> names;                   ///< of all lives
    std::optional<std::vector<control::KeptGroup>> groups;  ///< all, when one was changed
    nodes::Ownership::Found found;
    std::vector<Letter> letters;  ///< from others, of each in the order in which it sent them
    /// Keys that were changed, and are as they were here: they hold what this version does not know. Each a sentence.
    std::vector<std::string> unreadable;
  };
  /// On its thread; one after the other, in the order in which it happened. At first all is told, and again when this
  /// node was away for so long that single changes are not known any more.
  using Tell = std::function<void(Change)>;
  /// Likewise: why the server cannot be asked, or does not answer in time; empty: all is well again. May be empty.
  using TellAway = std::function<void(const std::string& why)>;

  NodeMember(Options options, Tell tell, TellAway tell_away = {});
  /// Ends its life, unless the server is away, and phones that were not given away before are taken over at once; but
  /// while something is under way to one of them, that life is left to run out.
  ~NodeMember();
  NodeMember(const NodeMember&) = delete;
  NodeMember& operator=(const NodeMember&) = delete;

  /// As nodes::Ownership, at the present time.
  std::vector<std::string> found(const nodes::Ownership::Found& found);
  [[nodiscard]] bool owns(std::string_view address_of_record) const;
  [[nodiscard]] bool holds(std::string_view address_of_record) const;
  [[nodiscard]] std::optional<nodes::Ownership::Ticket> begin(std::string_view address_of_record);
  [[nodiscard]] bool may_repeat(const nodes::Ownership::Ticket& ticket) const;
  void end(const nodes::Ownership::Ticket& ticket);
  /// All phones are given away; none is taken any more.
  void drain();
  [[nodiscard]] std::size_t held() const;
  /// Its present life; 0: none.
  [[nodiscard]] nodes::Epoch epoch() const;
  [[nodiscard]] bool lease_holds() const;

  /// A phone has registered here. It is asked for again by itself until it is known whose it is.
  void claim(std::string address_of_record);

  /// False: it is too large, or too many wait already. Those to a life that is over come to nobody.
  [[nodiscard]] bool send(Letter letter);

 private:
  using TimePoint = nodes::BootClock::time_point;

  void run();
  void end_life();
  /// All that is due. An error of kind `away`: there is no connection any more.
  [[nodiscard]] SqlResult<void> turn();
  [[nodiscard]] SqlResult<void> connect();
  [[nodiscard]] SqlResult<void> keep_lease();
  [[nodiscard]] SqlResult<void> listen();
  [[nodiscard]] SqlResult<void> look();
  [[nodiscard]] SqlResult<void> tell(node_tables::Look look);
  [[nodiscard]] SqlResult<void> begin_life();
  /// This node knows too little to be told single changes.
  [[nodiscard]] SqlResult<void> start_over(nodes::Epoch epoch);
  [[nodiscard]] SqlResult<void> trim();
  [[nodiscard]] SqlResult<void> end_others();
  [[nodiscard]] SqlResult<void> take_wished(nodes::Epoch epoch);
  [[nodiscard]] SqlResult<void> claim_waiting();
  [[nodiscard]] SqlResult<void> release();
  void look_soon();
  void rest();
  void set_away(const std::string& why);
  /// It has looked within the time of a lease, and may go on with its life, or begin one.
  [[nodiscard]] bool sees() const;

  const Options options_;
  const Tell tell_;
  const TellAway tell_away_;
  const runtime::WakeUp wake_;
  WaitingLetters letters_;

  // Of its thread.
  std::unique_ptr<PostgresConnection> connection_;
  std::optional<nodes::Epoch> listens_;  ///< for letters to this life, too; nullopt: it looks without being told
  Pace look_pace_;
  Bustle bustle_{{}};
  nodes::Neighbours neighbours_;
  std::vector<nodes::Epoch> orphans_;
  std::set<nodes::Epoch> settled_;  ///< of them, those of whom this node has what registered here
  bool knows_all_ = false;
  bool is_reading_ = false;   ///< it knows all, and has no life yet that says so: no change is forgotten meanwhile
  node_tables::Known known_;  ///< what was told; `seen` is not used
  std::uint64_t groups_ = 0;
  TimePoint trim_at_{};
  std::vector<node_tables::Name> names_;
  TimePoint renew_at_{};
  TimePoint look_at_{};
  TimePoint looked_at_{};
  TimePoint saw_at_{};  ///< it looked last, and had an answer
  std::string away_;    ///< why the server cannot be asked, or does not answer in time; empty: it does

  std::atomic<bool> ending_ = false;
  mutable std::mutex mutex_;
  nodes::Ownership ownership_;     ///< under the mutex, as all below
  std::set<std::string> waiting_;  ///< claims
  bool draining_ = false;

  std::thread thread_;  ///< last: starts when all else is there
};

}  // namespace snom::store
