#pragma once

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <switch.h>

#include "control/ports.h"
#include "runtime/executor.h"

namespace snom::freeswitch {

/// MESSAGEs and NOTIFYs to phones through mod_sofia, and what the phones answered.
///
/// mod_sofia tells a MESSAGE's outcome in one way only: its chat interface's send function, asked to block, waits for
/// it in steps of 100 ms, for 20 s at most. So each MESSAGE gets a thread, and that thread *starts in mod_sofia's
/// function*: no frame of this module is on its stack, so this module may be unloaded while phones are silent. The
/// outcome is read from the event when the thread has ended. While threads are under way mod_sofia's chat interface is
/// held, so that `unload mod_sofia` is refused instead of taking the code from under them; at FreeSWITCH's shutdown it
/// is let go of at once, and mod_sofia's profile waits for them itself.
///
/// A thread of this class starts them and looks after them, so that a command does not pay for it: an event socket runs
/// one command after the other. What it learns is told with control's turn.
///
/// A NOTIFY goes by mod_sofia's event, to the one contact that it names. Nobody is told how a phone answers it.
class SofiaMessageSender final : public control::MessageSender {
 public:
  using Clock = std::chrono::steady_clock;

  struct Limits {
    std::chrono::milliseconds answer{5000};  ///< after that a phone counts as silent
    std::size_t waited_for = 1000;           ///< at once; beyond that MESSAGEs go out and nobody learns the outcome
  };

  struct Counters {
    std::uint64_t sent = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t silent = 0;
    std::uint64_t unwatched = 0;  ///< sent without waiting: too many were under way
    std::uint64_t under_way = 0;  ///< now
  };

  /// Runs work with control's turn, before it returns. False: control is at its end, and the work was not done.
  using InTurn = std::function<bool(const std::function<void()>&)>;

  /// `control` outlives this.
  SofiaMessageSender(Limits limits, runtime::Executor& control, InTurn in_turn);
  ~SofiaMessageSender() override {
    join();
    stop();
  }
  SofiaMessageSender(const SofiaMessageSender&) = delete;
  SofiaMessageSender& operator=(const SofiaMessageSender&) = delete;

  /// With control's turn. A MESSAGE's `under_way` is kept until mod_sofia has done with it, also when it was told
  /// silent before: it may still be retransmitted.
  void send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) override;

  /// When control is at its end: ends this class's thread. Not with control's turn, which that thread may be waiting
  /// for.
  void join();
  /// After join(), by who takes control's place: tells all that is under way "stopping". Threads that still
  /// wait are left to mod_sofia: they end by themselves.
  void stop();

  /// Any thread.
  [[nodiscard]] Counters counters() const;

 private:
  using Done = std::function<void(control::SipOutcome)>;
  struct Outgoing {
    control::OutgoingMessage message;
    Done done;
  };
  struct Learnt {
    Done done;  ///< empty: told before
    control::SipOutcome outcome;
    std::shared_ptr<const void> under_way = nullptr;  ///< let go of behind that, with the turn
  };
  /// mod_sofia's chat interface, kept from being unloaded while this lives.
  class SofiaChat {
   public:
    SofiaChat() : interface_(switch_loadable_module_get_chat_interface("sip")) {}
    ~SofiaChat();
    SofiaChat(SofiaChat&& other) noexcept : interface_(std::exchange(other.interface_, nullptr)) {}
    SofiaChat(const SofiaChat&) = delete;
    SofiaChat& operator=(const SofiaChat&) = delete;
    SofiaChat& operator=(SofiaChat&&) = delete;
    [[nodiscard]] auto send_function() const { return interface_ != nullptr ? interface_->chat_send : nullptr; }

   private:
    switch_chat_interface_t* interface_;
  };
  struct Transaction {
    SofiaChat chat;
    pthread_t thread{};
    switch_event_t* event = nullptr;
    Done done;  ///< empty once told
    std::shared_ptr<const void> under_way;
    Clock::time_point deadline;
  };

  /// With the turn: what is known of a message before its send() returns.
  void tell_later(Done done, control::SipOutcome outcome);
  /// Hands a NOTIFY to mod_sofia: "unconfirmed", or why it could not be sent.
  [[nodiscard]] control::SipOutcome notify(const control::OutgoingMessage& message);

  // Of this class's thread, and when it has ended, of who stops it.
  void run();
  void launch(Outgoing outgoing);
  void look();
  void look_at_transactions(Clock::time_point now);
  /// Tells `why` of all that is under way, and leaves their threads to mod_sofia.
  void give_up(const std::string& why);
  void learn(Done done, control::SipOutcome outcome, std::shared_ptr<const void> under_way = nullptr) {
    learnt_.push_back({std::move(done), std::move(outcome), std::move(under_way)});
  }
  [[nodiscard]] control::SipOutcome no_answer();
  void count(std::uint64_t Counters::*counter);
  void tell();

  const Limits limits_;
  runtime::Executor& control_;
  const InTurn in_turn_;
  std::list<Transaction> transactions_;
  std::deque<Learnt> learnt_;
  Clock::time_point next_look_{};

  mutable std::mutex mutex_;  ///< for all below
  std::condition_variable changed_;
  std::vector<Outgoing> outbox_;
  Counters counters_;
  bool collecting_ = false;  ///< it looks into the outbox without being woken
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace snom::freeswitch
