#include "control/keys/key_sync.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "control/contact.h"
#include "control/keys/key_address.h"
#include "control/keys/key_document.h"
#include "control/keys/key_subscriptions.h"
#include "language/refused.h"
#include "runtime/back_off.h"

namespace snom::control {
namespace {

using std::chrono::milliseconds;

/// The sender ends a document that was sent at once by the same limit, and says more of it: it goes first.
constexpr milliseconds grace{200};

/// The revision of the last change to what is wanted of a phone.
std::uint64_t newest_wanted(const WantedKeys& wanted_keys, const std::string& address_of_record) {
  std::uint64_t newest = 0;
  wanted_keys.for_each_wanted(address_of_record, [&newest](const WantedButton& wanted) {
    newest = std::max(newest, wanted.revision);
    return true;
  });
  return newest;
}

bool is_taken(const SipOutcome& outcome) { return outcome.accepted() || outcome.unconfirmed; }

auto is_of(const RegistrationPointer& registration) {
  return [&registration](const std::shared_ptr<ContactSession>& session) {
    return session->registration->contact == registration->contact &&
           session->registration->profile == registration->profile;
  };
}

}  // namespace

KeySync::KeySync(WantedKeys& wanted_keys, Directory& directory, MessageSender& messages, runtime::Executor& executor,
                 runtime::Clock& clock, EventSink& events, Options options, KeySubscriptions* subscriptions)
    : wanted_keys_(wanted_keys),
      directory_(directory),
      executor_(executor),
      clock_(clock),
      events_(events),
      options_(options),
      subscriptions_(subscriptions),
      channels_(make_key_channels(messages, options.max_document_bytes, subscriptions)),
      ways_(executor),
      restores_(clock, {.per_second = options.restores_per_second, .most_under_way = options.restores_under_way}) {}

const KeySync::Sessions* KeySync::sessions_of(std::string_view address_of_record) const {
  const auto found = phones_.find(address_of_record);
  return found == phones_.end() ? nullptr : &found->second;
}

KeySync::Session KeySync::find_or_add(const RegistrationPointer& registration, bool& is_anew) {
  auto& sessions = phones_[registration->address_of_record()];
  const auto known = std::find_if(sessions.begin(), sessions.end(), is_of(registration));
  const bool is_new = known == sessions.end();
  is_anew = is_new || (*known)->registration->call_id != registration->call_id;
  auto& session = is_new ? sessions.emplace_back(std::make_shared<ContactSession>(registration)) : *known;
  session->registration = registration;
  if (is_anew) session->forget(clock_.now(), newest_wanted(wanted_keys_, registration->address_of_record()));
  return session;
}

void KeySync::registered(const RegistrationPointer& registration) {
  bool is_anew = false;
  const auto session = find_or_add(registration, is_anew);
  if (!is_anew) return;
  const bool nothing_wanted = wanted_keys_.wanted(registration->address_of_record()).empty();
  if (nothing_wanted && session->state == SessionState::current) return;
  session->is_restore = true;
  take(session, SessionEvent::registered_anew);
}

void KeySync::subscribed(const RegistrationPointer& registration, const std::string& key) {
  const auto session = find(registration);
  if (!session) return;
  if (key.empty()) {
    session->keys.clear();
  } else {
    session->keys.erase(key);
  }
  session->has_subscribed_meanwhile = session->state == SessionState::sending;
  take(session, SessionEvent::wanted);
}

KeySync::Session KeySync::find(const RegistrationPointer& registration) const {
  const auto* sessions = sessions_of(registration->address_of_record());
  if (sessions == nullptr) return nullptr;
  const auto known = std::find_if(sessions->begin(), sessions->end(), is_of(registration));
  return known == sessions->end() ? nullptr : *known;
}

void KeySync::unregistered(const RegistrationPointer& registration) {
  if (const auto session = find(registration)) take(session, SessionEvent::went);
}

void KeySync::let_go(const RegistrationPointer& registration) {
  const auto session = find(registration);
  if (!session) return;
  session->is_elsewhere = true;
  take(session, SessionEvent::went);
}

void KeySync::deliver(const std::vector<RegistrationPointer>& contacts,
                      const std::vector<WantedKeys::Revision>& revisions, Done done) {
  std::vector<ContactOutcome> asked;
  asked.reserve(contacts.size());
  for (const auto& contact : contacts) asked.push_back({language::without_uri_passwords(contact->contact), 0, {}});
  const auto collector = std::make_shared<OutcomeCollector>(std::move(asked), executor_, std::move(done));
  for (std::size_t i = 0; i < contacts.size(); ++i) {
    // The store had its time meanwhile.
    const auto registration = as_it_is_now(contacts[i]);
    if (!registration) {
      collector->answer(i, 0, "not registered any more");
      continue;
    }
    bool is_anew = false;
    const auto session = find_or_add(*registration, is_anew);
    if (is_anew && session->state == SessionState::sending) take(session, SessionEvent::registered_anew);
    session->add({revisions, collector, i, clock_.now()});
    take(session, SessionEvent::wanted);
    if (!collector->is_answered(i)) set_deadline(session, collector, i);
  }
}

std::optional<RegistrationPointer> KeySync::as_it_is_now(const RegistrationPointer& registration) const {
  const auto now = directory_.find({registration->profile, registration->user, registration->domain});
  if (!now) return std::nullopt;
  const auto found = std::find_if(now->begin(), now->end(), [&](const RegistrationPointer& other) {
    return other->contact == registration->contact && other->profile == registration->profile;
  });
  return found == now->end() ? std::nullopt : std::optional(*found);
}

void KeySync::send_again(const std::string& address_of_record) {
  const auto* sessions = sessions_of(address_of_record);
  if (sessions == nullptr) return;
  for (const auto& session : Sessions(*sessions)) take(session, SessionEvent::wanted);
}

void KeySync::take(const Session& session, SessionEvent event, ContactQueue::Token way) {
  const auto [next, action] = transition(session->state, event);
  if (session->retry && next != SessionState::backing_off) clock_.cancel(*std::exchange(session->retry, {}));
  session->state = next;
  switch (action) {
    case SessionAction::none:
      return;
    case SessionAction::await_restore:
      return await_restore(session);
    case SessionAction::await_way:
      return await_way(session);
    case SessionAction::send:
      return send(session, std::move(way));
    case SessionAction::set_timer:
      return set_retry_timer(session);
    case SessionAction::leave:
      return leave(session);
  }
}

void KeySync::await_restore(const Session& session) {
  restores_.add([this, weak = std::weak_ptr(session)](runtime::PacedQueue::Place place) {
    const auto kept = weak.lock();
    // One that was sent a command's key meanwhile got everything with it.
    if (!kept || kept->state != SessionState::restore_due) return false;
    kept->restore_place = place;
    take(kept, SessionEvent::restore_turn);
    if (kept->state == SessionState::queued || kept->state == SessionState::sending) return true;
    kept->restore_place = 0;
    return false;
  });
}

void KeySync::await_way(const Session& session) {
  if (!session->lacks_any(wanted_keys_)) {
    session->one_by_one = false;
    session->is_restore = false;
    session->answer(std::exchange(session->waiting, {}), {200, "OK"});
    if (session->was_busy(wanted_keys_)) return take(session, SessionEvent::silent);
    return take(session, SessionEvent::nothing_missing);
  }
  const auto& registration = *session->registration;
  const auto turn = [this, weak = std::weak_ptr(session)](ContactQueue::Token way) {
    const auto kept = weak.lock();
    if (!kept) return;
    take(kept, SessionEvent::way_free, std::move(way));
    // There may be nothing left to send.
    if (kept->state == SessionState::current) restores_.ended(std::exchange(kept->restore_place, 0), false);
  };
  if (auto way = ways_.enter(registration.profile + "\n" + registration.contact, turn)) {
    take(session, SessionEvent::way_free, std::move(way));
  }
}

void KeySync::send(const Session& session, ContactQueue::Token way) {
  const auto& registration = session->registration;
  const auto missing = session->missing(wanted_keys_);
  const auto document = next_document(registration, missing, channels_, settings_.keys(registration), session->refusals,
                                      session->one_by_one, memory_.avoided(registration));
  for (const auto* wanted : document.failed) {
    const auto channel = session->refusals.empty() ? Channel::subscription : session->refusals.front().channel;
    session->fail({wanted->button.key, wanted->revision}, no_channel(*session, wanted->button.key), channel);
  }
  Sent sent{{}, std::exchange(session->is_restore, false), document.channel};
  if (document.is_last) session->one_by_one = false;
  if (document.channel == nullptr) {
    session->answer(std::exchange(session->waiting, {}), {200, "OK"});
    return take(session, SessionEvent::nothing_missing);
  }
  for (const auto* wanted : document.keys) sent.keys.push_back({wanted->button.key, wanted->revision});
  session->take_along(sent.keys, wanted_keys_, document.is_last);
  session->sent = clock_.now();
  session->sent_by = document.channel->name();
  ++counters_.documents;
  document.channel->send(registration, document.keys, std::move(way),
                         lifetime_.guard([this, session, sent = std::move(sent)](SipOutcome outcome) {
                           answered(session, sent, std::move(outcome));
                         }));
}

SipOutcome KeySync::no_channel(const ContactSession& session, const std::string& key) const {
  const auto& registration = *session.registration;
  const bool by_subscription = settings_.keys(registration) == ChannelSettings::Keys::subscription;
  // Otherwise a channel carries every key until the phone refuses it.
  if (!by_subscription && !session.refusals.empty()) return session.refusals.front().outcome;
  const auto address = subscriptions_ != nullptr ? subscriptions_->address_of(registration, key)
                                                 : key_uri({registration.user, key}, registration.domain);
  return {0, "it has not subscribed to " + address};
}

void KeySync::leave(const Session& session) {
  const auto address_of_record = session->registration->address_of_record();
  if (const auto found = phones_.find(address_of_record); found != phones_.end()) {
    std::erase(found->second, session);
    if (found->second.empty()) phones_.erase(found);
  }
  restores_.ended(std::exchange(session->restore_place, 0), false);
  // Those who wait for the document under way learn how it went.
  session->answer(std::exchange(session->waiting, {}), {0, "not registered any more"});
  if (!session->is_elsewhere) note_all_shown(address_of_record);
}

void KeySync::answered(const Session& session, const Sent& sent, SipOutcome outcome) {
  const bool is_reply_to_led = sent.channel->name() == Channel::notify && outcome.status >= 300;
  if (is_reply_to_led && !session->refusals.empty()) {
    outcome.reason += fmt::format(" (to a LED; to x-buttons {})", session->refusals.front().outcome.status);
  }
  ++(is_taken(outcome) ? counters_.accepted : outcome.status == 0 ? counters_.silent : counters_.refused);
  const auto place = std::exchange(session->restore_place, 0);
  const bool has_subscribed = std::exchange(session->has_subscribed_meanwhile, false);
  if (session->state == SessionState::overtaken) {
    // It restarted meanwhile: they wait for the document that it gets now.
    session->wait_again();
    session->is_restore = true;
    take(session, SessionEvent::answered);
  } else if (session->state == SessionState::sending && has_subscribed &&
             sent.channel->name() != Channel::subscription) {
    // Some of it is shown in another way now, and what the phone said of this one counts no more.
    session->wait_again();
    session->is_restore = sent.restore;
    take(session, SessionEvent::sent_otherwise);
  } else if (session->state == SessionState::sending && goes_otherwise(*session, sent, outcome)) {
    session->wait_again();
    session->is_restore = sent.restore;
    take(session, SessionEvent::sent_otherwise);
  } else {
    settle(session, sent, outcome);
  }
  restores_.ended(place, outcome.status != 0 || outcome.unconfirmed);
}

bool KeySync::goes_otherwise(ContactSession& session, const Sent& sent, const SipOutcome& outcome) {
  const bool is_unknown = sent.channel->is_unknown_to_phone(outcome.status);
  if (is_unknown) memory_.refused(session.registration, sent.channel->name());
  if (is_unknown && channels_.is_another(session.registration, *sent.channel, session.refusals)) {
    session.refusals.push_back({sent.channel->name(), outcome});
    return true;
  }
  if (sent.keys.size() < 2 || !sent.channel->may_be_one_key(outcome)) return false;
  // A bad key must not keep the good ones away.
  session.one_by_one = true;
  return true;
}

void KeySync::settle(const Session& session, const Sent& sent, const SipOutcome& outcome) {
  const bool taken = is_taken(outcome);
  const bool silent = outcome.status == 0 && !taken;
  const auto channel = sent.channel->name();
  for (const auto& revision : sent.keys) {
    if (taken || silent) {
      session->note(revision, outcome, channel, taken);
    } else {
      session->fail(revision, outcome, channel);
    }
  }
  const auto told = std::exchange(session->in_flight, {});
  if (sent.restore || told.empty()) {
    events_.publish(KeysSent{session->registration, sent.keys.size(), sent.restore, outcome.status, outcome.reason,
                             std::chrono::duration_cast<milliseconds>(clock_.now() - session->since), channel});
  }
  if (sent.restore && taken) ++counters_.restores;
  if (taken && !outcome.unconfirmed) memory_.accepted(session->registration, channel);
  session->answer(told, outcome);

  auto settled = taken ? sent.keys : std::vector<WantedKeys::Revision>{};
  for (const auto& waiter : told) settled.insert(settled.end(), waiter.revisions.begin(), waiter.revisions.end());
  // Behind what the answers bring about: it may be rolled back by them.
  if (!settled.empty()) {
    executor_.post(lifetime_.guard([this, session, settled = std::move(settled)] {
      note_shown(session->registration->address_of_record(), settled);
    }));
  }

  if (taken) session->silences = 0;
  // What one key's subscription cannot have now holds up no other key.
  const bool is_busy = !taken && is_temporary(outcome) && !sent.channel->may_be_one_key(outcome);
  if (!silent && !is_busy) return take(session, SessionEvent::answered);
  if (silent) {
    // What they wait for is longer than one document, and the rest would not come through either.
    auto& waiting = session->waiting;
    const auto rest =
        std::stable_partition(waiting.begin(), waiting.end(), [](const auto& waiter) { return waiter.told_in_part; });
    const ContactSession::Waiters over(std::make_move_iterator(waiting.begin()), std::make_move_iterator(rest));
    waiting.erase(waiting.begin(), rest);
    session->answer(over, outcome);
  }
  take(session, SessionEvent::silent);
  if (!session->waiting.empty()) take(session, SessionEvent::wanted);
}

bool KeySync::Deadline::is_met() const {
  const auto kept = collector.lock();
  return !kept || kept->is_answered(index);
}

void KeySync::set_deadline(const Session& session, const std::shared_ptr<OutcomeCollector>& collector,
                           std::size_t index) {
  while (!deadlines_.empty() && deadlines_.front().is_met()) deadlines_.pop_front();
  deadlines_.push_back({clock_.now() + options_.answer_limit + grace, session, collector, index});
  if (!deadline_timer_) end_those_whose_time_is_over();
}

void KeySync::end_those_whose_time_is_over() {
  while (!deadlines_.empty() && (deadlines_.front().is_met() || deadlines_.front().at <= clock_.now())) {
    const auto due = std::move(deadlines_.front());
    deadlines_.pop_front();
    const auto session = due.session.lock();
    const auto collector = due.collector.lock();
    if (session && collector) give_up(*session, *collector, due.index);
  }
  if (deadlines_.empty()) return;
  deadline_timer_ = true;
  clock_.after(std::chrono::ceil<milliseconds>(deadlines_.front().at - clock_.now()), lifetime_.guard([this] {
    deadline_timer_ = false;
    end_those_whose_time_is_over();
  }));
}

void KeySync::give_up(ContactSession& session, const OutcomeCollector& collector, std::size_t index) const {
  const auto is_this = [&](const ContactSession::Waiter& waiter) {
    return waiter.collector.get() == &collector && waiter.index == index;
  };
  const auto limit = std::chrono::duration<double>(options_.answer_limit).count();
  if (const auto found = std::find_if(session.waiting.begin(), session.waiting.end(), is_this);
      found != session.waiting.end()) {
    const auto waiter = std::move(*found);
    session.waiting.erase(found);
    waiter.collector->answer(
        index, 0, fmt::format("not sent within {:g} s: the phone has not answered what was sent before it", limit));
    return;
  }
  const auto found = std::find_if(session.in_flight.begin(), session.in_flight.end(), is_this);
  if (found == session.in_flight.end()) return;
  const auto waiter = std::move(*found);
  session.in_flight.erase(found);
  auto why = fmt::format("no answer within {:g} s", limit);
  if (const auto waited = std::chrono::duration<double>(session.sent - waiter.since).count(); waited > 0.05) {
    why += fmt::format(", {:.1f} s of which it waited for the answer to what was sent before", waited);
  }
  waiter.collector->answer(index, 0, std::move(why), session.sent_by);
}

void KeySync::note_shown(const std::string& address_of_record, const std::vector<WantedKeys::Revision>& keys) {
  const auto* sessions = sessions_of(address_of_record);
  if (sessions == nullptr) return;
  for (const auto& [key, revision] : keys) {
    // As long as a command waits for one of its keys, on whichever contact, it may be rolled back.
    const auto awaits = [shown = WantedKeys::Revision{key, revision}](const Session& one) {
      return one->awaits(shown);
    };
    if (std::any_of(sessions->begin(), sessions->end(), awaits)) continue;
    auto oldest = revision;
    const auto* wanted = wanted_keys_.wanted(address_of_record, key);
    bool is_known = wanted != nullptr;
    for (const auto& session : *sessions) {
      const auto found = session->keys.find(key);
      oldest = std::min(oldest, found == session->keys.end() ? 0 : found->second.confirmed);
      is_known = is_known && found != session->keys.end() && session->surely_has(found->second, *wanted);
    }
    if (oldest == 0) continue;
    wanted_keys_.shown(address_of_record, {key, oldest}, is_known);
    if (wanted_keys_.wanted(address_of_record, key) != nullptr) continue;
    for (const auto& session : *sessions) session->keys.erase(key);
  }
}

void KeySync::note_all_shown(const std::string& address_of_record) {
  const auto* sessions = sessions_of(address_of_record);
  if (sessions == nullptr) return;
  std::vector<WantedKeys::Revision> keys;
  for (const auto* wanted : wanted_keys_.wanted(address_of_record)) {
    keys.push_back({wanted->button.key, wanted->revision});
  }
  note_shown(address_of_record, keys);
}

void KeySync::set_retry_timer(const Session& session) {
  const auto delay = runtime::back_off(session->silences++, options_.first_retry, options_.longest_retry);
  session->retry = clock_.after(delay, lifetime_.guard([this, weak = std::weak_ptr(session)] {
    const auto kept = weak.lock();
    if (!kept) return;
    kept->retry.reset();
    retry(kept);
  }));
}

void KeySync::retry(const Session& session) {
  const auto registration = session->registration;
  const auto now = directory_.find({registration->profile, registration->user, registration->domain});
  if (!now) return set_retry_timer(session);
  const auto found = std::find_if(now->begin(), now->end(), [&](const RegistrationPointer& other) {
    return other->contact == registration->contact && other->call_id == registration->call_id;
  });
  if (found == now->end()) return take(session, SessionEvent::went);
  session->registration = *found;
  for (auto& [key, state] : session->keys) {
    if (state.is_temporary) state.failed = 0;
  }
  take(session, SessionEvent::retry_due);
}

std::string KeySync::lost(std::string_view address_of_record, const ContactOutcome& at,
                          const language::Button& button) const {
  const auto* by = at.channel ? channels_.find(*at.channel) : nullptr;
  const auto* sessions = by == nullptr ? nullptr : sessions_of(address_of_record);
  if (sessions == nullptr) return {};
  for (const auto& session : *sessions) {
    if (language::without_uri_passwords(session->registration->contact) == at.contact) {
      return by->lost(*session->registration, button);
    }
  }
  // It has gone meanwhile; by whichever contact it went, the channel carries the same.
  registration::Registration gone;
  return by->lost(gone, button);
}

std::vector<KeySync::ContactState> KeySync::states(std::string_view address_of_record,
                                                   const WantedButton& wanted) const {
  std::vector<ContactState> states;
  const auto* sessions = sessions_of(address_of_record);
  if (sessions == nullptr) return states;
  for (const auto& session : *sessions) {
    ContactState state{
        language::without_uri_passwords(session->registration->contact), session->shown(wanted), 0, {}, {}};
    if (const auto found = session->keys.find(wanted.button.key); found != session->keys.end()) {
      const auto& key = found->second;
      state.status = key.status;
      state.reason = key.reason;
      state.channel = key.channel;
      const auto* by = key.channel ? channels_.find(*key.channel) : nullptr;
      if (by != nullptr) state.lost = by->lost(*session->registration, wanted.button);
    }
    states.push_back(std::move(state));
  }
  return states;
}

KeySync::Standing KeySync::standing(std::string_view address_of_record) const {
  static const Sessions none;
  const auto* found = sessions_of(address_of_record);
  const auto& sessions = found == nullptr ? none : *found;
  Standing standing;
  standing.silent =
      std::any_of(sessions.begin(), sessions.end(), [](const Session& session) { return session->silences > 0; });
  for (const auto* wanted : wanted_keys_.wanted(address_of_record)) {
    if (wanted->cleared) continue;
    std::size_t refused = 0;
    bool is_confirmed = false;
    for (const auto& session : sessions) {
      const auto shown = session->shown(*wanted);
      is_confirmed = is_confirmed || shown == State::confirmed;
      if (shown == State::failed) ++refused;
    }
    const bool is_failed = !sessions.empty() && refused == sessions.size();
    ++(is_confirmed ? standing.confirmed : is_failed ? standing.failed : standing.pending);
  }
  return standing;
}

}  // namespace snom::control
