#include "nodes/ownership.h"

#include <algorithm>
#include <utility>

namespace snom::nodes {

void Ownership::forget_all() {
  phones_.clear();
  again_.clear();
  leaving_ = 0;
  seen_ = 0;
}

void Ownership::set_leaves(Held& held, bool leaves) {
  if (held.leaves == leaves) return;
  held.leaves = leaves;
  leaves ? ++leaving_ : --leaving_;
}

void Ownership::began(Epoch epoch, TimePoint asked) {
  if (lease_.began(epoch, asked)) forget_all();
}

void Ownership::ended(Epoch epoch) {
  if (lease_.ended(epoch)) forget_all();
}

std::vector<std::string> Ownership::found(const Found& found) {
  std::vector<std::string> anew;
  if (found.epoch == 0 || found.epoch != epoch()) return anew;
  for (const Phone& phone : found.mine) {
    // An answer that was long on its way may tell of what was given away since.
    if (phone.turn <= seen_) continue;
    seen_ = phone.turn;
    const auto [held, is_new] = phones_.try_emplace(phone.address_of_record);
    if (is_new) {
      held->second.holding = ++holdings_;
      anew.push_back(phone.address_of_record);
    }
    held->second.turn = phone.turn;
    set_leaves(held->second, draining_);
  }
  again_.clear();
  for (const Phone& phone : found.wished) {
    const auto held = phones_.find(phone.address_of_record);
    if (held == phones_.end()) {
      again_.push_back(phone);
    } else if (held->second.turn == phone.turn) {
      set_leaves(held->second, true);
    }
  }
  return anew;
}

const Ownership::Held* Ownership::find(std::string_view address_of_record) const {
  const auto found = phones_.find(address_of_record);
  return found == phones_.end() ? nullptr : &found->second;
}

bool Ownership::owns(std::string_view address_of_record, TimePoint now) const {
  return lease_.holds(now) && find(address_of_record) != nullptr;
}

std::optional<Ownership::Ticket> Ownership::begin(std::string_view address_of_record, TimePoint now) {
  if (!lease_.holds(now)) return std::nullopt;
  const auto found = phones_.find(address_of_record);
  if (found == phones_.end() || found->second.leaves) return std::nullopt;
  ++found->second.under_way;
  return Ticket{found->first, found->second.holding};
}

bool Ownership::may_repeat(const Ticket& ticket, TimePoint now) const {
  const Held* held = find(ticket.address_of_record);
  return lease_.holds(now) && held != nullptr && held->holding == ticket.holding;
}

void Ownership::end(const Ticket& ticket) {
  const auto found = phones_.find(ticket.address_of_record);
  if (found == phones_.end() || found->second.holding != ticket.holding) return;
  if (found->second.under_way > 0) --found->second.under_way;
}

bool Ownership::is_speaking() const {
  return std::ranges::any_of(phones_, [](const auto& phone) { return phone.second.under_way > 0; });
}

void Ownership::drain() {
  draining_ = true;
  for (auto& [name, held] : phones_) set_leaves(held, true);
}

std::vector<Ownership::Phone> Ownership::take_released() {
  std::vector<Phone> released = std::exchange(again_, {});
  if (leaving_ == 0) return released;
  for (auto held = phones_.begin(); held != phones_.end();) {
    if (!held->second.leaves || held->second.under_way > 0) {
      ++held;
      continue;
    }
    released.push_back({held->first, held->second.turn});
    --leaving_;
    held = phones_.erase(held);
  }
  return released;
}

}  // namespace snom::nodes
