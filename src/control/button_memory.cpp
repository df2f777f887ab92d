#include "control/button_memory.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "control/redact.h"

namespace snom::control {
namespace {

bool is_number(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_leading_zeros(std::string_view number) {
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

}  // namespace

bool ButtonMemory::KeyOrder::operator()(std::string_view a, std::string_view b) const {
  const bool a_is_number = is_number(a);
  if (a_is_number != is_number(b)) return a_is_number;
  if (a_is_number) {
    // Of any length: compared as text, so that no number is too large.
    const auto value_of_a = without_leading_zeros(a);
    const auto value_of_b = without_leading_zeros(b);
    if (value_of_a.size() != value_of_b.size()) return value_of_a.size() < value_of_b.size();
    if (value_of_a != value_of_b) return value_of_a < value_of_b;
  }
  return a < b;
}

ButtonMemory::Ticket ButtonMemory::sent(const std::string& address_of_record, language::Button button,
                                        std::string reference) {
  const auto ticket = next_ticket_++;
  auto& bindings = phones_[address_of_record][button.key];
  const auto in_state = [](State state) { return [state](const Binding& kept) { return kept.entry.state == state; }; };
  const auto confirmed_ones = std::count_if(bindings.begin(), bindings.end(), in_state(State::confirmed));
  if (bindings.size() - static_cast<std::size_t>(confirmed_ones) >= max_unconfirmed) {
    auto oldest = std::find_if(bindings.begin(), bindings.end(), in_state(State::unknown));
    if (oldest == bindings.end()) oldest = std::find_if(bindings.begin(), bindings.end(), in_state(State::pending));
    bindings.erase(oldest);
  }
  bindings.push_back({ticket, {std::move(button), State::pending}, std::move(reference)});
  return ticket;
}

template <typename Change>
void ButtonMemory::settle(const std::string& address_of_record, Ticket ticket, Change change) {
  const auto phone = phones_.find(address_of_record);
  if (phone == phones_.end()) return;
  auto& keys = phone->second;
  for (auto key = keys.begin(); key != keys.end(); ++key) {
    auto& bindings = key->second;
    const auto binding =
        std::find_if(bindings.begin(), bindings.end(), [ticket](const Binding& b) { return b.ticket == ticket; });
    if (binding == bindings.end()) continue;
    change(bindings, static_cast<std::size_t>(std::distance(bindings.begin(), binding)));
    if (bindings.empty()) keys.erase(key);
    if (keys.empty()) phones_.erase(phone);
    return;
  }
}

namespace {

template <typename Bindings>
bool overtaken(const Bindings& bindings, std::size_t index) {
  return std::any_of(bindings.begin() + static_cast<std::ptrdiff_t>(index) + 1, bindings.end(),
                     [](const auto& later) { return later.entry.state == ButtonMemory::State::confirmed; });
}

}  // namespace

void ButtonMemory::confirmed(const std::string& address_of_record, Ticket ticket) {
  settle(address_of_record, ticket, [](Bindings& bindings, std::size_t index) {
    if (overtaken(bindings, index)) {
      // Two bindings of one key were under way and the later was confirmed first. A retransmission may have put this
      // one on the phone after it: either may be there.
      bindings[index].entry.state = State::unknown;
      return;
    }
    bindings[index].entry.state = State::confirmed;
    // What is still under way may reach the phone yet.
    const auto end = bindings.begin() + static_cast<std::ptrdiff_t>(index);
    bindings.erase(std::remove_if(bindings.begin(), end,
                                  [](const Binding& earlier) { return earlier.entry.state != State::pending; }),
                   end);
  });
}

void ButtonMemory::refused(const std::string& address_of_record, Ticket ticket) {
  settle(address_of_record, ticket, [](Bindings& bindings, std::size_t index) {
    bindings.erase(bindings.begin() + static_cast<std::ptrdiff_t>(index));
  });
}

void ButtonMemory::unanswered(const std::string& address_of_record, Ticket ticket) {
  settle(address_of_record, ticket, [](Bindings& bindings, std::size_t index) {
    if (overtaken(bindings, index)) {
      bindings.erase(bindings.begin() + static_cast<std::ptrdiff_t>(index));
    } else {
      bindings[index].entry.state = State::unknown;
    }
  });
}

std::vector<ButtonMemory::Entry> ButtonMemory::buttons(std::string_view address_of_record) const {
  std::vector<Entry> latest;
  const auto phone = phones_.find(address_of_record);
  if (phone == phones_.end()) return latest;
  latest.reserve(phone->second.size());
  for (const auto& [key, bindings] : phone->second) {
    latest.push_back(bindings.back().entry);
    latest.back().button.number = action_without_password(latest.back().button.number);
  }
  return latest;
}

std::optional<language::Button> ButtonMemory::bound_action(std::string_view address_of_record, std::string_view number,
                                                           std::string_view key) const {
  const auto phone = phones_.find(address_of_record);
  if (phone == phones_.end() || number.empty()) return std::nullopt;
  const auto in = [number](const Bindings& bindings) -> const language::Button* {
    const auto found = std::find_if(bindings.rbegin(), bindings.rend(), [number](const Binding& binding) {
      return binding.entry.button.action == language::Action::message && binding.entry.button.number == number;
    });
    return found == bindings.rend() ? nullptr : &found->entry.button;
  };
  const auto& keys = phone->second;
  if (const auto preferred = keys.find(key); preferred != keys.end()) {
    if (const auto* button = in(preferred->second)) return *button;
  }
  for (const auto& [other, bindings] : keys) {
    if (const auto* button = in(bindings)) return *button;
  }
  return std::nullopt;
}

std::optional<language::Button> ButtonMemory::referred_action(std::string_view address_of_record,
                                                              std::string_view reference) const {
  const auto phone = phones_.find(address_of_record);
  if (phone == phones_.end() || reference.empty()) return std::nullopt;
  for (const auto& [key, bindings] : phone->second) {
    for (const auto& binding : bindings) {
      if (binding.reference == reference) return binding.entry.button;
    }
  }
  return std::nullopt;
}

}  // namespace snom::control
