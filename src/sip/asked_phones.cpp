#include "sip/asked_phones.h"

#include <utility>

namespace snom::sip {

AskedPhones::~AskedPhones() {
  if (timer_ != 0) clock_.cancel(timer_);
}

void AskedPhones::use(const std::vector<Phone>& phones) {
  std::unordered_map<std::string, const Phone*> wanted;
  for (const Phone& phone : phones) wanted.insert_or_assign(phone.user, &phone);
  for (auto state = phones_.begin(); state != phones_.end();) {
    const auto same = wanted.find(state->first);
    if (same != wanted.end() && *same->second == state->second.phone) {
      wanted.erase(same);
      ++state;
      continue;
    }
    leave(state->second, "user removed");
    state = phones_.erase(state);
  }
  for (const Phone& phone : phones) {
    const auto found = wanted.find(phone.user);
    if (found == wanted.end() || found->second != &phone) continue;
    State state;
    state.phone = phone;
    state.turn = ++last_turn_;
    queue_.push_front({phone.user, state.turn, clock_.now()});
    phones_.insert_or_assign(phone.user, std::move(state));
  }
  ask_those_due();
}

void AskedPhones::silent(const std::string& user) {
  const auto found = phones_.find(user);
  if (found == phones_.end() || !found->second.there) return;
  leave(found->second, "silent");
  ask_now(found->second);
}

void AskedPhones::doubt(const std::string& user) {
  if (const auto found = phones_.find(user); found != phones_.end() && found->second.there) ask_now(found->second);
}

void AskedPhones::heard_of(const std::string& user) {
  const auto found = phones_.find(user);
  if (found == phones_.end() || found->second.there) return;
  found->second.heard = found->second.under_way;
  ask_now(found->second);
}

void AskedPhones::ask_now(State& state) {
  if (state.under_way || state.next) return;
  state.next = true;
  state.turn = ++last_turn_;
  queue_.push_front({state.phone.user, state.turn, clock_.now()});
  ask_those_due();
}

void AskedPhones::leave(State& state, const std::string& why) {
  if (std::exchange(state.there, false)) callbacks_.gone(state.phone, why);
}

void AskedPhones::ask_those_due() {
  const auto now = clock_.now();
  while (!queue_.empty() && under_way_ < settings_.at_once) {
    const auto found = phones_.find(queue_.front().user);
    const bool counts = found != phones_.end() && found->second.turn == queue_.front().number;
    if (counts && queue_.front().due > now) break;
    const Turn turn = std::move(queue_.front());
    queue_.pop_front();
    if (!counts) continue;
    found->second.under_way = true;
    found->second.next = false;
    ++under_way_;
    callbacks_.ask(found->second.phone, lifetime_.guard([this, user = turn.user, number = turn.number](
                                                            const Answer& answer) { answered(user, number, answer); }));
  }
  if (timer_ != 0) clock_.cancel(std::exchange(timer_, 0));
  // With all places taken, the next answer goes on.
  if (queue_.empty() || under_way_ >= settings_.at_once) return;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(queue_.front().due - now);
  timer_ = clock_.after(left, [this] {
    timer_ = 0;
    ask_those_due();
  });
}

void AskedPhones::answered(const std::string& user, std::uint64_t turn, const Answer& answer) {
  --under_way_;
  if (const auto found = phones_.find(user); found != phones_.end() && found->second.turn == turn) {
    State& state = found->second;
    state.under_way = false;
    queue_.push_back({user, turn, clock_.now() + settings_.interval});
    if (answer.there) {
      state.there = true;
      callbacks_.there(state.phone, answer.user_agent);
    } else {
      leave(state, "silent");
      if (state.heard) ask_now(state);
    }
    state.heard = false;
  }
  ask_those_due();
}

}  // namespace snom::sip
