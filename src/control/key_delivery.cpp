#include "control/key_delivery.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "control/contact.h"
#include "language/buttons_document.h"
#include "language/snom_xml.h"

namespace snom::control {
namespace {

using std::chrono::milliseconds;

/// A phone that is busy or still starting says so, and may take the same document later.
bool is_temporary(int status) {
  constexpr int temporary[] = {408, 480, 486, 491, 500, 503, 504, 600};
  return std::find(std::begin(temporary), std::end(temporary), status) != std::end(temporary);
}

constexpr std::size_t most_leds = 64;

/// The sender ends a document that was sent at once by the same limit, and says more of it: it goes first.
constexpr milliseconds grace{200};

/// Says something of this very document, which another one may not deserve: one of its keys, or its size.
bool may_be_one_key(int status) { return status >= 300 && !is_temporary(status) && !refuses_buttons(status); }

language::Button as_told(const WantedButton& wanted) {
  auto told = wanted.button;
  if (!wanted.reference.empty()) told.number = wanted.reference;
  return told;
}

/// Upper bound of a key's part in a document.
std::size_t bytes_of(const language::Button& button) {
  return 64 + button.key.size() + button.label.size() + button.number.size() + button.caller.size();
}

}  // namespace

struct KeyDelivery::Contact {
  struct Key {
    std::uint64_t confirmed = 0;  ///< revision; 0 = none
    std::uint64_t failed = 0;
    int status = 0;
    std::string reason;
    bool untold = false;  ///< `confirmed` was sent, and what the phone makes of it is not known
    std::optional<Channel> channel;
  };
  /// Somebody who waits for this contact to answer for these revisions or later ones.
  struct Waiter {
    std::vector<ButtonBoard::Revision> revisions;
    std::shared_ptr<Gathering> gathering;
    std::size_t index = 0;
    runtime::Clock::TimePoint since{};
    SipOutcome refused = {};  ///< what became of one of its keys when they went one by one

    void answer(const SipOutcome& outcome, std::optional<Channel> channel) const {
      const auto& counts = refused.status != 0 ? refused : outcome;
      gathering->answer(index, counts.status, counts.reason, channel, counts.untold);
    }
  };

  RegistrationPointer registration;
  std::map<std::string, Key, KeyOrder> keys;
  std::vector<Waiter> waiting;    ///< for a document that is not sent yet
  std::vector<Waiter> in_flight;  ///< for the one under way
  bool sending = false;
  bool gone = false;
  bool one_by_one = false;           ///< a document of several keys was refused: a key a document until all are sent
  SipOutcome no_buttons;             ///< what it answered to x-buttons if it does not know them; status 0 = it may
  bool restoring = false;            ///< everything is to be sent because it registered anew
  unsigned life = 0;                 ///< counts its registrations anew
  unsigned silences = 0;             ///< attempts in a row that brought nothing
  unsigned retry = 0;                ///< counts timers: only the latest one counts
  runtime::Clock::TimePoint sent{};  ///< when the document under way was, and by which channel
  Channel sent_by = Channel::buttons;
  runtime::Clock::TimePoint since{};

