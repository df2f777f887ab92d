#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "control/keys/key_address.h"
#include "control/keys/key_subscriptions.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"
#include "runtime/paced_queue.h"
#include "sip/event_package.h"
#include "sip/packed_subscription.h"

namespace snom::sip {

/// A phone's subscription to one key, or to the list of all of its user's: its dialog (RFC 3261 section 12), and where
/// its NOTIFYs go.
struct Subscription {
  std::string profile;
  std::string domain;       ///< of the address of record
  control::KeyAddress key;  ///< of a list, the user alone
  EventPackage package = EventPackage::dialog;
  bool shows_all = false;  ///< the key is told its label, and which light exactly
  std::string event_id;
  std::string call_id;
  std::string local_tag;
  std::string remote_tag;
  std::string local_uri;   ///< To of the SUBSCRIBE: From of NOTIFYs
  std::string remote_uri;  ///< From of the SUBSCRIBE: To of NOTIFYs
  std::string contact;     ///< remote target: Request-URI of NOTIFYs
  std::string instance;    ///< of the contact, quotes included; empty = none
  std::vector<std::string> routes;
  std::uint32_t remote_cseq = 0;
  std::uint32_t local_cseq = 0;  ///< of the latest NOTIFY; 0 = none
  std::string source_host;       ///< where the latest SUBSCRIBE came from, without brackets
  std::uint16_t source_port = 0;
  std::string transport;
  std::string next_hop;  ///< as of Binding
  std::string listener;
  std::shared_ptr<void> connection;  ///< keeps that of the SUBSCRIBE, for streams
  bool operator==(const Subscription&) const = default;
  [[nodiscard]] bool is_list() const { return key.key.empty(); }
};

/// The notifier (RFC 6665 section 4.2): all subscriptions to keys, what each was told last, and what it is to be told.
/// Of a subscription one NOTIFY is under way at a time; the next one has whatever is newest then, of a key always the
/// whole state. Of a list (RFC 4662) the first one names all members, as does one behind a NOTIFY that got no answer;
/// others name those that have news. A NOTIFY has the states of no more members than fit; the rest is in the next. Of
/// all together no more are under way than phones answer (PacedQueue): a site that comes back subscribes ten thousand
/// keys in a second, and what is lost for want of room is asked for again by both sides. Knows nothing of sockets.
/// Loop's thread.
class Subscriptions final {
 public:
  using TimePoint = runtime::Clock::TimePoint;
  using Done = std::function<void(control::SipOutcome)>;

  struct Limits {
    std::size_t all = 100000;
    std::size_t per_user = 256;        ///< of one address of record's phones together
    std::size_t per_address = 100000;  ///< of those that came from one address
    bool operator==(const Limits&) const = default;
  };
  /// How long an unanswered subscriber is tried: timer F of a transaction (RFC 6665 section 4.2.2), with other NOTIFYs.
  static constexpr std::chrono::seconds patience{32};
  static constexpr std::chrono::seconds retry_silent{2};
  /// A Retry-After beyond it is cut.
  static constexpr std::chrono::seconds longest_wait{300};
  static constexpr runtime::PacedQueue::Options pace{.per_second = 1e6,
                                                     .most_under_way = 500,
                                                     .first_patience = std::chrono::milliseconds(1000),
                                                     .least_patience = std::chrono::milliseconds(500)};

  /// How many members' states one NOTIFY of a list has, some 600 bytes each: over UDP it is to be no more than a few
  /// fragments, and no longer than this whatever the members are (a datagram has less than 64 KiB). And how many
  /// members a list has.
  static constexpr std::size_t states_at_once_by_udp = 12;
  static constexpr std::size_t states_at_once_by_tcp = 64;
  static constexpr std::size_t bytes_at_once_by_udp = 60000;
  static constexpr std::size_t most_members = 256;
  /// The last NOTIFY has no other behind it and tells all, but over UDP no more than a datagram takes.
  static constexpr std::size_t states_in_last_by_udp = 64;

  /// One NOTIFY to be sent.
  struct Notify {
    std::uint32_t version = 0;  ///< of the document, from 0 on
    control::KeyLight light;    ///< of a key
    std::string state;          ///< value of Subscription-State
    // Of a list:
    std::vector<control::KeyLight> members = {};  ///< whose states are told
    bool is_full = false;
    std::vector<std::string> others = {};  ///< keys that are members, too, and told of in another NOTIFY; that names
                                           ///< those, too, that have no room here
  };
  /// Sends one: `done` is told once, at any time.
  using Send = std::function<void(const Subscription& to, const Notify& notify, Done done)>;

  /// All outlive it.
  Subscriptions(runtime::Executor& executor, runtime::Clock& clock, Limits limits, Send send)
      : executor_(executor), clock_(clock), limits_(limits), send_(std::move(send)), turns_(clock, pace) {}
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  /// How many of a user's, asked once each (lifetime 0), may wait for their answer: beside those that last.
  static constexpr std::size_t most_fetches = 8;

