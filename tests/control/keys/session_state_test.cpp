#include "control/keys/session_state.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace snom::control {
namespace {

using State = SessionState;
using Event = SessionEvent;
using Action = SessionAction;

std::vector<State> all_states() {
  std::vector<State> all;
  for (std::size_t i = 0; i < session_states; ++i) all.push_back(static_cast<State>(i));
  return all;
}

std::vector<Event> all_events() {
  std::vector<Event> all;
  for (std::size_t i = 0; i < session_events; ++i) all.push_back(static_cast<Event>(i));
  return all;
}

/// The whole table: a line for each state; events that are not in it change nothing.
constexpr const char* table = R"(current: registered_anew -> restore_due (await_restore)
current: wanted -> queued (await_way)
current: went -> unregistered (leave)
restore_due: wanted -> queued (await_way)
restore_due: restore_turn -> queued (await_way)
restore_due: went -> unregistered (leave)
queued: way_free -> sending (send)
queued: nothing_missing -> current (none)
queued: silent -> backing_off (set_timer)
queued: went -> unregistered (leave)
sending: registered_anew -> overtaken (none)
sending: nothing_missing -> current (none)
sending: answered -> queued (await_way)
sending: sent_otherwise -> queued (await_way)
sending: silent -> backing_off (set_timer)
sending: went -> unregistered (leave)
overtaken: answered -> queued (await_way)
overtaken: went -> unregistered (leave)
backing_off: registered_anew -> restore_due (await_restore)
backing_off: wanted -> queued (await_way)
backing_off: retry_due -> queued (await_way)
backing_off: went -> unregistered (leave)
)";

TEST(SessionState, TheWholeTableIsAsWrittenHere) {
  std::string found;
  for (const auto state : all_states()) {
    for (const auto event : all_events()) {
      const auto [next, action] = transition(state, event);
      if (next == state && action == Action::none) continue;
      found += std::string(to_string(state)) + ": " + std::string(to_string(event)) + " -> " +
               std::string(to_string(next)) + " (" + std::string(to_string(action)) + ")\n";
    }
  }
  EXPECT_EQ(found, table);
}

TEST(SessionState, EveryStateCanBeLeftForUnregisteredAndThatOneForNone) {
  for (const auto state : all_states()) EXPECT_EQ(transition(state, Event::went).next, State::unregistered);
  for (const auto event : all_events()) {
    EXPECT_EQ(transition(State::unregistered, event), (SessionTransition{State::unregistered, Action::none}));
  }
}

TEST(SessionState, OnlyOneThingIsUnderWay) {
  for (const auto state : all_states()) {
    for (const auto event : all_events()) {
      if (transition(state, event).action == Action::send) {
        EXPECT_EQ(state, State::queued);
        EXPECT_EQ(event, Event::way_free);
      }
    }
  }
}

TEST(SessionState, WhatIsWantedIsNeverForgotten) {
  for (const auto state : all_states()) {
    if (state == State::unregistered) continue;
    const auto [next, action] = transition(state, Event::wanted);
    // It is on its way, or the answer that is waited for brings it on its way.
    EXPECT_TRUE(next == State::queued || next == State::sending || next == State::overtaken) << to_string(state);
  }
  constexpr SessionTransition goes_on{State::queued, Action::await_way};
  EXPECT_EQ(transition(State::sending, Event::answered), goes_on);
  EXPECT_EQ(transition(State::sending, Event::sent_otherwise), goes_on);
  EXPECT_EQ(transition(State::overtaken, Event::answered), goes_on);
}

TEST(SessionState, APhoneThatRegisteredAnewIsSentEverythingWhateverItWasAtBefore) {
  for (const auto state : all_states()) {
    if (state == State::unregistered) continue;
    const auto next = transition(state, Event::registered_anew).next;
    EXPECT_TRUE(next == State::restore_due || next == State::queued || next == State::overtaken) << to_string(state);
  }
}

}  // namespace
}  // namespace snom::control
