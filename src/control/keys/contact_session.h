#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/channel.h"
#include "control/keys/key_channel.h"
#include "control/keys/key_order.h"
#include "control/keys/session_state.h"
#include "control/keys/wanted_keys.h"
#include "control/outcome_collector.h"
#include "control/ports.h"
#include "control/registration.h"
#include "runtime/clock.h"
#include "runtime/paced_queue.h"

namespace snom::control {

/// One contact: what it shows of each key, what it is known not to understand, who waits for its answer, and how far
/// it has come (SessionState). Decides nothing about time and sends nothing: that is KeySync's.
struct ContactSession {
  /// What a contact is known to show of a key.
  enum class Shown {
    pending,    ///< on its way, waiting for its turn, or the contact is silent
    confirmed,  ///< answered 2xx
    failed,     ///< refused
  };
  struct Key {
    std::uint64_t confirmed = 0;  ///< revision; 0 = none
    std::uint64_t failed = 0;
    int status = 0;
    std::string reason;
    bool is_temporary = false;  ///< what `failed` was refused for: see is_temporary()
    bool unconfirmed = false;   ///< `confirmed` was sent, and what the phone makes of it is not known
    std::optional<Channel> channel;
  };
  /// Somebody who waits for this contact to answer for these revisions or later ones.
  struct Waiter {
    std::vector<WantedKeys::Revision> revisions;
    std::shared_ptr<OutcomeCollector> collector;
    std::size_t index = 0;
    runtime::Clock::TimePoint since{};
    bool told_in_part = false;  ///< a document was sent that holds some of it, or none, and more is to come
    std::optional<SipOutcome> refused = {};  ///< what became of one of its keys that went otherwise than the others

    void answer(const SipOutcome& outcome, std::optional<Channel> channel) const;
  };
  using Waiters = std::vector<Waiter>;

  explicit ContactSession(RegistrationPointer registered) : registration(std::move(registered)) {}

  RegistrationPointer registration;
  SessionState state = SessionState::current;
  std::map<std::string, Key, KeyOrder> keys;
  std::vector<ChannelRefusal> refusals;  ///< of channels, since it registered anew
  Waiters waiting;                       ///< for a document that is not sent yet
  Waiters in_flight;                     ///< for the one under way
  bool one_by_one = false;  ///< a document of several keys was refused: a key a document until all are sent
  bool has_subscribed_meanwhile = false;  ///< some key has, while a document is under way
  bool is_elsewhere = false;              ///< another node speaks to it
  bool is_restore = false;                ///< what goes next is all its keys, because it registered anew
  runtime::PacedQueue::Place restore_place = 0;
  unsigned silences = 0;                         ///< attempts in a row that brought nothing
  std::optional<runtime::Clock::TimerId> retry;  ///< after which it is asked again
  runtime::Clock::TimePoint since{};             ///< when it registered anew
  std::uint64_t newest_when_it_came = 0;         ///< revision of what was wanted last when it registered anew
  runtime::Clock::TimePoint sent{};              ///< when the document under way was, and by which channel
  Channel sent_by = Channel::buttons;

  /// It registered anew: nothing is known of it any more.
  void forget(runtime::Clock::TimePoint now, std::uint64_t newest_wanted);
  /// It was told so, or was there to hear: what was only sent to it goes for told where it registered since it was
  /// wanted, or somebody else keeps it for whoever subscribes.
  [[nodiscard]] bool surely_has(const Key& key, const WantedButton& wanted) const;
  [[nodiscard]] bool lacks(const WantedButton& wanted) const;
  [[nodiscard]] Shown shown(const WantedButton& wanted) const;
  /// It was busy when it was sent some of what is wanted (Key::is_temporary), and may take it later.
  [[nodiscard]] bool was_busy(const WantedKeys& wanted_keys) const;
  [[nodiscard]] bool lacks_any(const WantedKeys& wanted_keys) const;
  /// What of all that is wanted it lacks.
  [[nodiscard]] std::vector<const WantedButton*> missing(const WantedKeys& wanted_keys) const;
  /// From now on it waits for a document. What was refused already, sent since another node had stored it, counts.
  void add(Waiter waiter);
  /// A command has not been told yet what became of all its keys, this among them.
  [[nodiscard]] bool awaits(const WantedKeys::Revision& revision) const;
  /// The answer to a document that held this key, or that there was none. `taken`: it counts as shown.
  void note(const WantedKeys::Revision& revision, const SipOutcome& outcome, Channel channel, bool taken);
  /// This revision of the key was refused.
  void fail(const WantedKeys::Revision& revision, const SipOutcome& outcome, Channel channel);
  /// Those who wait for nothing else than what `told` holds, or what is shown already, wait for the document under way.
  void take_along(const std::vector<WantedKeys::Revision>& told, const WantedKeys& wanted_keys, bool is_last);
  /// Those who waited for the document under way wait for the next one.
  void wait_again();
  void answer(const Waiters& told, const SipOutcome& outcome) const;

 private:
  /// Calls `see` for each key that is wanted, with what is known of it (nullptr: nothing), until it says false. Both
  /// are in one order, so that nothing is looked up.
  template <typename See>
  void for_each(const WantedKeys& wanted_keys, See see) const;
  /// By which channel the keys of this waiter went; none when none was sent.
  [[nodiscard]] std::optional<Channel> channel_of(const Waiter& waiter) const;
};

}  // namespace snom::control
