#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "language/button.h"

namespace snom::control {

/// What was bound to each phone's keys. A binding counts from the moment it is sent (the phone may be pressed before its
/// 2xx is here); when every contact refuses it, what was there before stands again; when nobody answered, either may be
/// on the phone and either may be pressed, until a later binding of that key is confirmed.
/// In memory only. One owner thread.
class ButtonMemory {
 public:
  enum class State { pending, confirmed, unknown };  ///< unknown: sent, never answered

  struct Entry {
    language::Button button;
    State state = State::pending;
  };

  /// Remembers a binding that is about to be sent; the ticket names it afterwards.
  using Ticket = std::uint64_t;
  Ticket sent(const std::string& address_of_record, language::Button button);
  void confirmed(const std::string& address_of_record, Ticket ticket);
  void refused(const std::string& address_of_record, Ticket ticket);
  void unanswered(const std::string& address_of_record, Ticket ticket);

  /// The keys of a phone, the latest binding of each, ordered by key (numbers by value, before names).
  [[nodiscard]] std::vector<Entry> buttons(std::string_view address_of_record) const;

  /// The button of this phone, with action `message`, whose number is exactly `number`; `key` (may be empty) is preferred
  /// where several are. nullopt: nothing of the kind was bound.
  [[nodiscard]] std::optional<language::Button> bound_action(std::string_view address_of_record, std::string_view number,
                                                             std::string_view key) const;

 private:
  struct Binding {
    Ticket ticket = 0;
    Entry entry;
  };
  using Keys = std::map<std::string, std::vector<Binding>>;  ///< oldest first; more than one only while not confirmed
  std::unordered_map<std::string, Keys> phones_;
  Ticket next_ticket_ = 1;
};

}  // namespace snom::control
