#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "nodes/lease.h"

namespace snom::nodes {

/// Of a phone: another, greater one with each change of its owner, in the order in which the changes were committed.
using Turn = std::uint64_t;

/// Which phones this node may speak to: those that the database gave to its present life, while its lease holds. No two
/// nodes may speak to one phone at the same time; docs/decisions/ownership.md says why that is so. Pure; one thread at
/// a time.
class Ownership final {
 public:
  using TimePoint = Lease::TimePoint;

  /// A phone, by its address of record, as long as its owner does not change.
  struct Phone {
    std::string address_of_record;
    Turn turn = 0;
    bool operator==(const Phone&) const = default;
  };

  /// What one look at the tables found, as all of it was at one moment. Keys that were found with it are to be known
  /// before what it gives is used: then this node knows all that a former owner can have sent.
  struct Found {
    Epoch epoch = 0;            ///< the life that asked
    std::vector<Phone> mine;    ///< that life's, later than seen() at that time; in the order of turns
    std::vector<Phone> wished;  ///< that life's, and another node waits for them
  };

  /// For one message to a phone, from before it is sent until nothing of it can arrive any more.
  struct Ticket {
    std::string address_of_record;
    std::uint64_t holding = 0;
  };

  explicit Ownership(LeaseLimits limits) : lease_(limits) {}

  /// Of the lease; see there. A new life owns nothing at first.
  void began(Epoch epoch, TimePoint asked);
  void renewed(Epoch epoch, TimePoint asked) { lease_.renewed(epoch, asked); }
  void ended(Epoch epoch);
  [[nodiscard]] Epoch epoch() const { return lease_.epoch(); }
  [[nodiscard]] bool lease_holds(TimePoint now) const { return lease_.holds(now); }

  /// The latest turn that found() was told in this life.
  [[nodiscard]] Turn seen() const { return seen_; }
  /// The phones that are this node's from now on. What it is told twice, or too late, is passed over.
  std::vector<std::string> found(const Found& found);

  /// Whether it was given to this life, whether its lease holds or not.
  [[nodiscard]] bool holds(std::string_view address_of_record) const { return find(address_of_record) != nullptr; }
  /// Whether the node may speak to it.
  [[nodiscard]] bool owns(std::string_view address_of_record, TimePoint now) const;
  /// Before a message is sent: nullopt, and it must not be. Each ticket is given back by end().
  [[nodiscard]] std::optional<Ticket> begin(std::string_view address_of_record, TimePoint now);
  /// Before it is repeated.
  [[nodiscard]] bool may_repeat(const Ticket& ticket, TimePoint now) const;
  void end(const Ticket& ticket);

  /// From now on all phones are given away, and those that come.
  void drain();
  /// Phones to be given away in the database, as far as nothing is under way to them: they are this node's no more.
  [[nodiscard]] std::vector<Phone> take_released();
  /// Whether phones wait to be given away.
  [[nodiscard]] bool leaving() const { return leaving_ > 0; }
  [[nodiscard]] std::size_t held() const { return phones_.size(); }
  /// Whether something that was sent may still arrive: then this life is not to be ended before its lease has been over
  /// for the time that others wait.
  [[nodiscard]] bool is_speaking() const;

 private:
  struct Held {
    Turn turn = 0;
    std::uint64_t holding = 0;  ///< since it was given
    std::size_t under_way = 0;
    bool leaves = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  void forget_all();
  void set_leaves(Held& held, bool leaves);
  [[nodiscard]] const Held* find(std::string_view address_of_record) const;

  Lease lease_;
  std::unordered_map<std::string, Held, Hash, std::equal_to<>> phones_;
  std::vector<Phone> again_;  ///< given away before, but the database has not heard of it
  std::size_t leaving_ = 0;   ///< of the phones
  Turn seen_ = 0;
  std::uint64_t holdings_ = 0;
  bool draining_ = false;
};

}  // namespace snom::nodes