  /// A command has not been told yet what became of all its keys, this among them.
  [[nodiscard]] bool awaits(const ButtonBoard::Revision& revision) const {
    return std::any_of(waiting.begin(), waiting.end(), [&revision](const Waiter& waiter) {
      return std::any_of(waiter.revisions.begin(), waiter.revisions.end(),
                         [&revision](const auto& other) { return other.revision == revision.revision; });
    });
  }
  /// By which channel the keys of this waiter went; none when none was sent.
  [[nodiscard]] std::optional<Channel> channel_of(const Waiter& waiter) const {
    std::optional<Channel> channel;
    for (const auto& revision : waiter.revisions) {
      const auto found = keys.find(revision.key);
      if (found != keys.end() && channel != Channel::notify) channel = found->second.channel;
    }
    return channel;
  }
  void answer(const std::vector<Waiter>& told, const SipOutcome& outcome) const {
    for (const auto& waiter : told) waiter.answer(outcome, channel_of(waiter));
  }
  /// This revision of the key was refused.
  void fail(const ButtonBoard::Revision& revision, const SipOutcome& outcome, Channel channel) {
    auto& key = keys[revision.key];
    key.failed = revision.revision;
    key.status = outcome.status;
    key.reason = outcome.reason;
    key.channel = channel;
    for (auto& waiter : waiting) {
      const auto is_this = [&](const ButtonBoard::Revision& other) { return other.key == revision.key; };
      if (std::any_of(waiter.revisions.begin(), waiter.revisions.end(), is_this)) waiter.refused = outcome;
    }
  }
  [[nodiscard]] bool lacks(const WantedButton& wanted) const {
    const auto found = keys.find(wanted.button.key);
    return found == keys.end() ||
           (found->second.confirmed != wanted.revision && found->second.failed != wanted.revision);
  }
};

KeyDelivery::KeyDelivery(ButtonBoard& board, Directory& directory, MessageSender& messages, runtime::Clock& clock,
                         EventSink& events, Options options)
    : board_(board),
      directory_(directory),
      messages_(messages),
      clock_(clock),
      events_(events),
      options_(options),
      random_(options.seed) {}

KeyDelivery::~KeyDelivery() = default;

const KeyDelivery::Contacts* KeyDelivery::contacts_of(std::string_view address_of_record) const {
  const auto found = phones_.find(address_of_record);
  return found == phones_.end() ? nullptr : &found->second;
}

KeyDelivery::ContactPointer KeyDelivery::meet(const RegistrationPointer& registration, bool& is_anew) {
  auto& contacts = phones_[registration->address_of_record()];
  const auto known = std::find_if(contacts.begin(), contacts.end(), [&](const ContactPointer& contact) {
    return contact->registration->contact == registration->contact &&
           contact->registration->profile == registration->profile;
  });
  is_anew = known == contacts.end() || (*known)->registration->call_id != registration->call_id;
  if (known == contacts.end()) {
    contacts.push_back(std::make_shared<Contact>());
    contacts.back()->registration = registration;
    contacts.back()->since = clock_.now();
    return contacts.back();
  }
  auto& contact = **known;
  contact.registration = registration;
  if (is_anew) {
    // What is under way to it may come before its restart or after it. The next document waits for the end of that
    // one, so that no retransmission of the old comes after the new.
    contact.keys.clear();
    contact.no_buttons = {};
    contact.silences = 0;
    ++contact.life;
    ++contact.retry;
    contact.since = clock_.now();
  }
  return *known;
}

void KeyDelivery::registered(const RegistrationPointer& registration) {
  bool is_anew = false;
  const auto contact = meet(registration, is_anew);
  if (!is_anew || contact->restoring) return;
  if (board_.wanted(registration->address_of_record()).empty()) return;
  contact->restoring = true;
  restores_.push_back(contact);
  restore_those_whose_turn_it_is();
}

void KeyDelivery::unregistered(const RegistrationPointer& registration) {
  const auto found = phones_.find(registration->address_of_record());
  if (found == phones_.end()) return;
  auto& contacts = found->second;
  const auto known = std::find_if(contacts.begin(), contacts.end(), [&](const ContactPointer& contact) {
    return contact->registration->contact == registration->contact &&
           contact->registration->profile == registration->profile;
  });
  if (known == contacts.end()) return;
  const auto contact = *known;
  contact->gone = true;
  contacts.erase(known);
  if (contacts.empty()) phones_.erase(found);
  // Those who wait for the document under way learn how it went. What is told may end this.
  const auto alive = std::weak_ptr(alive_);
  contact->answer(std::exchange(contact->waiting, {}), {0, "not registered any more"});
  if (!alive.expired()) note_all_shown(contact->registration->address_of_record());
}

void KeyDelivery::deliver(const std::vector<RegistrationPointer>& contacts,
                          const std::vector<ButtonBoard::Revision>& revisions, Done done) {
  std::vector<ContactOutcome> asked;
  asked.reserve(contacts.size());
  for (const auto& contact : contacts) asked.push_back({without_uri_passwords(contact->contact), 0, {}});
  const auto gathering = std::make_shared<Gathering>(std::move(asked), std::move(done));
  // The last answer may come at once and end this.
  const auto alive = std::weak_ptr(alive_);
  for (std::size_t i = 0; i < contacts.size() && !alive.expired(); ++i) {
    bool is_anew = false;
    const auto contact = meet(contacts[i], is_anew);
    contact->waiting.push_back({revisions, gathering, i, clock_.now()});
    send_what_is_missing(contact);
    if (!alive.expired() && !gathering->is_answered(i)) set_deadline(contact, gathering, i);
  }
}

bool KeyDelivery::Deadline::is_met() const {
  const auto kept = gathering.lock();
  return !kept || kept->is_answered(index);
}

void KeyDelivery::set_deadline(const ContactPointer& contact, const std::shared_ptr<Gathering>& gathering,
                               std::size_t index) {
  while (!deadlines_.empty() && deadlines_.front().is_met()) deadlines_.pop_front();
  deadlines_.push_back({clock_.now() + options_.answer_limit + grace, contact, gathering, index});
  if (!deadline_timer_) end_those_whose_time_is_over();
}

void KeyDelivery::end_those_whose_time_is_over() {
  const auto alive = std::weak_ptr(alive_);
  while (!deadlines_.empty() && (deadlines_.front().is_met() || deadlines_.front().at <= clock_.now())) {
    const auto due = std::move(deadlines_.front());
    deadlines_.pop_front();
    const auto contact = due.contact.lock();
    const auto gathering = due.gathering.lock();
    if (contact && gathering) give_up(*contact, *gathering, due.index);
    // What is told may end this.
    if (alive.expired()) return;
  }
  if (deadlines_.empty()) return;
  deadline_timer_ = true;
  clock_.after(std::chrono::ceil<milliseconds>(deadlines_.front().at - clock_.now()), [this, alive] {
    if (alive.expired()) return;
    deadline_timer_ = false;
    end_those_whose_time_is_over();
  });
}

void KeyDelivery::give_up(Contact& contact, const Gathering& gathering, std::size_t index) const {
  const auto is_this = [&](const Contact::Waiter& waiter) {
    return waiter.gathering.get() == &gathering && waiter.index == index;
  };
  const auto limit = std::chrono::duration<double>(options_.answer_limit).count();
  if (const auto found = std::find_if(contact.waiting.begin(), contact.waiting.end(), is_this);
      found != contact.waiting.end()) {
    const auto waiter = std::move(*found);
    contact.waiting.erase(found);
    waiter.gathering->answer(
        index, 0, fmt::format("not sent within {:g} s: the phone has not answered what was sent before it", limit));
    return;
  }
  const auto found = std::find_if(contact.in_flight.begin(), contact.in_flight.end(), is_this);
  if (found == contact.in_flight.end()) return;
  const auto waiter = std::move(*found);
  contact.in_flight.erase(found);
  auto why = fmt::format("no answer within {:g} s", limit);
  if (const auto waited = std::chrono::duration<double>(contact.sent - waiter.since).count(); waited > 0.05) {
    why += fmt::format(", {:.1f} s of which it waited for the answer to what was sent before", waited);
  }
  waiter.gathering->answer(index, 0, std::move(why), contact.sent_by);
}

void KeyDelivery::send_again(const std::string& address_of_record) {
  const auto found = phones_.find(address_of_record);
  if (found == phones_.end()) return;
  const auto contacts = found->second;
  const auto alive = std::weak_ptr(alive_);
  for (const auto& contact : contacts) {
    if (alive.expired()) return;
    send_what_is_missing(contact);
  }
}

void KeyDelivery::send_what_is_missing(const ContactPointer& contact) {
  if (contact->sending || contact->gone) return;
  const auto address_of_record = contact->registration->address_of_record();
  auto missing = board_.wanted(address_of_record);
  fail_what_cannot_be_sent(*contact, missing);
  std::erase_if(missing, [&](const WantedButton* wanted) { return !contact->lacks(*wanted); });
  const bool by_led =
      contact->no_buttons.status != 0 || channels_.keys(contact->registration) == ChannelSettings::Keys::led;
  std::vector<const WantedButton*> told;
  Sent sent{{}, contact->life, std::exchange(contact->restoring, false)};
  std::size_t bytes = 0;
  bool all = true;
  for (const auto* wanted : missing) {
    const auto channel =
        by_led && led_of_key(contact->registration, wanted->button.key) ? Channel::notify : Channel::buttons;
    if (told.empty()) sent.channel = channel;
    bytes += bytes_of(as_told(*wanted));
    if (channel != sent.channel) {
      all = false;
      continue;
    }
    const bool full = channel == Channel::notify ? told.size() == most_leds : bytes > options_.max_document_bytes;
    if (!told.empty() && (contact->one_by_one || full)) {
      all = false;
      break;
    }
    sent.keys.push_back({wanted->button.key, wanted->revision});
    told.push_back(wanted);
  }
  if (all) contact->one_by_one = false;
  if (told.empty()) return contact->answer(std::exchange(contact->waiting, {}), {200, "OK"});
  ++contact->retry;  // a timer that is set is not needed any more

  if (all) {
    for (auto& waiter : contact->waiting) contact->in_flight.push_back(std::move(waiter));
    contact->waiting.clear();
  } else {
    const auto is_in_it = [&](const Contact::Waiter& waiter) {
      return std::all_of(waiter.revisions.begin(), waiter.revisions.end(), [&](const ButtonBoard::Revision& revision) {
        const auto* wanted = board_.wanted(address_of_record, revision.key);
        const auto same_key = [&](const ButtonBoard::Revision& other) { return other.key == revision.key; };
        return wanted == nullptr || !contact->lacks(*wanted) ||
               std::any_of(sent.keys.begin(), sent.keys.end(), same_key);
      });
    };
    const auto rest = std::stable_partition(contact->waiting.begin(), contact->waiting.end(), is_in_it);
    std::move(contact->waiting.begin(), rest, std::back_inserter(contact->in_flight));
    contact->waiting.erase(contact->waiting.begin(), rest);
  }

  contact->sending = true;
  contact->sent = clock_.now();
  contact->sent_by = sent.channel;
  ++counters_.documents;
  auto message = compose(*contact, sent.channel, told);
  messages_.send(std::move(message),
                 [this, alive = std::weak_ptr(alive_), contact, sent = std::move(sent)](const SipOutcome& outcome) {
                   if (!alive.expired()) answered(contact, sent, outcome);
                 });
}

void KeyDelivery::fail_what_cannot_be_sent(Contact& contact, const std::vector<const WantedButton*>& missing) const {
  if (contact.no_buttons.status == 0) return;
  for (const auto* wanted : missing) {
    const auto& key = wanted->button.key;
    if (!contact.lacks(*wanted) || led_of_key(contact.registration, key)) continue;
    contact.fail({key, wanted->revision}, contact.no_buttons, Channel::buttons);
  }
}

OutgoingMessage KeyDelivery::compose(const Contact& contact, Channel channel,
                                     const std::vector<const WantedButton*>& told) {
  if (channel == Channel::buttons) {
    std::vector<language::Button> buttons;
    buttons.reserve(told.size());
    for (const auto* wanted : told) buttons.push_back(as_told(*wanted));
    return {contact.registration,
            {},
            std::string(language::buttons_content_type),
            language::write_buttons_document(buttons)};
  }
  language::SilentDocument document;
  document.id = "keys-" + std::to_string(++led_documents_);
  for (const auto* wanted : told) {
    const auto& button = wanted->button;
    const auto number = led_of_key(contact.registration, button.key).value_or(0);
    document.leds.push_back(language::led_of_light(number, button.light.value_or(language::Light::off), button.colour));
  }
  return {contact.registration,
          {},
          std::string(language::snom_xml_content_type),
          language::write_snom_xml(document).value_or(std::string()),
          std::string(language::snom_xml_event)};
}

void KeyDelivery::answered(const ContactPointer& contact, const Sent& sent, const SipOutcome& answer) {
  if (!contact->sending) return;
  contact->sending = false;
  auto outcome = answer;
  if (sent.channel == Channel::notify && outcome.status >= 300 && contact->no_buttons.status != 0) {
    outcome.reason += " (to a LED; to x-buttons " + std::to_string(contact->no_buttons.status) + ")";
  }
  const bool taken = outcome.accepted() || outcome.untold;
  ++(taken ? counters_.accepted : outcome.status == 0 ? counters_.silent : counters_.refused);
  const bool counts = sent.life == contact->life;
  const auto address_of_record = contact->registration->address_of_record();
  auto told = std::exchange(contact->in_flight, {});
  const auto wait_again = [&] {
    contact->waiting.insert(contact->waiting.begin(), std::make_move_iterator(told.begin()),
                            std::make_move_iterator(told.end()));
    told.clear();
  };
  const bool learnt = counts && sent.channel == Channel::buttons && refuses_buttons(outcome.status) &&
                      has_leds(contact->registration) && !contact->gone;
  if (learnt) {
    contact->no_buttons = outcome;
    contact->restoring = sent.restore;
    wait_again();
  } else if (counts && sent.keys.size() > 1 && may_be_one_key(outcome.status) && !contact->gone) {
    // A bad key must not keep the good ones away.
    contact->one_by_one = true;
    contact->restoring = sent.restore;
    wait_again();
  } else if (counts) {
    for (const auto& revision : sent.keys) {
      if (!taken && outcome.status != 0) {
        contact->fail(revision, outcome, sent.channel);
        continue;
      }
      auto& state = contact->keys[revision.key];
      state.status = outcome.status;
      state.reason = outcome.reason;
      state.channel = sent.channel;
      if (!taken) continue;
      state.confirmed = revision.revision;
      state.untold = outcome.untold;
    }
    if (sent.restore || told.empty()) {
      events_.publish(KeysSent{contact->registration, sent.keys.size(), sent.restore, outcome.status, outcome.reason,
                               std::chrono::duration_cast<milliseconds>(clock_.now() - contact->since), sent.channel});
    }
    if (sent.restore && taken) ++counters_.restores;
    if (taken) {
      contact->silences = 0;
    } else if (outcome.status == 0 || is_temporary(outcome.status)) {
      retry_later(contact);
    }
  } else if (!contact->gone) {
    // It restarted meanwhile: they wait for the document that it gets now.
    wait_again();
    contact->restoring = true;
  }

  // What is told may end this.
  const auto alive = std::weak_ptr(alive_);
  contact->answer(told, outcome);
  if (alive.expired()) return;
  // After that: what a command of several keys set may have been taken back. While it waits for its other keys it still
  // may be.
  if (counts) {
    auto settled = taken ? sent.keys : std::vector<ButtonBoard::Revision>{};
    for (const auto& waiter : told) settled.insert(settled.end(), waiter.revisions.begin(), waiter.revisions.end());
    std::erase_if(settled, [&contact](const ButtonBoard::Revision& revision) { return contact->awaits(revision); });
    note_shown(address_of_record, settled);
  }
  if (!counts || learnt || contact->one_by_one || !contact->waiting.empty() || taken) send_what_is_missing(contact);
}

void KeyDelivery::note_shown(const std::string& address_of_record, const std::vector<ButtonBoard::Revision>& keys) {
  const auto* contacts = contacts_of(address_of_record);
  if (contacts == nullptr) return;
  for (const auto& [key, revision] : keys) {
    auto oldest = revision;
    for (const auto& contact : *contacts) {
      const auto found = contact->keys.find(key);
      oldest = std::min(oldest, found == contact->keys.end() ? 0 : found->second.confirmed);
    }
    if (oldest == 0) continue;
    board_.shown(address_of_record, {key, oldest});
    if (board_.wanted(address_of_record, key) != nullptr) continue;
    for (const auto& contact : *contacts) contact->keys.erase(key);
  }
}

void KeyDelivery::note_all_shown(const std::string& address_of_record) {
  const auto* contacts = contacts_of(address_of_record);
  if (contacts == nullptr) return;
  std::vector<ButtonBoard::Revision> keys;
  for (const auto* wanted : board_.wanted(address_of_record)) {
    const ButtonBoard::Revision revision{wanted->button.key, wanted->revision};
    const auto awaits = [&revision](const ContactPointer& contact) { return contact->awaits(revision); };
    if (std::none_of(contacts->begin(), contacts->end(), awaits)) keys.push_back(revision);
  }
  note_shown(address_of_record, keys);
}

void KeyDelivery::retry_later(const ContactPointer& contact) {
  constexpr unsigned most_doublings = 16;
  const auto doublings = std::min(contact->silences++, most_doublings);
  const auto longest = std::min(options_.first_retry * (1U << doublings), options_.longest_retry);
  const auto chance = std::uniform_real_distribution<double>(0.5, 1.0)(random_);
  const milliseconds delay(static_cast<milliseconds::rep>(static_cast<double>(longest.count()) * chance));
  const auto number = ++contact->retry;
  clock_.after(delay, [this, alive = std::weak_ptr(alive_), contact = std::weak_ptr(contact), number] {
    if (alive.expired()) return;
    const auto kept = contact.lock();
    if (kept && !kept->gone && !kept->sending && kept->retry == number) retry(kept);
  });
}

void KeyDelivery::retry(const ContactPointer& contact) {
  const auto registration = contact->registration;
  const auto now = directory_.find({registration->profile, registration->user, registration->domain});
  if (!now) return retry_later(contact);
  const auto found = std::find_if(now->begin(), now->end(), [&](const RegistrationPointer& other) {
    return other->contact == registration->contact && other->call_id == registration->call_id;
  });
  if (found == now->end()) return unregistered(registration);
  contact->registration = *found;
  for (auto& [key, state] : contact->keys) {
    if (is_temporary(state.status)) state.failed = 0;
  }
  send_what_is_missing(contact);
}

void KeyDelivery::restore_those_whose_turn_it_is() {
  const auto alive = std::weak_ptr(alive_);
  const auto interval = std::chrono::duration_cast<runtime::Clock::TimePoint::duration>(
      std::chrono::duration<double>(1 / options_.restores_per_second));
  const auto now = clock_.now();
  while (!restores_.empty() && next_restore_ <= now) {
    const auto contact = restores_.front().lock();
    restores_.pop_front();
    // One that was sent a command's key meanwhile got everything with it.
    if (!contact || contact->gone || !contact->restoring) continue;
    next_restore_ = std::max(next_restore_, now - milliseconds(20)) + interval;
    send_what_is_missing(contact);
    if (alive.expired()) return;
  }
  if (restores_.empty() || restore_timer_) return;
  restore_timer_ = true;
  const auto wait = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(next_restore_ - now));
  clock_.after(wait, [this, weak = alive] {
    if (weak.expired()) return;
    restore_timer_ = false;
    restore_those_whose_turn_it_is();
  });
}

std::vector<KeyDelivery::ContactState> KeyDelivery::states(std::string_view address_of_record,
                                                           const WantedButton& wanted) const {
  std::vector<ContactState> states;
  const auto* contacts = contacts_of(address_of_record);
  if (contacts == nullptr) return states;
  for (const auto& contact : *contacts) {
    ContactState state{without_uri_passwords(contact->registration->contact), State::pending, 0, {}, {}};
    if (const auto found = contact->keys.find(wanted.button.key); found != contact->keys.end()) {
      const auto& key = found->second;
      if (key.confirmed == wanted.revision) {
        if (!key.untold) state.state = State::confirmed;
      } else if (key.failed == wanted.revision) {
        state.state = State::failed;
      }
      state.status = key.status;
      state.reason = key.reason;
      state.channel = key.channel;
    }
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace snom::control
