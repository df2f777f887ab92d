#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <variant>

#include "control/event.h"
#include "registration/registration.h"

namespace snom::snomd {

/// The latest events, numbered from 1 as they come; the oldest go when there are too many or they are too large. They
/// are kept as they are and made text only for who asks. One thread at a time.
class EventMemory final {
 public:
  using TimePoint = registration::Registration::TimePoint;

  struct Limits {
    std::size_t events = 10000;             ///< 0: none is kept
    std::size_t bytes = 8UL * 1024 * 1024;  ///< of their texts, about
  };
  struct Kept {
    control::Event event;
    TimePoint at;  ///< when it came
  };

  explicit EventMemory(Limits limits) : limits_(limits) {}

  void add(const control::Event& event, TimePoint at);

  /// How many have come; 0: none yet.
  [[nodiscard]] std::uint64_t newest() const { return newest_; }
  /// The first one that is kept; newest() + 1 when none is.
  [[nodiscard]] std::uint64_t oldest() const { return newest_ + 1 - kept_.size(); }
  /// One from oldest() to newest().
  [[nodiscard]] Kept at(std::uint64_t number) const;
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  /// After a power cut 10,000 phones register within seconds, and an event that takes a tenth of others is not to take
  /// their room.
  struct Packed {
    std::variant<control::Registered, std::unique_ptr<const control::Event>> event;
    TimePoint at;
    std::size_t bytes = 0;
  };
  friend std::size_t bytes_of(const control::Event& event);

  Limits limits_;
  std::deque<Packed> kept_;
  std::size_t bytes_ = 0;
  std::uint64_t newest_ = 0;
};

/// How much of memory an event takes, about.
[[nodiscard]] std::size_t bytes_of(const control::Event& event);

}  // namespace snom::snomd
