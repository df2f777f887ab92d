#pragma once

#include <cstddef>
#include <string_view>

/// How far a contact has come with its keys: names, and the one table that says what follows what. Pure functions.
namespace snom::control {

enum class SessionState {
  current,       ///< it lacks nothing that could be sent
  restore_due,   ///< it registered anew, and waits for its turn to get all its keys
  queued,        ///< a document is to go out as soon as what was sent to this contact before is over
  sending,       ///< a document is under way
  overtaken,     ///< a document is under way, and the phone registered anew since: the answer does not count
  backing_off,   ///< it was silent or busy, and is asked again when a timer ends
  unregistered,  ///< it is no contact any more; an answer that still comes is told to those who wait for it
};

enum class SessionEvent {
  registered_anew,  ///< it was not there before, or has a new Call-ID (RFC 3261 section 10.2)
  wanted,           ///< something may be wanted that it does not show, or somebody waits for its answer
  restore_turn,     ///< its turn to be restored has come
  way_free,         ///< what was sent to this contact before is over
  nothing_missing,  ///< there was nothing to send
  answered,  ///< the document was taken, or refused for good, or its answer does not count: what is missing may go
  sent_otherwise,  ///< the document was refused as it was: its keys go by another channel, or one by one
  silent,          ///< no answer, or one that may be another one later, to what is or was sent
  retry_due,       ///< the timer of a contact that was silent has ended
  went,            ///< it is no contact any more
};

/// What is to be done on the way into the next state.
enum class SessionAction {
  none,
  await_restore,  ///< take a place in the restore queue
  await_way,      ///< take a place in the contact's queue
  send,           ///< what is missing
  set_timer,      ///< after which it is asked again
  leave,          ///< tell those who wait that it is no contact any more
};

struct SessionTransition {
  SessionState next;
  SessionAction action;
  bool operator==(const SessionTransition&) const = default;
};

/// Every pair has a transition; one that cannot come about changes nothing.
[[nodiscard]] SessionTransition transition(SessionState state, SessionEvent event);

inline constexpr std::size_t session_states = 7;
inline constexpr std::size_t session_events = 10;
[[nodiscard]] std::string_view to_string(SessionState state);
[[nodiscard]] std::string_view to_string(SessionEvent event);
[[nodiscard]] std::string_view to_string(SessionAction action);

}  // namespace snom::control
