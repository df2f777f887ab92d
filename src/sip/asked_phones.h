#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/clock.h"
#include "runtime/lifetime.h"

namespace snom::sip {

/// Phones of whose registrations nobody tells: each is asked once in an interval whether it is there, and is there from
/// its first answer on until it is silent. So an answer after silence is a phone that started again, as far as can be
/// known. Does not send by itself. One owner thread: the clock's.
class AskedPhones final {
 public:
  struct Phone {
    std::string user;
    std::string contact;
    bool operator==(const Phone&) const = default;
  };
  struct Settings {
    std::chrono::milliseconds interval{60000};  ///< between an answer, or silence, and the next question
    std::size_t at_once = 100;                  ///< questions under way
    bool operator==(const Settings&) const = default;
  };
  struct Answer {
    bool there = false;
    std::string user_agent;  ///< may be empty
  };
  /// What is done for it, and told of it.
  struct Callbacks {
    /// Asks the phone; `done` is called once, later, within a limit.
    std::function<void(const Phone& phone, std::function<void(Answer)> done)> ask;
    /// It answered; the first time, or after silence, too.
    std::function<void(const Phone& phone, const std::string& user_agent)> there;
    /// It was there. `why`: "silent", "user removed".
    std::function<void(const Phone& phone, const std::string& why)> gone;
  };

  /// `clock` outlives it.
  AskedPhones(runtime::Clock& clock, Settings settings, Callbacks callbacks)
      : clock_(clock), settings_(settings), callbacks_(std::move(callbacks)) {}
  ~AskedPhones();
  AskedPhones(const AskedPhones&) = delete;
  AskedPhones& operator=(const AskedPhones&) = delete;

  /// Whom to ask from now on, one phone a user; who is new is asked at once.
  void use(const std::vector<Phone>& phones);

  /// It did not answer something else: it is gone, and asked at once whether it is there again.
  void silent(const std::string& user);
  /// It may be gone: who is there is asked at once.
  void doubt(const std::string& user);
  /// It was heard of: who is not there is asked at once.
  void heard_of(const std::string& user);

 private:
  using TimePoint = runtime::Clock::TimePoint;
  struct State {
    Phone phone;
    std::uint64_t turn = 0;  ///< of its one entry in the queue, or of the question under way
    bool under_way = false;
    bool there = false;
    bool heard = false;  ///< of, while it was being asked
    bool next = false;   ///< its entry stands in front: it has one there, however often it is heard of
  };
  struct Turn {
    std::string user;
    std::uint64_t number;
    TimePoint due;
  };

  void ask_now(State& state);
  void ask_those_due();
  void answered(const std::string& user, std::uint64_t turn, const Answer& answer);
  void leave(State& state, const std::string& why);

  runtime::Clock& clock_;
  Settings settings_;
  Callbacks callbacks_;
  std::unordered_map<std::string, State> phones_;
  std::deque<Turn> queue_;  ///< the earliest first; those that count no more are passed over
  std::uint64_t last_turn_ = 0;
  std::size_t under_way_ = 0;
  runtime::Clock::TimerId timer_ = 0;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::sip
