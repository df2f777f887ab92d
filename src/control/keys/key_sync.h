#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "control/channel.h"
#include "control/contact_queue.h"
#include "control/event.h"
#include "control/keys/channel_memory.h"
#include "control/keys/contact_session.h"
#include "control/keys/key_channel.h"
#include "control/keys/wanted_keys.h"
#include "control/outcome_collector.h"
#include "control/ports.h"
#include "control/registration.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"
#include "runtime/paced_queue.h"

namespace snom::control {

/// Brings what is wanted to the phones: to each contact one document at a time, with all that it does not show
/// yet; again, at growing intervals, to one that is silent; everything, when its turn comes, to one that registered
/// anew. A contact therefore never gets an old state of a key after a newer one. Control's thread.
class KeySync {
 public:
  struct Options {
    double restores_per_second = runtime::PacedQueue::Options{}.per_second;  ///< phones that registered anew, at most
    std::size_t restores_under_way = runtime::PacedQueue::Options{}.most_under_way;  ///< of them, not answered yet
    std::chrono::milliseconds first_retry{2000};      ///< to a silent contact; doubled each time, less up to a half
    std::chrono::milliseconds longest_retry{300000};  ///< at random
    /// Of a command's waiting for a contact, whatever it waits for; the MessageSender's for one document.
    std::chrono::milliseconds answer_limit{5000};
    /// A longer document is sent in parts; what a UDP datagram holds, less the request's headers.
    std::size_t max_document_bytes = 48 * 1024;
  };

  using State = ContactSession::Shown;
  struct ContactState {
    std::string contact;
    State state = State::pending;
    int status = 0;                       ///< of the latest answer; 0 = none yet
    std::string reason;                   ///< with status 0: why there is none
    std::optional<Channel> channel = {};  ///< by which the key was sent; none = not yet
    std::string lost = {};                ///< what of the key does not come across by it: lost()
  };

  /// All of them outlive this. `subscriptions`: nullptr where keys cannot subscribe.
  KeySync(WantedKeys& wanted_keys, Directory& directory, MessageSender& messages, runtime::Executor& executor,
          runtime::Clock& clock, EventSink& events, Options options, KeySubscriptions* subscriptions = nullptr);
  KeySync(const KeySync&) = delete;
  KeySync& operator=(const KeySync&) = delete;

  /// Which phones get LEDs at once; heeded from the next document on.
  void use(ChannelSettings channels) { settings_ = std::move(channels); }

  /// A contact registered or refreshed its registration. One that is new, or has a new Call-ID (RFC 3261 section 10.2:
  /// the phone rebooted), gets all its keys when its turn comes.
  void registered(const RegistrationPointer& registration);
  /// A key of this contact's (empty: all of them) subscribed: whatever it was sent before in another way counts no
  /// more.
  void subscribed(const RegistrationPointer& registration, const std::string& key);
  /// A contact is gone: what it alone still showed cannot be pressed any more, unless it was the phone's last one,
  /// which may come back with it.
  void unregistered(const RegistrationPointer& registration);
  /// A contact is another node's from now on. It may show anything: nothing is forgotten of what it showed.
  void let_go(const RegistrationPointer& registration);

  /// Sends what these contacts, all of one phone, do not show yet. `done` gets each contact's answer, in their order,
  /// once each has answered for these revisions or later ones, or when the limit of time is over, and never before this
  /// call returns; a contact that is sent something at the moment is sent this next.
  using Done = std::function<void(std::vector<ContactOutcome>)>;
  void deliver(const std::vector<RegistrationPointer>& contacts, const std::vector<WantedKeys::Revision>& revisions,
               Done done);

  /// What was wanted of this phone is another than before: its contacts get what they lack.
  void send_again(const std::string& address_of_record);

  /// What of a key does not come across by the channel of an outcome, at that contact: "label, action"; empty when that
  /// is nothing.
  [[nodiscard]] std::string lost(std::string_view address_of_record, const ContactOutcome& at,
                                 const language::Button& button) const;

  /// What each registered contact of a phone shows of a key.
  [[nodiscard]] std::vector<ContactState> states(std::string_view address_of_record, const WantedButton& wanted) const;

