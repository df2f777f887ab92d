#include "mod_snom/sofia_message_sender.h"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "mod_snom/core.h"
#include "mod_snom/sofia_address.h"
#include "runtime/guard.h"

namespace snom::freeswitch {
namespace {

/// What mod_sofia's threads have: its functions were never run with less.
constexpr std::size_t stack_bytes = 240 * 1024;

/// After some messages the next ones are waited for that long: a thread that is woken for each of thousands a second
/// keeps the processor from those who bring them.
constexpr std::chrono::milliseconds collecting{5};

/// How often threads are looked after: mod_sofia's step is ten times that.
constexpr std::chrono::milliseconds look_interval{10};

std::string target_of(const registration::Registration& to) {
  return fmt::format("{}/{}", to.profile, sofia_target(to));
}

switch_event_t* compose(const control::OutgoingMessage& message, bool blocking) {
  switch_event_t* event = nullptr;
  if (switch_event_create_plain(&event, SWITCH_EVENT_MESSAGE) != SWITCH_STATUS_SUCCESS) return nullptr;
  const auto add = [event](const char* name, const std::string& value) {
    switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, name, value.c_str());
  };
  const auto& user = message.from_user.empty() ? message.to->user : message.from_user;
  add("proto", "sip");
  add("from", fmt::format("{}@{}", user, message.to->domain));
  add("from_full", fmt::format("<sip:{}@{}>", user, message.to->domain));
  add("to", target_of(message.to));
  add("type", message.content_type);
  if (blocking) add("blocking", "true");
  switch_event_add_body(event, "%s", message.body.c_str());
  return event;
}

control::SipOutcome outcome_of(switch_event_t* event) {
  const char* code = switch_event_get_header(event, "Delivery-Result-Code");
  if (code == nullptr) return {0, "mod_sofia could not send it (its log says why)"};
  const int status = std::atoi(code);
  if (status == 0) return {0, "no answer"};
  return {status, {}};
}

/// Starts a thread whose first and only function is mod_sofia's. Its result, an enum where a pointer is declared, is
/// never looked at. 0 or an error number.
int start_thread(pthread_t& thread, switch_status_t (*send)(switch_event_t*), switch_event_t* event) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  using StartRoutine = void* (*)(void*);
  const auto start = reinterpret_cast<StartRoutine>(reinterpret_cast<void (*)()>(send));
  const int error = pthread_create(&thread, &attributes, start, event);
  pthread_attr_destroy(&attributes);
  return error;
}

}  // namespace

SofiaMessageSender::SofiaChat::~SofiaChat() {
  if (interface_ != nullptr) UNPROTECT_INTERFACE(interface_);
}

SofiaMessageSender::SofiaMessageSender(Limits limits, runtime::Executor& control, InTurn in_turn)
    : limits_(limits),
      control_(control),
      in_turn_(std::move(in_turn)),
      thread_([this] { runtime::guarded("the sender of MESSAGEs", [this] { run(); }); }) {}

void SofiaMessageSender::send(control::OutgoingMessage message, Done done) {
  if (!message.event.empty()) return tell_later(std::move(done), notify(message));
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    return tell_later(std::move(done), {0, "stopping"});
  }
  outbox_.push_back({std::move(message), std::move(done)});
  // Under the lock: when it is sent, which may be at once, this may be at its end.
  if (!collecting_) changed_.notify_one();
}

void SofiaMessageSender::tell_later(Done done, control::SipOutcome outcome) {
  control_.post([done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
}

control::SipOutcome SofiaMessageSender::notify(const control::OutgoingMessage& message) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return {0, "stopping"};
  }
  if (!switch_core_ready()) return {0, "FreeSWITCH is shutting down"};
  if (SofiaChat().send_function() == nullptr) return {0, "mod_sofia is not loaded"};
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, SWITCH_EVENT_NOTIFY) != SWITCH_STATUS_SUCCESS) return {0, "out of memory"};
  const auto add = [event](const char* name, const std::string& value) {
    switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, name, value.c_str());
  };
  const registration::Registration& to = *message.to;
  add("profile", to.profile);
  // Unlike a MESSAGE, a NOTIFY keeps the contact's parameters; only a way through NAT has to be named.
  const auto* address = sofia_address(to);
  const bool has_path = address != nullptr && address->by == SofiaAddress::By::path;
  add("contact-uri", has_path ? address->target : to.contact);
  add("to-uri", fmt::format("<sip:{}@{}>", to.user, to.domain));
  add("from-uri", fmt::format("<sip:{}@{}>", message.from_user.empty() ? to.user : message.from_user, to.domain));
  add("event-string", message.event);
  if (!message.content_type.empty()) {
    add("content-type", message.content_type);
    switch_event_add_body(event, "%s", message.body.c_str());
  }
  count(&Counters::sent);
  count(&Counters::unwatched);
  switch_event_fire(&event);
  return {0, "sent; mod_sofia does not tell how the phone answers", true};
}

