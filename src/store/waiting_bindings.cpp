#include "store/waiting_bindings.h"

#include <chrono>
#include <iterator>
#include <utility>

namespace snom::store {
namespace {

using registration_table::every_binding;
using registration_table::name_of;

/// A process' time, as one that goes on while the machine sleeps.
WaitingBindings::TimePoint by_boot_clock(std::chrono::steady_clock::time_point at) {
  return nodes::BootClock::now() + (at - std::chrono::steady_clock::now());
}

}  // namespace

bool WaitingBindings::add(registration::KeptBinding binding) {
  const registration::Registration& phone = *binding.phone;
  Key key{phone.address_of_record(), phone.profile, name_of(phone.contact, binding.instance, binding.reg_id)};
  const auto at = by_boot_clock(binding.registered_at);
  const auto expires = by_boot_clock(phone.expires);
  return add(std::move(key), {std::move(binding), at, expires});
}

bool WaitingBindings::add(registration::RemovedBinding removed) {
  Key key{removed.address_of_record, removed.profile,
          removed.contact.empty() ? every_binding : name_of(removed.contact, removed.instance, removed.reg_id)};
  const auto at = by_boot_clock(removed.removed_at);
  return add(std::move(key), {std::move(removed), at, {}});
}

bool WaitingBindings::add(Key key, Entry entry) {
  const auto found = entries_.lower_bound(key);
  if (found != entries_.end() && found->first == key) {
    found->second = std::move(entry);
    return true;
  }
  if (entries_.size() >= most_) return false;
  entries_.emplace_hint(found, std::move(key), std::move(entry));
  return true;
}

WaitingBindings::Entries WaitingBindings::take(std::size_t most) {
  Entries taken;
  auto next = entries_.upper_bound(after_);
  if (next == entries_.end()) next = entries_.begin();
  while (next != entries_.end() && taken.size() < most) {
    auto node = entries_.extract(next++);
    taken.insert(taken.end(), std::move(node));
  }
  if (!taken.empty()) after_ = std::prev(taken.end())->first;
  taken_ = taken.size();
  return taken;
}

void WaitingBindings::put_back(Entries entries) {
  taken_ = 0;
  entries_.merge(entries);
}

}  // namespace snom::store