  /// How the keys of a phone stand, as its contacts have answered; those that are cleared are not counted.
  struct Standing {
    std::size_t confirmed = 0;  ///< by at least one contact
    std::size_t pending = 0;
    std::size_t failed = 0;  ///< refused by all
    bool silent = false;     ///< a contact was silent or busy at the latest attempt, and is asked again
    [[nodiscard]] std::size_t all() const { return confirmed + pending + failed; }
  };
  [[nodiscard]] Standing standing(std::string_view address_of_record) const;

  struct Counters {
    std::uint64_t documents = 0;  ///< sent
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t silent = 0;
    std::uint64_t restores = 0;  ///< contacts that got all their keys after they registered anew
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// Contacts that wait for their turn to be restored.
  [[nodiscard]] std::size_t restores_waiting() const { return restores_.waiting(); }

 private:
  using Session = std::shared_ptr<ContactSession>;
  using Sessions = std::vector<Session>;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Sent {
    std::vector<WantedKeys::Revision> keys;
    bool restore = false;
    KeyChannel* channel = nullptr;
  };

  /// The session of this registration's contact, made if need be. `is_anew`: nothing is known of what it shows.
  Session find_or_add(const RegistrationPointer& registration, bool& is_anew);
  /// The directory's registration of the same contact; nullopt: there is none any more.
  [[nodiscard]] std::optional<RegistrationPointer> as_it_is_now(const RegistrationPointer& registration) const;
  [[nodiscard]] const Sessions* sessions_of(std::string_view address_of_record) const;
  /// What is told of a key that goes by no channel.
  [[nodiscard]] SipOutcome no_channel(const ContactSession& session, const std::string& key) const;

  /// What happened to a contact, and what follows from that. `way`: with way_free, see ContactQueue.
  void take(const Session& session, SessionEvent event, ContactQueue::Token way = nullptr);
  void await_restore(const Session& session);
  void await_way(const Session& session);
  void send(const Session& session, ContactQueue::Token way);
  [[nodiscard]] Session find(const RegistrationPointer& registration) const;  ///< nullptr: there is none
  void set_retry_timer(const Session& session);
  void retry(const Session& session);
  void leave(const Session& session);

  void answered(const Session& session, const Sent& sent, SipOutcome outcome);
  /// The document was not taken as it was, and goes in another way.
  [[nodiscard]] bool goes_otherwise(ContactSession& session, const Sent& sent, const SipOutcome& outcome);
  void settle(const Session& session, const Sent& sent, const SipOutcome& outcome);

  /// One who waits, and until when. All have the same limit, so these are in the order of their ends.
  struct Deadline {
    runtime::Clock::TimePoint at;
    std::weak_ptr<ContactSession> session;
    std::weak_ptr<OutcomeCollector> collector;
    std::size_t index = 0;
    [[nodiscard]] bool is_met() const;
  };
  void set_deadline(const Session& session, const std::shared_ptr<OutcomeCollector>& collector, std::size_t index);
  void end_those_whose_time_is_over();
  /// Tells who still waits for this contact that the time is over, and what it waited for.
  void give_up(ContactSession& session, const OutcomeCollector& collector, std::size_t index) const;

  /// All contacts show these keys, or later ones; but for those that a command may still roll back.
  void note_shown(const std::string& address_of_record, const std::vector<WantedKeys::Revision>& keys);
  /// note_shown() for all that is wanted.
  void note_all_shown(const std::string& address_of_record);

  WantedKeys& wanted_keys_;
  Directory& directory_;
  runtime::Executor& executor_;
  runtime::Clock& clock_;
  EventSink& events_;
  Options options_;
  KeySubscriptions* subscriptions_;  ///< nullptr: keys cannot subscribe
  KeyChannels channels_;
  ChannelSettings settings_;
  ChannelMemory memory_;
  std::unordered_map<std::string, Sessions, Hash, std::equal_to<>> phones_;
  ContactQueue ways_;
  runtime::PacedQueue restores_;
  std::deque<Deadline> deadlines_;
  bool deadline_timer_ = false;
  Counters counters_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::control
