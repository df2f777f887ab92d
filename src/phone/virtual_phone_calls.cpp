#include <algorithm>
#include <array>
#include <utility>

#include "phone/virtual_phone.h"

namespace snom::phone {

namespace {

constexpr std::size_t call_limit = 4;
constexpr std::chrono::milliseconds usual_dtmf{160};

/// Which call the keys act on, first to last.
constexpr std::array<CallState, 4> precedence{CallState::ringing, CallState::talking, CallState::calling,
                                              CallState::held};

}  // namespace

std::string_view to_string(CallState state) {
  switch (state) {
    case CallState::calling:
      return "calling";
    case CallState::ringing:
      return "ringing";
    case CallState::talking:
      return "talking";
    case CallState::held:
      return "held";
  }
  return "idle";
}

void VirtualPhone::tell_call(const Call& call, std::string_view state, int status, std::string_view reason) const {
  if (observer_ == nullptr) return;
  std::vector<std::pair<std::string, Event::Value>> details{{"call", static_cast<std::int64_t>(call.id)},
                                                            {"state", std::string(state)},
                                                            {"direction", std::string(call.incoming ? "in" : "out")},
                                                            {"peer", call.peer}};
  if (status != 0) details.emplace_back("status", status);
  if (!reason.empty()) details.emplace_back("reason", std::string(reason));
  tell("call", std::move(details));
}

// -- what the line tells

int VirtualPhone::incoming_call(CallId call, const std::string& caller) {
  if (rebooting_) return 480;
  const bool refuse = dnd_ || calls_.size() >= call_limit;
  Call incoming;
  incoming.id = call;
  incoming.incoming = true;
  incoming.state = CallState::ringing;
  incoming.peer = caller;
  if (refuse) {
    remember(CallList::missed, caller);
    tell_call(incoming, "refused", 486, dnd_ ? "do not disturb" : "too many calls");
    return 486;
  }
  calls_.push_back(incoming);
  tell_call(incoming, "ringing");
  if (options_.answer_after) {
    later(*options_.answer_after, [this, call] {
      Call* ringing = find_call(call);
      if (ringing != nullptr && ringing->state == CallState::ringing) answer(*ringing);
    });
  }
  return 180;
}

void VirtualPhone::call_progress(CallId call, int status) {
  if (const Call* found = find_call(call)) tell_call(*found, "progress", status);
}

void VirtualPhone::call_answered(CallId call) {
  Call* found = find_call(call);
  if (found == nullptr) return;
  found->state = CallState::talking;
  tell_call(*found, "talking");
}

void VirtualPhone::call_ended(CallId call, int status, const std::string& reason) {
  const Call* found = find_call(call);
  if (found == nullptr) return;
  if (found->state == CallState::ringing) remember(CallList::missed, found->peer);
  const Call gone = *found;
  forget_call(call);
  tell_call(gone, "ended", status, reason);
}

void VirtualPhone::call_held_by_peer(CallId call, bool on) {
  Call* found = find_call(call);
  if (found == nullptr || found->held_by_peer == on) return;
  found->held_by_peer = on;
  tell_call(*found, on ? "held_by_peer" : "resumed_by_peer");
}

void VirtualPhone::transfer_progress(CallId call, int status) {
  if (find_call(call) != nullptr) {
    tell("transfer_progress", {{"call", static_cast<std::int64_t>(call)}, {"status", status}});
  }
}

int VirtualPhone::call_notify(CallId id, std::string_view event) {
  Call* call = find_call(id);
  int status = 480;  // there is nothing that it could do
  if (call != nullptr && event == "talk" && call->state == CallState::ringing) {
    status = 200;
    answer(*call);
  } else if (call != nullptr && event == "talk" && call->state == CallState::held) {
    status = 200;
    resume(*call);
  } else if (call != nullptr && event == "hold" && call->state == CallState::talking) {
    status = 200;
    hold(*call);
  }
  tell("notify", {{"name", std::string(event)}, {"status", status}});
  return status;
}

void VirtualPhone::dtmf_received(CallId call, const std::string& digits) {
  if (find_call(call) != nullptr) {
    tell("dtmf", {{"call", static_cast<std::int64_t>(call)}, {"digits", digits}});
  }
}

// -- what the phone does

void VirtualPhone::dial(const std::string& number) {
  if (number.empty() || rebooting_) return;
  entry_.clear();
  off_hook_ = false;
  menu_ = false;
  remember(CallList::dialled, number);
  if (calls_.size() >= call_limit) {
    tell("call_refused", {{"peer", number}, {"reason", "too many calls"}});
    return;
  }
  hold_others(0);
  Call call;
  call.peer = number;
  call.id = line_.call(number);
  calls_.push_back(call);
  tell_call(call, "calling");
}

void VirtualPhone::dtmf(const std::string& digits) {
  const Call* talking = call_in(CallState::talking);
  if (talking == nullptr) return;
  const CallId id = talking->id;
  for (const char digit : digits) line_.send_dtmf(id, digit, usual_dtmf);
}

void VirtualPhone::answer(Call& call) {
  const CallId id = call.id;
  hold_others(id);
  call.state = CallState::talking;
  off_hook_ = false;
  entry_.clear();
  remember(CallList::received, call.peer);
  line_.answer(id);
  tell_call(call, "talking");
}

void VirtualPhone::end(CallId id, int status) {
  const Call* found = find_call(id);
  if (found == nullptr) return;
  const Call gone = *found;
  forget_call(id);
  if (gone.state == CallState::ringing) {
    line_.reject(id, status);
    remember(CallList::missed, gone.peer);
    tell_call(gone, "rejected", status);
  } else {
    line_.hang_up(id);
    tell_call(gone, "ended", 0, "hung up here");
  }
}

void VirtualPhone::release_all_calls() {
  while (!calls_.empty()) end(calls_.front().id, 486);
  entry_.clear();
  off_hook_ = false;
  touch();
}

void VirtualPhone::hold_others(CallId but) {
  for (Call& call : calls_) {
    if (call.id == but || call.state != CallState::talking) continue;
    hold(call);
  }
}

void VirtualPhone::hold(Call& call) {
  call.state = CallState::held;
  line_.hold(call.id, true);
  tell_call(call, "held");
}

void VirtualPhone::resume(Call& call) {
  hold_others(call.id);
  call.state = CallState::talking;
  line_.hold(call.id, false);
  tell_call(call, "talking");
}

void VirtualPhone::toggle_hold() {
  if (call_in(CallState::talking) != nullptr) {
    hold_others(0);
  } else if (Call* held = call_in(CallState::held)) {
    resume(*held);
  }
}

void VirtualPhone::transfer_to(const std::string& number) {
  transferring_ = false;
  const Call* held = call_in(CallState::held);
  if (held == nullptr) return;
  const CallId id = held->id;
  tell_call(*held, "transferring");
  line_.transfer(id, number, lifetime_.guard([this, id, number](int status, const std::string& reason) {
    tell("transfer_answered", {{"peer", number}, {"status", status}, {"reason", reason}});
    if (status >= 200 && status < 300) end(id, 486);
  }));
}

// -- finding calls

Call* VirtualPhone::find_call(CallId id) {
  const auto found = std::find_if(calls_.begin(), calls_.end(), [id](const Call& call) { return call.id == id; });
  return found == calls_.end() ? nullptr : &*found;
}

Call* VirtualPhone::call_in(CallState state) {
  // The newest of them: the one a person would mean.
  const auto found =
      std::find_if(calls_.rbegin(), calls_.rend(), [state](const Call& call) { return call.state == state; });
  return found == calls_.rend() ? nullptr : &*found;
}

Call* VirtualPhone::current() {
  for (const CallState state : precedence) {
    if (Call* call = call_in(state)) return call;
  }
  return nullptr;
}

const Call* VirtualPhone::current_call() const { return const_cast<VirtualPhone*>(this)->current(); }

void VirtualPhone::forget_call(CallId id) {
  std::erase_if(calls_, [id](const Call& call) { return call.id == id; });
  if (calls_.empty()) {
    transferring_ = false;
    muted_ = false;
  }
}

}  // namespace snom::phone
