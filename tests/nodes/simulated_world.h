#pragma once

#include <cstdint>
#include <string>

namespace snom::nodes::testing {

/// A rule of docs/decisions/ownership.md that the simulated nodes break, to see that the simulation finds it.
enum class Broken {
  nothing,
  lease_from_the_answer,       ///< a node counts its lease from when the answer arrived
  no_look_at_the_lease,        ///< it sends what is its own, whether its lease holds or not
  impatient_neighbours,        ///< others end a life without having watched it for a whole lease
  end_whatever_the_beat,       ///< they end it although it was renewed meanwhile
  keys_of_another_moment,      ///< phones are given with keys that were looked at before
  given_away_while_under_way,  ///< a phone is given away before what was sent has ended
  late_answers_count,          ///< an answer that was long on its way gives phones back
};

/// What a schedule came to.
struct Outcome {
  std::string violation;  ///< empty: the rule held
  std::uint64_t sent = 0;
  std::uint64_t arrived = 0;
  std::uint64_t lives = 0;       ///< that were ended
  std::uint64_t takeovers = 0;   ///< phones of ended lives
  std::uint64_t hand_overs = 0;  ///< phones given away by their owner
};

/// Some nodes, a database, a network and phones, for some minutes of a clock that is moved by hand: nodes are killed,
/// stopped and started again, clocks run at different speeds, requests and answers are late or lost, the database goes
/// away. All of it follows from the seed. At last nothing goes wrong any more, and each phone has to show its newest
/// key.
[[nodiscard]] Outcome run_schedule(std::uint64_t seed, Broken broken = Broken::nothing);

}  // namespace snom::nodes::testing