  enum class Refused { full, too_many_of_user, too_many_of_address };
  /// Whether there is room for this one; what it would take the place of does not count.
  [[nodiscard]] std::optional<Refused> refusal(const Subscription& wanted, std::chrono::seconds lifetime) const;
  /// Begins one and tells it the state at once. One of the same key and package of the same phone (instance; without
  /// any, contact) ends: that phone restarted, or lost it otherwise. It is told so in its own dialog
  /// (`terminated;reason=noresource`), where it is one to the phone and there is hope of an answer. `lifetime` 0: it is
  /// told once, and over, and no other is touched (section 4.4.3).
  void begin(const Subscription& made, std::chrono::seconds lifetime, control::KeyLight light);
  /// The same of a list, with all its members.
  void begin(const Subscription& made, std::chrono::seconds lifetime, std::vector<control::KeyLight> members);

  /// The subscription of this dialog.
  [[nodiscard]] std::optional<Subscription> find(std::string_view call_id, std::string_view local_tag,
                                                 std::string_view remote_tag) const;
  /// Seconds that are left of it.
  [[nodiscard]] std::chrono::seconds left(const Subscription& of) const;
  /// A SUBSCRIBE within a dialog that find() found: `as_it_is` has what it said of the dialog and the way. The state is
  /// told again, for the last time with `lifetime` 0.
  void refresh(Subscription as_it_is, std::chrono::seconds lifetime, control::KeyLight light);
  void refresh(Subscription as_it_is, std::chrono::seconds lifetime, std::vector<control::KeyLight> members);

  /// Which subscriptions are those of one phone's.
  using Belongs = std::function<bool(const Subscription&)>;
  [[nodiscard]] bool has_any(std::string_view profile, std::string_view user) const;
  [[nodiscard]] bool has_any(std::string_view profile, std::string_view user, const Belongs& belongs) const;
  /// By one of its own, or a list that has it or room for it.
  [[nodiscard]] bool is_subscribed(std::string_view profile, const control::KeyAddress& key,
                                   const Belongs& belongs) const;
  /// Whether one that is_subscribed() finds shows all of the key.
  [[nodiscard]] bool shows_all(std::string_view profile, const control::KeyAddress& key, const Belongs& belongs) const;
  /// Tells those of them that subscribed to these keys, and then `done`: see KeySubscriptions::notify.
  void tell(std::string_view profile, const std::string& user, const std::vector<control::KeyLight>& lights,
            const Belongs& belongs, std::shared_ptr<const void> under_way, Done done);

  /// Ends what has expired, and does what is to be done by now. Once in a second will do.
  void expire();
  /// Ends those of users who are no more: `terminated;reason=rejected`.
  void end_users(const std::function<bool(const std::string& profile, const std::string& user)>& stays);
  /// Ends those of a user's phones, which are to subscribe anew and then come to another server:
  /// `terminated;reason=deactivated` (RFC 6665 section 4.1.3).
  void send_away(std::string_view profile, std::string_view user);
  /// All end without a word; whoever waits is told `why`. None begins any more.
  void stop(const std::string& why);

  /// The connections that are held (Subscription::connection).
  [[nodiscard]] std::vector<const void*> connections() const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  using Id = std::uint64_t;
  struct Waiter {
    std::uint64_t demand;  ///< the NOTIFY that it waits for has this demand or a later one
    std::string key;
    Done done;
  };
  /// What a list's subscriber is told of its members.
  struct Member {
    control::KeyLight light;  ///< a cleared one is forgotten once that was taken
    enum class Told { no, under_way, yes } told = Told::no;
    bool is_too_long = false;  ///< even a NOTIFY of its own could not be sent: it waits for another light
  };
  struct List {
    std::map<std::string, Member, std::less<>> members;
    bool is_full_due = true;
    std::size_t room = bytes_at_once_by_udp;  ///< for a NOTIFY by UDP, and by any way once one was too long
    std::size_t latest = 0;                   ///< members that the latest one told of or named
    [[nodiscard]] bool has_news() const;
    /// It is a member, or may become one; those that are cleared make room.
    [[nodiscard]] bool takes(std::string_view key) const;
    /// What was under way is taken for told, or is to be told again.
    void settle(bool taken);
    /// What was under way is told in smaller parts; one that was alone, not any more. False: there is nothing less.
    [[nodiscard]] bool settle_for_less();
  };
  /// There are very many of these.
  struct Entry {
    explicit Entry(const Subscription& made) : subscription(made) {}