void SofiaMessageSender::run() {
  pthread_setname_np(pthread_self(), "snom-messages");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto is_new = [this] { return stopping_ || !outbox_.empty(); };
    if (transactions_.empty()) {
      changed_.wait(lock, is_new);
    } else {
      changed_.wait_until(lock, next_look_, is_new);
    }
    if (stopping_) return;
    auto outgoing_now = std::exchange(outbox_, {});
    lock.unlock();
    for (auto& outgoing : outgoing_now) {
      runtime::guarded("a MESSAGE", [&] { launch(std::move(outgoing)); });
    }
    runtime::guarded("the sender of MESSAGEs", [this] {
      if (Clock::now() >= next_look_) look();
      tell();
    });
    lock.lock();
    collecting_ = true;
    changed_.wait_for(lock, collecting, [this] { return stopping_; });
    collecting_ = false;
  }
}

void SofiaMessageSender::launch(Outgoing outgoing) {
  const auto fail = [&](const char* why) { learn(std::move(outgoing.done), {0, why}); };
  if (!switch_core_ready()) return fail("FreeSWITCH is shutting down");
  SofiaChat chat;
  if (chat.send_function() == nullptr) return fail("mod_sofia is not loaded");

  const bool watched = transactions_.size() < limits_.waited_for;
  auto* event = compose(outgoing.message, watched);
  if (event == nullptr) return fail("out of memory");
  count(&Counters::sent);
  if (watched) {
    // Whatever may want memory comes before the thread, which must not be forgotten.
    std::list<Transaction> transaction;
    transaction.push_back(
        {SofiaChat(), {}, event, nullptr, std::move(outgoing.message.under_way), Clock::now() + limits_.answer});
    if (start_thread(transaction.front().thread, chat.send_function(), event) == 0) {
      transaction.front().done = std::move(outgoing.done);
      transactions_.splice(transactions_.end(), transaction);
      return;
    }
    switch_event_destroy(&event);
    event = compose(outgoing.message, false);
    if (event == nullptr) return fail("out of memory");
  }
  chat.send_function()(event);
  switch_event_destroy(&event);
  count(&Counters::unwatched);
  learn(std::move(outgoing.done), {0, "sent, but not waited for: too many are under way (max-deliveries)", true});
}

control::SipOutcome SofiaMessageSender::no_answer() {
  count(&Counters::silent);
  return {0, fmt::format("no answer within {:g} s", std::chrono::duration<double>(limits_.answer).count())};
}

void SofiaMessageSender::look() {
  const auto now = Clock::now();
  next_look_ = now + look_interval;
  if (!transactions_.empty() && !switch_core_ready()) give_up("FreeSWITCH is shutting down");
  look_at_transactions(now);
  const std::lock_guard lock(mutex_);
  counters_.under_way = transactions_.size();
}

void SofiaMessageSender::look_at_transactions(Clock::time_point now) {
  for (auto transaction = transactions_.begin(); transaction != transactions_.end();) {
    if (pthread_tryjoin_np(transaction->thread, nullptr) != 0) {
      if (transaction->done && now >= transaction->deadline)
        learn(std::exchange(transaction->done, nullptr), no_answer());
      ++transaction;
      continue;
    }
    control::SipOutcome outcome;
    if (transaction->done) {
      outcome = outcome_of(transaction->event);
      count(outcome.status == 0 ? &Counters::silent : outcome.accepted() ? &Counters::accepted : &Counters::refused);
    }
    learn(std::move(transaction->done), std::move(outcome), std::move(transaction->under_way));
    switch_event_destroy(&transaction->event);
    transaction = transactions_.erase(transaction);
  }
}

void SofiaMessageSender::count(std::uint64_t Counters::*counter) {
  const std::lock_guard lock(mutex_);
  ++(counters_.*counter);
}

SofiaMessageSender::Counters SofiaMessageSender::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void SofiaMessageSender::tell() {
  // One a turn, so that commands get theirs in between. What is not told by then is told by stop().
  while (!learnt_.empty()) {
    const bool told = in_turn_([this] {
      const auto learnt = std::move(learnt_.front());
      learnt_.pop_front();
      runtime::guarded("a MESSAGE's outcome", [&] {
        if (learnt.done) learnt.done(learnt.outcome);
      });
    });
    if (!told) return;
  }
}

void SofiaMessageSender::join() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SofiaMessageSender::stop() {
  look_at_transactions(Clock::now());
  give_up("stopping");
  for (auto& outgoing : std::exchange(outbox_, {})) learn(std::move(outgoing.done), {0, "stopping"});
  // What is told may send again, and is told that this is stopping.
  for (const auto& learnt : std::exchange(learnt_, {})) {
    runtime::guarded("a MESSAGE's outcome", [&learnt] {
      if (learnt.done) learnt.done(learnt.outcome);
    });
  }
}

void SofiaMessageSender::give_up(const std::string& why) {
  for (auto& transaction : transactions_) {
    // The event is the thread's to read until it ends, and nobody of this module may be there then: it is given up.
    pthread_detach(transaction.thread);
    learn(std::move(transaction.done), {0, why});
  }
  transactions_.clear();
}

}  // namespace snom::freeswitch
