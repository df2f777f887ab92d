#include "control/keys/session_state.h"

namespace snom::control {

SessionTransition transition(SessionState state, SessionEvent event) {
  using State = SessionState;
  using Event = SessionEvent;
  using Action = SessionAction;
  const SessionTransition stays{state, Action::none};
  switch (state) {
    case State::current:
      if (event == Event::registered_anew) return {State::restore_due, Action::await_restore};
      if (event == Event::wanted) return {State::queued, Action::await_way};
      if (event == Event::went) return {State::unregistered, Action::leave};
      return stays;
    case State::restore_due:
      if (event == Event::wanted) return {State::queued, Action::await_way};
      if (event == Event::restore_turn) return {State::queued, Action::await_way};
      if (event == Event::went) return {State::unregistered, Action::leave};
      return stays;
    case State::queued:
      if (event == Event::way_free) return {State::sending, Action::send};
      if (event == Event::nothing_missing) return {State::current, Action::none};
      if (event == Event::silent) return {State::backing_off, Action::set_timer};
      if (event == Event::went) return {State::unregistered, Action::leave};
      return stays;
    case State::sending:
      if (event == Event::registered_anew) return {State::overtaken, Action::none};
      if (event == Event::nothing_missing) return {State::current, Action::none};
      if (event == Event::answered) return {State::queued, Action::await_way};
      if (event == Event::sent_otherwise) return {State::queued, Action::await_way};
      if (event == Event::silent) return {State::backing_off, Action::set_timer};
      if (event == Event::went) return {State::unregistered, Action::leave};
      return stays;
    case State::overtaken:
      if (event == Event::answered) return {State::queued, Action::await_way};
      if (event == Event::went) return {State::unregistered, Action::leave};
      return stays;
    case State::backing_off:
      if (event == Event::registered_anew) return {State::restore_due, Action::await_restore};
      if (event == Event::wanted) return {State::queued, Action::await_way};
      if (event == Event::retry_due) return {State::queued, Action::await_way};
      if (event == Event::went) return {State::unregistered, Action::leave};
      return stays;
    case State::unregistered:
      return stays;
  }
  return stays;
}

std::string_view to_string(SessionState state) {
  constexpr std::string_view names[] = {"current",   "restore_due", "queued",      "sending",
                                        "overtaken", "backing_off", "unregistered"};
  return names[static_cast<std::size_t>(state)];
}

std::string_view to_string(SessionEvent event) {
  constexpr std::string_view names[] = {"registered_anew", "wanted",   "restore_turn",   "way_free",
                                        "nothing_missing", "answered", "sent_otherwise", "silent",
                                        "retry_due",       "went"};
  return names[static_cast<std::size_t>(event)];
}

std::string_view to_string(SessionAction action) {
  constexpr std::string_view names[] = {"none", "await_restore", "await_way", "send", "set_timer", "leave"};
  return names[static_cast<std::size_t>(action)];
}

}  // namespace snom::control
