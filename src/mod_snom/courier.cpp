#include "mod_snom/courier.h"

#include <cstdlib>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "language/buttons_document.h"
#include "mod_snom/core.h"
#include "mod_snom/sofia_answers.h"

namespace snom::freeswitch {
namespace {

/// What mod_sofia's threads have: its functions were never run with less.
constexpr std::size_t stack_bytes = 240 * 1024;

std::string target_of(const control::Registration& to) {
  return fmt::format("{}/{}", to.profile, to.route.empty() ? to.contact : to.route);
}

switch_event_t* compose(const control::OutgoingMessage& message, bool blocking) {
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, SWITCH_EVENT_MESSAGE) != SWITCH_STATUS_SUCCESS) return nullptr;
  const auto add = [event](const char* name, const std::string& value) {
    switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, name, value.c_str());
  };
  const auto& user = message.from_user.empty() ? message.to.user : message.from_user;
  add("proto", "sip");
  add("from", fmt::format("{}@{}", user, message.to.domain));
  add("from_full", fmt::format("<sip:{}@{}>", user, message.to.domain));
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

void Courier::send(control::OutgoingMessage message, Done done) {
  if (!message.event.empty()) return tell(done, notify(message));
  if (message.content_type != language::buttons_content_type) return launch(message, std::move(done), {});
  auto lane = fmt::format("{}\n{}", message.to.profile, message.to.contact);
  if (!lanes_.contains(lane)) return launch(message, std::move(done), std::move(lane));
  waiting_.push_back({std::move(message), std::move(done), std::move(lane), Clock::now() + limits_.answer});
}

control::SipOutcome Courier::notify(const control::OutgoingMessage& message) {
  if (stopping_) return {0, "stopping"};
  if (!switch_core_ready()) return {0, "FreeSWITCH is shutting down"};
  if (SofiaChat().send_function() == nullptr) return {0, "mod_sofia is not loaded"};
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, SWITCH_EVENT_NOTIFY) != SWITCH_STATUS_SUCCESS) return {0, "out of memory"};
  const auto add = [event](const char* name, const std::string& value) {
    switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, name, value.c_str());
  };
  const auto& to = message.to;
  add("profile", to.profile);
  // Unlike a MESSAGE, a NOTIFY keeps the contact's parameters; only a way through NAT has to be named.
  const bool has_path = to.route.find(";fs_path=") != std::string::npos && to.route != path_to_itself(to.contact);
  add("contact-uri", has_path ? to.route : to.contact);
  add("to-uri", fmt::format("<sip:{}@{}>", to.user, to.domain));
  add("from-uri", fmt::format("<sip:{}@{}>", message.from_user.empty() ? to.user : message.from_user, to.domain));
  add("event-string", message.event);
  add("content-type", message.content_type);
  switch_event_add_body(event, "%s", message.body.c_str());
  ++counters_.sent;
  ++counters_.unwatched;
  switch_event_fire(&event);
  return {0, "sent; mod_sofia does not tell how the phone answers", true};
}

void Courier::launch(const control::OutgoingMessage& message, Done done, std::string lane) {
  const auto fail = [&](std::string why) { tell(done, {0, std::move(why)}); };
  if (stopping_) return fail("stopping");
  if (!switch_core_ready()) return fail("FreeSWITCH is shutting down");
  SofiaChat chat;
  if (chat.send_function() == nullptr) return fail("mod_sofia is not loaded");

  const bool watched = flights_.size() < limits_.waited_for;
  auto* event = compose(message, watched);
  if (event == nullptr) return fail("out of memory");
  ++counters_.sent;
  if (watched) {
    pthread_t thread{};
    if (start_thread(thread, chat.send_function(), event) == 0) {
      if (!lane.empty()) lanes_.insert(lane);
      flights_.push_back(
          {std::move(chat), thread, event, std::move(done), std::move(lane), Clock::now() + limits_.answer});
      return;
    }
    switch_event_destroy(&event);
    event = compose(message, false);
    if (event == nullptr) return fail("out of memory");
  }
  chat.send_function()(event);
  switch_event_destroy(&event);
  ++counters_.unwatched;
  tell(done, {0, "sent, but not waited for: too many are under way (max-deliveries)", true});
}

control::SipOutcome Courier::no_answer() {
  ++counters_.silent;
  return {0, fmt::format("no answer within {:g} s", std::chrono::duration<double>(limits_.answer).count())};
}

bool Courier::look(Clock::time_point now) {
  if (!flights_.empty() && !switch_core_ready()) give_up("FreeSWITCH is shutting down");
  // What is told may send again: first all is sorted out, then told.
  std::vector<std::pair<Done, control::SipOutcome>> news;
  for (auto flight = flights_.begin(); flight != flights_.end();) {
    if (pthread_tryjoin_np(flight->thread, nullptr) == 0) {
      if (flight->done) {
        auto outcome = outcome_of(flight->event);
        ++(outcome.status == 0 ? counters_.silent : outcome.accepted() ? counters_.accepted : counters_.refused);
        news.emplace_back(std::move(flight->done), std::move(outcome));
      }
      lanes_.erase(flight->lane);
      switch_event_destroy(&flight->event);
      flight = flights_.erase(flight);
      continue;
    }
    if (flight->done && now >= flight->deadline) news.emplace_back(std::exchange(flight->done, nullptr), no_answer());
    ++flight;
  }
  std::list<Waiting> due;
  for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
    const auto next = std::next(waiting);
    if (!lanes_.contains(waiting->lane)) {
      due.splice(due.end(), waiting_, waiting);
    } else if (now >= waiting->deadline) {
      news.emplace_back(std::move(waiting->done), no_answer());
      waiting_.erase(waiting);
    }
    waiting = next;
  }
  for (auto& [message, done, lane, deadline] : due) launch(message, std::move(done), std::move(lane));
  for (auto& [done, outcome] : news) tell(done, std::move(outcome));
  return !flights_.empty();
}

void Courier::tell(const Done& done, control::SipOutcome outcome) {
  if (done) done(std::move(outcome));
}

void Courier::stop() {
  stopping_ = true;
  look(Clock::now());
  give_up("stopping");
}

void Courier::give_up(const std::string& why) {
  auto flights = std::exchange(flights_, {});
  for (auto& flight : flights) {
    // The event is the thread's to read until it ends, and nobody of this module may be there then: it is given up.
    pthread_detach(flight.thread);
    tell(flight.done, {0, why});
  }
  lanes_.clear();
  for (auto& waiting : std::exchange(waiting_, {})) tell(waiting.done, {0, why});
}

}  // namespace snom::freeswitch
