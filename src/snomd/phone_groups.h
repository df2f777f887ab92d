#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "control/commands/command_context.h"
#include "control/keys/button_store.h"
#include "runtime/lifetime.h"

namespace snom::snomd {

/// The groups of phones that operators make, besides those of the configuration: kept in the store, and known to the
/// commands once they are there. Loop's thread.
class PhoneGroups final {
 public:
  struct Limits {
    std::size_t groups = 1000;
    std::size_t members = 10'000;       ///< of one group
    std::size_t all_members = 100'000;  ///< of all together
    std::size_t waiting = 100;          ///< changes that the store has not got yet
  };
  /// Told of all groups, after each change: CommandService::use_groups().
  using Use = std::function<void(control::Groups groups)>;
  /// nothing = done; else why not, for a person.
  using Changed = std::function<void(tl::expected<void, std::string>)>;

  /// The store outlives this.
  PhoneGroups(control::ButtonStore& store, Use use) : PhoneGroups(store, std::move(use), Limits{}) {}
  PhoneGroups(control::ButtonStore& store, Use use, Limits limits)
      : store_(store), use_(std::move(use)), limits_(limits) {}

  /// Takes what the store kept. Once, before all else; may wait for the disk.
  [[nodiscard]] tl::expected<void, std::string> load();

  [[nodiscard]] const control::Groups& all() const { return groups_; }

  /// Makes a group, or replaces its members: names that have passed the checks. In the order of the calls; `changed`
  /// comes later, once.
  void put(std::string name, std::vector<std::string> members, Changed changed);
  /// All that a store has which others change, too.
  void learn(std::vector<control::KeptGroup> all);
  /// One that is not there is passed over.
  void forget(std::string name, Changed changed) { put(std::move(name), {}, std::move(changed)); }

 private:
  struct Waiting {
    control::KeptGroup group;
    Changed changed;
  };
  void save_next();
  /// Why this group would be too much; empty: it is not.
  [[nodiscard]] std::string too_much(const control::KeptGroup& group) const;

  control::ButtonStore& store_;
  const Use use_;
  const Limits limits_;
  control::Groups groups_;
  std::deque<Waiting> waiting_;  ///< the first is being saved
  runtime::Lifetime lifetime_;
};

/// What is wrong with the name of a group, or of one of its members; empty: nothing. Pure functions.
[[nodiscard]] std::string why_no_group_name(std::string_view name);
[[nodiscard]] std::string why_no_member(std::string_view member);

/// "snom_button 2 light=on", and the same with the group in the place of the phone. The error, for a person: it is no
/// command for several phones.
[[nodiscard]] tl::expected<std::string, std::string> command_for_group(std::string_view group, std::string_view line);

}  // namespace snom::snomd
