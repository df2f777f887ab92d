#include "control/keys/contact_session.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace snom::control {

namespace {

bool is_lacking(const WantedButton& wanted, const ContactSession::Key* known) {
  return known == nullptr || (known->confirmed != wanted.revision && known->failed != wanted.revision);
}

}  // namespace

void ContactSession::Waiter::answer(const SipOutcome& outcome, std::optional<Channel> channel) const {
  const auto& counts = refused ? *refused : outcome;
  collector->answer(index, counts.status, counts.reason, channel, counts.unconfirmed);
}

void ContactSession::forget(runtime::Clock::TimePoint now, std::uint64_t newest_wanted) {
  keys.clear();
  refusals.clear();
  silences = 0;
  since = now;
  newest_when_it_came = newest_wanted;
}

bool ContactSession::surely_has(const Key& key, const WantedButton& wanted) const {
  return !key.unconfirmed || key.channel == Channel::subscription || wanted.revision <= newest_when_it_came;
}

template <typename See>
void ContactSession::for_each(const WantedKeys& wanted_keys, See see) const {
  auto known = keys.cbegin();
  wanted_keys.for_each_wanted(registration->address_of_record(), [&](const WantedButton& wanted) {
    const auto& name = wanted.button.key;
    while (known != keys.cend() && known->first != name && KeyOrder()(known->first, name)) ++known;
    const bool is_known = known != keys.cend() && known->first == name;
    return see(wanted, is_known ? &known->second : nullptr);
  });
}

bool ContactSession::was_busy(const WantedKeys& wanted_keys) const {
  bool was_busy = false;
  for_each(wanted_keys, [&was_busy](const WantedButton& wanted, const Key* key) {
    was_busy = key != nullptr && key->failed == wanted.revision && key->is_temporary;
    return !was_busy;
  });
  return was_busy;
}

bool ContactSession::lacks(const WantedButton& wanted) const {
  const auto found = keys.find(wanted.button.key);
  return is_lacking(wanted, found == keys.end() ? nullptr : &found->second);
}

bool ContactSession::lacks_any(const WantedKeys& wanted_keys) const {
  bool lacks = false;
  for_each(wanted_keys, [&lacks](const WantedButton& wanted, const Key* key) {
    lacks = is_lacking(wanted, key);
    return !lacks;
  });
  return lacks;
}

ContactSession::Shown ContactSession::shown(const WantedButton& wanted) const {
  const auto found = keys.find(wanted.button.key);
  if (found == keys.end()) return Shown::pending;
  const auto& key = found->second;
  if (key.confirmed == wanted.revision) return key.unconfirmed ? Shown::pending : Shown::confirmed;
  return key.failed == wanted.revision && key.status != 0 ? Shown::failed : Shown::pending;
}

std::vector<const WantedButton*> ContactSession::missing(const WantedKeys& wanted_keys) const {
  std::vector<const WantedButton*> missing;
  for_each(wanted_keys, [&missing](const WantedButton& wanted, const Key* key) {
    if (is_lacking(wanted, key)) missing.push_back(&wanted);
    return true;
  });
  return missing;
}

bool ContactSession::awaits(const WantedKeys::Revision& revision) const {
  const auto waits_for_it = [&revision](const Waiter& waiter) {
    return std::any_of(waiter.revisions.begin(), waiter.revisions.end(),
                       [&revision](const auto& other) { return other.revision == revision.revision; });
  };
  return std::any_of(waiting.begin(), waiting.end(), waits_for_it) ||
         std::any_of(in_flight.begin(), in_flight.end(), waits_for_it);
}

void ContactSession::add(Waiter waiter) {
  for (const auto& revision : waiter.revisions) {
    const auto found = keys.find(revision.key);
    if (found == keys.end() || found->second.failed != revision.revision) continue;
    waiter.refused = SipOutcome{found->second.status, found->second.reason};
  }
  waiting.push_back(std::move(waiter));
}

void ContactSession::note(const WantedKeys::Revision& revision, const SipOutcome& outcome, Channel channel,
                          bool taken) {
  auto& key = keys[revision.key];
  key.status = outcome.status;
  key.reason = outcome.reason;
  key.channel = channel;
  if (!taken) return;
  key.confirmed = revision.revision;
  key.unconfirmed = outcome.unconfirmed;
}

void ContactSession::fail(const WantedKeys::Revision& revision, const SipOutcome& outcome, Channel channel) {
  note(revision, outcome, channel, false);
  auto& key = keys[revision.key];
  key.failed = revision.revision;
  key.is_temporary = is_temporary(outcome);
  for (auto& waiter : waiting) {
    const auto is_this = [&](const WantedKeys::Revision& other) { return other.key == revision.key; };
    if (std::any_of(waiter.revisions.begin(), waiter.revisions.end(), is_this)) waiter.refused = outcome;
  }
}

void ContactSession::take_along(const std::vector<WantedKeys::Revision>& told, const WantedKeys& wanted_keys,
                                bool is_last) {
  if (is_last) {
    std::move(waiting.begin(), waiting.end(), std::back_inserter(in_flight));
    waiting.clear();
    return;
  }
  const auto address_of_record = registration->address_of_record();
  const auto is_in_it = [&](const Waiter& waiter) {
    return std::all_of(waiter.revisions.begin(), waiter.revisions.end(), [&](const WantedKeys::Revision& revision) {
      const auto* wanted = wanted_keys.wanted(address_of_record, revision.key);
      const auto same_key = [&](const WantedKeys::Revision& other) { return other.key == revision.key; };
      return wanted == nullptr || !lacks(*wanted) || std::any_of(told.begin(), told.end(), same_key);
    });
  };
  const auto rest = std::stable_partition(waiting.begin(), waiting.end(), is_in_it);
  std::move(waiting.begin(), rest, std::back_inserter(in_flight));
  waiting.erase(waiting.begin(), rest);
  for (auto& waiter : waiting) waiter.told_in_part = true;
}

void ContactSession::wait_again() {
  waiting.insert(waiting.begin(), std::make_move_iterator(in_flight.begin()), std::make_move_iterator(in_flight.end()));
  in_flight.clear();
}

std::optional<Channel> ContactSession::channel_of(const Waiter& waiter) const {
  std::optional<Channel> channel;
  for (const auto& revision : waiter.revisions) {
    const auto found = keys.find(revision.key);
    if (found != keys.end() && channel != Channel::notify) channel = found->second.channel;
  }
  return channel;
}

void ContactSession::answer(const Waiters& told, const SipOutcome& outcome) const {
  for (const auto& waiter : told) waiter.answer(outcome, channel_of(waiter));
}

}  // namespace snom::control
