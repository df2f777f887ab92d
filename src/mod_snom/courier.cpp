#include "mod_snom/courier.h"

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

/// After some letters the next ones are waited for that long: a thread that is woken for each of thousands a second
/// keeps the processor from those who bring them.
constexpr std::chrono::milliseconds gathering{5};

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

Courier::SofiaChat::~SofiaChat() {
  if (interface_ != nullptr) UNPROTECT_INTERFACE(interface_);
}

Courier::Courier(Limits limits, runtime::Executor& control, InTurn in_turn)
    : limits_(limits),
      control_(control),
      in_turn_(std::move(in_turn)),
      thread_([this] { runtime::guarded("the courier", [this] { run(); }); }) {}

void Courier::send(control::OutgoingMessage message, Done done) {
  if (!message.event.empty()) return tell_later(std::move(done), notify(message));
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    return tell_later(std::move(done), {0, "stopping"});
  }
  outbox_.push_back({std::move(message), std::move(done)});
  const bool wake = !gathering_;
  lock.unlock();
  if (wake) changed_.notify_one();
}

void Courier::tell_later(Done done, control::SipOutcome outcome) {
  control_.post([done = std::move(done), outcome = std::move(outcome)]() mutable { done(std::move(outcome)); });
}

control::SipOutcome Courier::notify(const control::OutgoingMessage& message) {
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
  add("content-type", message.content_type);
  switch_event_add_body(event, "%s", message.body.c_str());
  count(&Counters::sent);
  count(&Counters::unwatched);
  switch_event_fire(&event);
  return {0, "sent; mod_sofia does not tell how the phone answers", true};
}

void Courier::run() {
  pthread_setname_np(pthread_self(), "snom-courier");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto is_new = [this] { return stopping_ || !outbox_.empty(); };
    if (flights_.empty()) {
      changed_.wait(lock, is_new);
    } else {
      changed_.wait_until(lock, next_look_, is_new);
    }
    if (stopping_) return;
    auto letters = std::exchange(outbox_, {});
    lock.unlock();
    for (auto& letter : letters) {
      runtime::guarded("a MESSAGE", [&] { launch(std::move(letter)); });
    }
    runtime::guarded("the courier", [this] {
      if (Clock::now() >= next_look_) look();
      tell();
    });
    lock.lock();
    gathering_ = true;
    changed_.wait_for(lock, gathering, [this] { return stopping_; });
    gathering_ = false;
  }
}

void Courier::launch(Letter letter) {
  const auto fail = [&](const char* why) { learn(std::move(letter.done), {0, why}); };
  if (!switch_core_ready()) return fail("FreeSWITCH is shutting down");
  SofiaChat chat;
  if (chat.send_function() == nullptr) return fail("mod_sofia is not loaded");

  const bool watched = flights_.size() < limits_.waited_for;
  auto* event = compose(letter.message, watched);
  if (event == nullptr) return fail("out of memory");
  count(&Counters::sent);
  if (watched) {
    // Whatever may want memory comes before the thread, which must not be forgotten.
    std::list<Flight> flight;
    flight.push_back(
        {SofiaChat(), {}, event, nullptr, std::move(letter.message.under_way), Clock::now() + limits_.answer});
    if (start_thread(flight.front().thread, chat.send_function(), event) == 0) {
      flight.front().done = std::move(letter.done);
      flights_.splice(flights_.end(), flight);
      return;
    }
    switch_event_destroy(&event);
    event = compose(letter.message, false);
    if (event == nullptr) return fail("out of memory");
  }
  chat.send_function()(event);
  switch_event_destroy(&event);
  count(&Counters::unwatched);
  learn(std::move(letter.done), {0, "sent, but not waited for: too many are under way (max-deliveries)", true});
}

control::SipOutcome Courier::no_answer() {
  count(&Counters::silent);
  return {0, fmt::format("no answer within {:g} s", std::chrono::duration<double>(limits_.answer).count())};
}

void Courier::look() {
  const auto now = Clock::now();
  next_look_ = now + look_interval;
  if (!flights_.empty() && !switch_core_ready()) give_up("FreeSWITCH is shutting down");
  look_at_flights(now);
  const std::lock_guard lock(mutex_);
  counters_.under_way = flights_.size();
}

void Courier::look_at_flights(Clock::time_point now) {
  for (auto flight = flights_.begin(); flight != flights_.end();) {
    if (pthread_tryjoin_np(flight->thread, nullptr) != 0) {
      if (flight->done && now >= flight->deadline) learn(std::exchange(flight->done, nullptr), no_answer());
      ++flight;
      continue;
    }
    if (flight->done) {
      auto outcome = outcome_of(flight->event);
      count(outcome.status == 0 ? &Counters::silent : outcome.accepted() ? &Counters::accepted : &Counters::refused);
      learn(std::move(flight->done), std::move(outcome));
    }
    switch_event_destroy(&flight->event);
    flight = flights_.erase(flight);
  }
}

void Courier::count(std::uint64_t Counters::*counter) {
  const std::lock_guard lock(mutex_);
  ++(counters_.*counter);
}

Courier::Counters Courier::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void Courier::tell() {
  // One a turn, so that commands get theirs in between. What is not told by then is told by stop().
  while (!news_.empty()) {
    const bool told = in_turn_([this] {
      const auto [done, outcome] = std::move(news_.front());
      news_.pop_front();
      runtime::guarded("a MESSAGE's outcome", [&] {
        if (done) done(outcome);
      });
    });
    if (!told) return;
  }
}

void Courier::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (!thread_.joinable()) return;
  thread_.join();
  look_at_flights(Clock::now());
  give_up("stopping");
  for (auto& letter : std::exchange(outbox_, {})) learn(std::move(letter.done), {0, "stopping"});
  // What is told may send again, and is told that this is stopping.
  for (const auto& news : std::exchange(news_, {})) {
    runtime::guarded("a MESSAGE's outcome", [&news] {
      if (news.done) news.done(news.outcome);
    });
  }
}

void Courier::give_up(const std::string& why) {
  for (auto& flight : flights_) {
    // The event is the thread's to read until it ends, and nobody of this module may be there then: it is given up.
    pthread_detach(flight.thread);
    learn(std::move(flight.done), {0, why});
  }
  flights_.clear();
}

}  // namespace snom::freeswitch
