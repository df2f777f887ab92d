#pragma once

#include <chrono>
#include <cstdint>
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
/// Events of the manager only cause a list to be asked for: any registered phone can forge them, and the list names
/// more. Asterisk raises none when a phone refreshes its registration or registers the same contact under another
/// Call-ID, and goes on listing the old Call-ID: a phone that restarted is then known by a later expiration alone, and
/// looks like one that only refreshed. So keys go to it again with each (`resend_at_refresh`).
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
  /// `told` is called behind each list.
  void tell_when_listed(std::function<void()> told) { when_listed_ = std::move(told); }

  struct Counters {
    std::uint64_t lists = 0;
    std::chrono::milliseconds last_list{};  ///< took so long
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// A contact of an endpoint; nullopt when none is known.
  [[nodiscard]] std::optional<registration::RegistrationPointer> contact_of_endpoint(std::string_view endpoint) const;

 private:
  struct Entry {
    ListedContact listed;
    bool alone = true;
    unsigned life = 0;  ///< one more each time that the phone may have lost its keys
    registration::RegistrationPointer registration;
  };
  using Contacts = std::map<std::string, Entry, std::less<>>;  ///< by URI
  using Users = std::map<std::string, Contacts, std::less<>>;  ///< by address of record's user

  void list_in(std::chrono::milliseconds delay);
  void list();
  void listed(const Ami::Answer& answer, runtime::Clock::TimePoint asked);
  void learn(std::vector<ListedContact> contacts);
  void list_endpoints();
  [[nodiscard]] registration::RegistrationPointer make(const Entry& entry) const;
  [[nodiscard]] bool is_mine(const Query& query) const;
  void say(const std::string& line) const;

  Options options_;
  Ami& ami_;
  runtime::Executor& control_;
  runtime::Clock& clock_;
  registration::Watcher& watcher_;
  Users users_;
  std::map<std::string, std::string, std::less<>> user_of_endpoint_;
  std::set<std::string, std::less<>> accounts_;
  bool connected_ = false;
  bool all_anew_ = false;  ///< when the next list comes
  bool listing_ = false;
  bool again_ = false;  ///< something happened since the list was asked for
  std::optional<runtime::Clock::TimerId> timer_;
  runtime::Clock::TimePoint due_{};  ///< of timer_
  runtime::Clock::TimePoint not_before_{};
  std::string complaint_;
  std::vector<std::function<void()>> waiting_;  ///< for a list
  std::function<void()> when_listed_;
  Counters counters_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
