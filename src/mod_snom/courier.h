#pragma once

#include <pthread.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <unordered_set>
#include <utility>

#include <switch.h>

#include "control/world.h"

namespace snom::freeswitch {

/// MESSAGEs and NOTIFYs to phones through mod_sofia, and what the phones answered. Control's thread.
///
/// mod_sofia tells a MESSAGE's outcome in one way only: its chat interface's send function, asked to block, waits for
/// it in steps of 100 ms, for 20 s at most. So each MESSAGE gets a thread, and that thread *starts in mod_sofia's
/// function*: no frame of this module is on its stack, so this module may be unloaded while phones are silent. The
/// outcome is read from the event when the thread has ended. While threads are under way mod_sofia's chat interface is
/// held, so that `unload mod_sofia` is refused instead of taking the code from under them; at FreeSWITCH's shutdown it
/// is let go of at once, and mod_sofia's profile waits for them itself.
///
/// A NOTIFY goes by mod_sofia's event, to the one contact that it names. Nobody is told how a phone answers it.
class Courier final : public control::MessageSender {
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
  };

  explicit Courier(Limits limits) : limits_(limits) {}
  ~Courier() override { stop(); }
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  /// A buttons document waits until mod_sofia has done with the one before it to the same contact, also when that one
  /// was told silent before: its retransmissions must not come after this one.
  void send(control::OutgoingMessage message, std::function<void(control::SipOutcome)> done) override;

  /// Looks for answers. True while there is something to look for.
  bool look(Clock::time_point now);

  /// Tells all that is under way "stopping". Threads that still wait are left to mod_sofia: they end by themselves.
  void stop();

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t under_way() const { return flights_.size(); }

 private:
  using Done = std::function<void(control::SipOutcome)>;
  struct Waiting {
    control::OutgoingMessage message;
    Done done;
    std::string lane;
    Clock::time_point deadline;
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
  struct Flight {
    SofiaChat chat;
    pthread_t thread{};
    switch_event_t* event = nullptr;
    Done done;  ///< empty once told
    std::string lane;
    Clock::time_point deadline;
  };

  /// Hands a NOTIFY to mod_sofia: "untold", or why it could not be sent.
  [[nodiscard]] control::SipOutcome notify(const control::OutgoingMessage& message);
  void launch(const control::OutgoingMessage& message, Done done, std::string lane);
  [[nodiscard]] control::SipOutcome no_answer();
  void tell(const Done& done, control::SipOutcome outcome);
  /// Tells `why` of all that is under way, and leaves their threads to mod_sofia.
  void give_up(const std::string& why);

  Limits limits_;
  std::list<Flight> flights_;
  std::unordered_set<std::string> lanes_;  ///< profile and contact of those with a document under way
  std::list<Waiting> waiting_;
  Counters counters_;
  bool stopping_ = false;
};

}  // namespace snom::freeswitch
