#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "language/button.h"

namespace snom::control {

/// What was bound to each phone's keys. A binding counts from the moment it is sent (the phone may be pressed before
/// its 2xx is here); when every contact refuses it, what was there before stands again; when nobody answered, either
/// may be on the phone and either may be pressed, until a later binding of that key is confirmed. In memory only. One
/// owner thread.
class ButtonMemory {
 public:
  enum class State { pending, confirmed, unknown };  ///< unknown: the phone may have it or not

  struct Entry {
    language::Button button;
    State state = State::pending;
  };

  /// How many bindings of one key are kept besides the confirmed one. One more drops the oldest that was never
  /// answered, or the oldest under way when all are.
  static constexpr std::size_t max_unconfirmed = 16;

  /// Remembers a binding that is about to be sent; the ticket names it afterwards. A ticket whose binding was dropped
  /// or overtaken meanwhile is passed over.
  using Ticket = std::uint64_t;
  /// `reference` is what the phone is told in place of the button's number; empty = it is told the number.
  Ticket sent(const std::string& address_of_record, language::Button button, std::string reference = {});
  void confirmed(const std::string& address_of_record, Ticket ticket);
  void refused(const std::string& address_of_record, Ticket ticket);
  void unanswered(const std::string& address_of_record, Ticket ticket);

  /// The keys of a phone, the latest binding of each, ordered by key (numbers by value, before names). As lists may
  /// show them: without the password of an `api+snom_command ...`.
  [[nodiscard]] std::vector<Entry> buttons(std::string_view address_of_record) const;

  /// The button of this phone, with action `message`, whose number is exactly `number`; `key` (may be empty) is
  /// preferred where several are. nullopt: nothing of the kind was bound.
  [[nodiscard]] std::optional<language::Button> bound_action(std::string_view address_of_record,
                                                             std::string_view number, std::string_view key) const;

  /// The button of this phone whose number the phone knows as `reference` (not empty); nullopt: there is none, or no
  /// longer.
  [[nodiscard]] std::optional<language::Button> referred_action(std::string_view address_of_record,
                                                                std::string_view reference) const;

 private:
  struct Binding {
    Ticket ticket = 0;
    Entry entry;
    std::string reference;
  };
  /// In the order sent; at most one confirmed.
  using Bindings = std::vector<Binding>;
  struct KeyOrder {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
  };
  using Keys = std::map<std::string, Bindings, KeyOrder>;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Phones = std::unordered_map<std::string, Keys, Hash, std::equal_to<>>;

  /// Calls `change(bindings, index)` for the binding of this ticket, if it is still kept, and forgets a key without
  /// bindings.
  template <typename Change>
  void settle(const std::string& address_of_record, Ticket ticket, Change change);

  Phones phones_;
  Ticket next_ticket_ = 1;
};

}  // namespace snom::control