    PackedSubscription subscription;
    TimePoint expires{};
    language::Light light = language::Light::off;  ///< the newest
    std::string caller;
    std::string label;
    std::uint64_t demand = 1;     ///< grows with each that wants to be told
    std::uint64_t sent = 0;       ///< the demand that the latest NOTIFY had; the same: it told what is newest
    std::uint32_t documents = 0;  ///< made
    bool in_turn = false;         ///< it waits for its turn to be sent one
    bool under_way = false;       ///< a NOTIFY is
    bool answered = false;        ///< the latest NOTIFY was, with 2xx
    bool is_fetch = false;        ///< it never was to last
    const char* ending = "";      ///< reason of the last NOTIFY; empty: it goes on
    TimePoint silent{};           ///< since when nothing is answered; none: it answers
    TimePoint wait{};             ///< nothing is sent before; none: at once
    int asked_by = 0;             ///< the status by which the phone asked for that; 0: it is silent
    TimePoint due{};              ///< its place in due_
    runtime::PacedQueue::Place place = 0;
    std::vector<Waiter> waiting;
    std::unique_ptr<List> list;  ///< nullptr: of a key

    [[nodiscard]] bool goes_on() const { return *ending == '\0'; }
    [[nodiscard]] bool shows(const control::KeyLight& other) const {
      return light == other.light && caller == other.caller && label == other.label;
    }
    void show(control::KeyLight other);
  };
  using Entries = std::unordered_map<Id, Entry>;

  /// Of a dialog; others may have the same.
  [[nodiscard]] static std::size_t dialog_number(std::string_view call_id, std::string_view local_tag);
  [[nodiscard]] static std::string phone_name(std::string_view profile, std::string_view user);
  /// Valid until the table changes.
  [[nodiscard]] const std::vector<Id>& of_phone(std::string_view profile, std::string_view user) const;
  [[nodiscard]] std::optional<Id> id_of(std::string_view call_id, std::string_view local_tag,
                                        std::string_view remote_tag) const;
  [[nodiscard]] std::chrono::seconds left(const Entry& entry) const;
  [[nodiscard]] std::optional<Id> superseded(const Subscription& by) const;
  /// Ends it, for one that begins.
  void supersede(Id id, const Subscription& made, const Entry& by);
  /// How many of one user's there may be, with those that are told of their end.
  [[nodiscard]] std::size_t most_of_user() const { return 2 * limits_.per_user + most_fetches; }
  void begin(Entry entry, const Subscription& made, std::chrono::seconds lifetime);
  /// nullopt: there is none any more.
  [[nodiscard]] std::optional<Id> take_over(Subscription as_it_is, std::chrono::seconds lifetime);
  /// The members of a list are these, and all are to be told.
  static void set_members(Entry& entry, std::vector<control::KeyLight> members);
  /// Whether this one is told of this key: it is its own, or the list has it or room for it.
  [[nodiscard]] static bool is_of(const Entry& entry, std::string_view key);
  /// What one that is_of() is told of it.
  enum class News { told, under_way, to_be_told };
  [[nodiscard]] static News take_news(Entry& entry, const control::KeyLight& light);
  [[nodiscard]] static News take_news(List& list, control::KeyLight light);
  [[nodiscard]] static Notify next_notify(Entry& entry, const Subscription& to);
  static void choose_members(Entry& entry, const Subscription& to, Notify& notify);
  void add(Id id, Entry entry);
  /// It is to be told what is newest, whatever it was told before.
  void demand(Id id);
  /// What of a key's light this one is told.
  [[nodiscard]] static control::KeyLight shown(const PackedSubscription& to, control::KeyLight light);
  /// Whether a NOTIFY may go out to it now.
  [[nodiscard]] bool may_send(const Entry& entry) const;
  /// Tells it what is newest when its turn comes, unless a NOTIFY is under way or it is to be left in peace.
  void send(Id id);
  void transmit(Id id, Entry& entry);
  void answered(Id id, const control::SipOutcome& outcome);
  /// The latest NOTIFY was too long: it is told less in the next, and what is too long by itself is left out.
  void tell_less(Id id, Entry& entry, const control::SipOutcome& outcome);
  /// Tells those that `are_meant`.
  static void tell_waiting(Entry& entry, const std::function<bool(const Waiter&)>& are_meant,
                           const control::SipOutcome& outcome);
  /// Tells those that wait for what the latest NOTIFY had, or all.
  void tell_waiting(Entry& entry, std::uint64_t up_to, const control::SipOutcome& outcome);
  void schedule(Id id, Entry& entry);
  void erase(Id id, const control::SipOutcome& outcome);

  runtime::Executor& executor_;
  runtime::Clock& clock_;
  Limits limits_;
  Send send_;
  Entries entries_;
  std::unordered_multimap<std::size_t, Id> by_dialog_;
  std::unordered_map<std::string, std::vector<Id>> by_phone_;
  std::unordered_map<std::string, std::size_t> by_address_;
  std::set<std::pair<TimePoint, Id>> due_;
  Id last_id_ = 0;
  runtime::PacedQueue turns_;
  std::optional<runtime::Lifetime> lifetime_{std::in_place};  ///< until stop()
};

}  // namespace snom::sip
