#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "language/reginfo.h"
#include "runtime/clock.h"
#include "runtime/lifetime.h"

namespace snom::sip {

/// Subscriptions to the registrations of users (event "reg", RFC 3680; RFC 6665), one for each: made, refreshed, made
/// again when they are lost, with pauses that grow from 1 s to a minute. Does not send by itself. One owner thread: the
/// clock's.
///
/// NOTIFYs are heeded in our own dialogs only and in the order of their CSeq, so a document with full state always
/// counts, whatever version it has: Kamailio's (pua_reginfo) have 0 for ever. One with partial state counts only right
/// after the version that is known; otherwise full state is asked for (RFC 3680 section 5.1).
class RegSubscriptions final {
 public:
  struct Settings {
    std::chrono::seconds expires{600};  ///< asked for; the notifier decides
    std::size_t at_once = 100;          ///< SUBSCRIBEs under way
    bool operator==(const Settings&) const = default;
  };
  /// One SUBSCRIBE.
  struct Subscribe {
    std::string user;
    std::string call_id;  ///< and our tag
    std::uint32_t cseq = 0;
    std::string to_tag;               ///< empty: the first of its dialog
    std::string target;               ///< Request-URI; empty: the address of record
    std::vector<std::string> routes;  ///< values of its Route headers
    std::chrono::seconds expires{0};
  };
  struct Answer {
    int status = 0;      ///< 0 = none
    std::string reason;  ///< also where there is none
    std::string to_tag;
    std::string target;               ///< URI of its Contact
    std::vector<std::string> routes;  ///< values of Record-Route, as a client takes them
    std::optional<std::uint32_t> expires;
    std::optional<std::uint32_t> min_expires;
    std::optional<std::uint32_t> retry_after;
  };
  /// One NOTIFY, of a sender that is believed.
  struct Notify {
    std::string call_id;
    std::string our_tag;
    std::string their_tag;
    std::uint32_t cseq = 0;
    std::string event;
    std::string state;   ///< Subscription-State: "active", "pending", "terminated"
    std::string reason;  ///< of "terminated"
    std::optional<std::uint32_t> expires;
    std::optional<std::uint32_t> retry_after;
    std::string target;  ///< URI of its Contact
    std::vector<std::string> routes;
    std::string content_type;  ///< in small letters, without parameters
    std::string body;
  };
  using Registrations = std::vector<language::RegInfoRegistration>;
  /// What is done for it, and told of it.
  struct Callbacks {
    /// Sends it; `done` is called once, later, within a limit.
    std::function<void(const Subscribe& subscribe, std::function<void(Answer)> done)> subscribe;
    /// All that is known of the user now. Contacts that have ended are in it once.
    std::function<void(const std::string& user, const Registrations& registrations)> told;
    /// For the administrator; not more than a line in ten seconds.
    std::function<void(const std::string& what)> warn;
  };

  RegSubscriptions(runtime::Clock& clock, Settings settings, Callbacks callbacks);
  ~RegSubscriptions();
  RegSubscriptions(const RegSubscriptions&) = delete;
  RegSubscriptions& operator=(const RegSubscriptions&) = delete;

  /// The users that are wanted from now on: subscriptions to others are ended.
  void use(const std::vector<std::string>& users);

  /// The status to answer with: 200; 481 outside of our dialogs; 500 out of order; 489 for another event; 415 and 400
  /// for a body that is not understood.
  [[nodiscard]] int notified(const Notify& notify);

  /// Tells the administrator, together with what it warns of by itself.
  void warn(const std::string& what);

 private:
  using TimePoint = runtime::Clock::TimePoint;
  struct State {
    std::string user;
    std::string call_id;  ///< empty: no dialog
    std::string to_tag;
    std::string target;
    std::vector<std::string> routes;
    std::uint32_t cseq = 0;
    std::optional<std::uint32_t> notified;  ///< CSeq of the latest NOTIFY
    bool under_way = false;                 ///< a SUBSCRIBE is
    bool heard = false;                     ///< a NOTIFY came since the latest SUBSCRIBE
    bool known = false;                     ///< the dialog is, to the other side
    bool queued = false;                    ///< for what is next
    TimePoint next{};                       ///< when that is due
    TimePoint refresh{};                    ///< when the subscription has to be refreshed
    TimePoint subscribed{};                 ///< when the latest SUBSCRIBE was sent
    std::uint64_t number = 0;               ///< no other had or will have it
    std::chrono::seconds expires{0};        ///< that is asked for
    unsigned failures = 0;                  ///< since the latest NOTIFY
    std::optional<std::uint32_t> version;
    std::map<std::string, language::RegInfoRegistration> registrations;  ///< by id
  };

  /// What is next is due then; while a SUBSCRIBE is under way, not before its answer.
  void schedule(State& state, TimePoint at);
  /// With a new dialog at once: the notifier has forgotten the old one.
  void start_again(State& state);
  void run();
  void subscribe(State& state);
  void answered(const std::string& user, std::uint64_t number, const Answer& answer);
  void accepted(State& state, const Answer& answer);
  void forget_dialog(State& state);
  /// The dialog is over; a new one is made after a pause that grows.
  void failed(State& state, const std::string& why, std::optional<std::uint32_t> retry_after = std::nullopt);
  void terminated(State& state, const Notify& notify);
  void leave(State& state);
  /// False when full state is wanted.
  [[nodiscard]] static bool take(State& state, const language::RegInfo& info);
  void tell(State& state);
  [[nodiscard]] TimePoint refresh_time(const State& state, std::uint32_t seconds) const;

  runtime::Clock& clock_;
  Settings settings_;
  Callbacks callbacks_;
  std::unordered_map<std::string, State> states_;         ///< by user
  std::unordered_map<std::string, std::string> dialogs_;  ///< user by Call-ID
  std::set<std::pair<TimePoint, std::string>> queue_;     ///< who is next, and when
  std::uint64_t last_number_ = 0;
  std::size_t under_way_ = 0;
  runtime::Clock::TimerId timer_ = 0;
  std::optional<TimePoint> warned_;
  std::size_t not_told_ = 0;  ///< since
  runtime::Lifetime lifetime_;
};

}  // namespace snom::sip
