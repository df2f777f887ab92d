#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "asterisk/ami.h"
#include "asterisk/phone_list.h"
#include "registration/source.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::asterisk {

/// Who is registered with an Asterisk, by its lists. Control's thread.
///
/// Events of the manager only cause Asterisk to be asked: any registered phone can forge them, and its answer names
/// more. A contact that is new is asked for by itself, which takes Asterisk little; else, and where it does not keep
/// its contacts in its database, the whole list. Asterisk raises no event when a phone refreshes its registration or
/// registers the same contact under another Call-ID, and goes on listing the old Call-ID: a phone that restarted is
/// then known by a later expiration alone, and looks like one that only refreshed. So keys go to it again with each
/// (`resend_at_refresh`).
class PhoneSource final : public registration::Source {
 public:
  struct Options {
    std::string profile;
    std::string domain;
    bool resend_at_refresh = true;
    std::chrono::milliseconds list_every{60000};
    std::chrono::milliseconds list_limit{30000};  ///< for one list
    std::chrono::milliseconds event_delay{10};    ///< from an event to the list
    std::chrono::milliseconds auth_delay{300};    ///< Asterisk tells of a phone's password before it has registered it
    std::size_t most_looks = 1000;                ///< contacts that are asked for at once; for more, the list
    /// After a list, a multiple of the time that it took, before the next one.
    int pause_factor = 2;
    std::function<void(const std::string&)> log = {};
  };

  PhoneSource(Options options, Ami& ami, runtime::Executor& control, runtime::Clock& clock,
              registration::Watcher& watcher);
  PhoneSource(const PhoneSource&) = delete;
  PhoneSource& operator=(const PhoneSource&) = delete;

  /// The connection is there (again): what happened meanwhile is not known, so all that are registered count as anew.
  void connected();
  /// Those that are known stay: they are likely to be there still.
  void disconnected();
  void event(const AmiMessage& message);
  void stop();

  void ask_again(const Query& query, std::function<void()> done) override;
  [[nodiscard]] tl::expected<std::vector<registration::RegistrationPointer>, std::string> find(
      const Query& query) const override;
  [[nodiscard]] std::optional<std::string> account(const Query& query) const override;
  [[nodiscard]] std::vector<registration::RegistrationPointer> all() const override;

  [[nodiscard]] const std::string& profile() const { return options_.profile; }
  [[nodiscard]] const std::string& domain() const { return options_.domain; }
  /// `told` is called behind each list, and behind each contact that was asked for by itself.
  void tell_when_listed(std::function<void()> told) { when_listed_ = std::move(told); }

  struct Counters {
    std::uint64_t lists = 0;
    std::uint64_t looks = 0;                ///< contacts that were found by themselves
    std::chrono::milliseconds last_list{};  ///< took so long
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// A contact of each user of an endpoint, which has several where it has several addresses of record.
  [[nodiscard]] std::vector<registration::RegistrationPointer> contacts_of_endpoint(std::string_view endpoint) const;

 private:
  struct Entry {
    ListedContact listed;
    bool alone = true;                      ///< its endpoint's only contact
    runtime::Clock::TimePoint looked_at{};  ///< a list that was asked for before that is older
    enum class Change { none, refreshed, registered } change = Change::none;  ///< not told yet
    unsigned life = 0;  ///< one more each time that the phone may have lost its keys
    registration::RegistrationPointer registration;
  };
  using Contacts = std::map<std::string, Entry, std::less<>>;  ///< by URI
  using Users = std::map<std::string, Contacts, std::less<>>;  ///< by address of record's user

  void list_in(std::chrono::milliseconds delay);
  void list();
  void listed(const Ami::Answer& answer, runtime::Clock::TimePoint asked);
  void learn(std::vector<ListedContact> contacts, runtime::Clock::TimePoint asked);
  /// Asks for the contact that an event names; false: that is no way to learn of it.
  [[nodiscard]] bool look(const AmiMessage& status);
  void looked(const Ami::Answer& answer);
  [[nodiscard]] const Entry* known(std::string_view aor, std::string_view uri) const;
  void add(ListedContact contact);
  /// `entries`: all contacts of the endpoints that they are of.
  void tell(const std::vector<Entry*>& entries, const std::vector<registration::RegistrationPointer>& gone);
  [[nodiscard]] bool is_list_due() const;
  void answer_who_waits_for_a_list();
  void answer_who_waits_for_looks();
  /// The accounts there are, which change when Asterisk's configuration does.
  void list_endpoints();
  void listed_endpoints(const Ami::Answer& answer, runtime::Clock::TimePoint asked);
  [[nodiscard]] registration::RegistrationPointer make(const Entry& entry) const;
  [[nodiscard]] bool is_mine(const Query& query) const;
  void say(const std::string& line) const;

  Options options_;
  Ami& ami_;
  runtime::Executor& control_;
  runtime::Clock& clock_;
  registration::Watcher& watcher_;
  Users users_;
  std::map<std::string, std::set<std::string>, std::less<>> users_of_endpoint_;
  std::set<std::string, std::less<>> accounts_;
  bool connected_ = false;
  unsigned connection_ = 0;  ///< how many there were: what an earlier one was asked counts no more
  bool all_anew_ = false;    ///< when the next list comes
  bool listing_ = false;
  std::uint64_t looks_asked_ = 0;
  std::uint64_t looks_answered_ = 0;
  bool again_ = false;  ///< something happened since the list was asked for
  std::optional<runtime::Clock::TimerId> timer_;
  runtime::Clock::TimePoint due_{};  ///< of timer_
  runtime::Clock::TimePoint not_before_{};
  runtime::Clock::TimePoint endpoints_due_{};
  std::string complaint_;
  std::string endpoints_complaint_;
  std::vector<std::function<void()>> waiting_;                                     ///< for a list
  std::deque<std::pair<std::uint64_t, std::function<void()>>> waiting_for_looks_;  ///< until so many were answered
  std::function<void()> when_listed_;
  Counters counters_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
