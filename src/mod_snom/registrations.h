#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mod_snom/sofia_answers.h"
#include "registration/directory.h"

namespace snom::freeswitch {

/// Who is registered with mod_sofia: told by its events, asked for when not told yet. mod_sofia writes its table up to
/// a second after it told, so what was told lately counts more than what the table says.
///
/// Not everybody who goes is told of: without multiple registrations a contact replaces the others of its user, one
/// that logs off takes them with it, and with a TCP connection its contact goes. Only the table knows then: it is asked
/// when look_at() is called after such an event, and for a user who is asked for when the last look is a minute old.
/// Control's thread.
class Registrations final : public registration::Directory {
 public:
  using Clock = std::chrono::steady_clock;
  /// Runs `sofia <arguments>`; what it wrote.
  using AskSofia = std::function<std::string(const std::string& arguments)>;
  using Now = std::function<Clock::time_point()>;

  /// mod_sofia writes its table in batches; after this long it has what it told.
  static constexpr std::chrono::seconds table_lag{2};

  Registrations(AskSofia ask, Now now) : ask_(std::move(ask)), now_(std::move(now)) {}

  /// Reads the whole table, as after loading.
  void read_all();

  /// sofia::register and sofia::reregister. True: others may have gone with that, which
  /// look_at() finds out table_lag later.
  bool registered(registration::RegistrationPointer registration, std::string presence_hosts);
  /// sofia::unregister and sofia::expire. With an empty contact: all that have this Call-ID.
  /// Those that are gone, as they were kept.
  std::vector<registration::RegistrationPointer> unregistered(const registration::Registration& registration);
  /// Asks the table which contacts this user has, if that is due.
  void look_at(const std::string& profile, const std::string& user);
  /// Those that the table was found not to have any more since the last call, and that have not come back; as they
  /// were kept.
  [[nodiscard]] std::vector<registration::RegistrationPointer> take_dropped() { return std::exchange(dropped_, {}); }

  [[nodiscard]] tl::expected<std::vector<registration::RegistrationPointer>, std::string> find(
      const Query& query) const override;
  /// What the query spells out: who has an account and is not registered is known to FreeSWITCH's directory alone.
  [[nodiscard]] std::optional<std::string> account(const Query& query) const override;
  [[nodiscard]] std::vector<registration::RegistrationPointer> all() const override;

  /// Domains that somebody is registered in.
  [[nodiscard]] std::vector<std::string> domains() const;
  /// Names of the profiles that run, and what else they answer to.
  [[nodiscard]] std::vector<std::string> profile_names() const;
  /// How often mod_sofia's table was asked for a user.
  [[nodiscard]] std::uint64_t questions() const { return questions_; }

 private:
  struct Record {
    registration::RegistrationPointer registration;
    std::string presence_hosts;
    std::optional<Clock::time_point> told;  ///< by an event
    bool in_table = true;                   ///< mod_sofia's table has been seen to have it
  };
  struct Gone {
    std::string contact;
    Clock::time_point told;
  };
  struct User {
    std::vector<Record> records;
    std::vector<Gone> gone;
    std::optional<Clock::time_point> ask_after;  ///< the table is to be asked again then
    Clock::time_point looked{};                  ///< at the table, or told the first contact
  };
  using Key = std::pair<std::string, std::string>;  ///< profile, user

  void refresh_profiles() const;
  User& up_to_date(const std::string& profile, const std::string& name) const;
  /// Those who are registered, as far as is known.
  [[nodiscard]] std::vector<std::string> users_of(const std::string& profile) const;
  void merge(const std::string& profile, User& user, std::vector<registration::Registration> table) const;
  [[nodiscard]] bool in_table(const Record& record) const;
  static bool answers_to(const Record& record, const std::string& domain);

  AskSofia ask_;
  Now now_;
  // What is asked for on the way to an answer is kept: find() is const to its callers.
  mutable std::map<Key, User> users_;
  mutable ProfileNames profiles_;
  mutable std::map<std::string, std::string> presence_hosts_;  ///< by profile
  mutable std::optional<Clock::time_point> profiles_read_;
  mutable std::uint64_t questions_ = 0;
  mutable std::vector<registration::RegistrationPointer> dropped_;
};

}  // namespace snom::freeswitch
