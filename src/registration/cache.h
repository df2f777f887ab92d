#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "registration/registration.h"

namespace snom::registration {

/// Who is registered with a server that tells of it by events and has a table that can be asked. The table is written
/// some time after the event, so what was told lately counts more than what the table says; and not everybody who goes
/// is told of, so the table is to be asked again at times. Who asks it is somebody else: this says when, and is told
/// the answer. Pure but for the clock it is given. One thread at a time.
class Cache final {
 public:
  using TimePoint = Registration::TimePoint;
  using Now = std::function<TimePoint()>;

  struct Limits {
    std::chrono::seconds table_lag{2};  ///< after this long the table has what was told
    std::chrono::seconds fresh{60};     ///< what was not looked up for longer is looked up again when it is wanted
  };

  /// One contact of a user.
  struct Record {
    RegistrationPointer registration;
    std::string domains;            ///< other names of its domain: "pbx.example, office.example"
    std::optional<TimePoint> told;  ///< by an event
    bool seen = true;               ///< in the table
    bool wanted_in_table = false;   ///< it can be reached better once the table has it
  };

  Cache(Now now, Limits limits) : now_(std::move(now)), limits_(limits) {}

  /// Told of a registration or a refresh. True: others of its user may have gone with that, which the table knows
  /// table_lag later: is_to_be_looked_at().
  bool registered(RegistrationPointer registration, std::string domains, bool wanted_in_table);
  /// Told of an end; with an empty contact: of all that have this Call-ID. Those that are gone, as they were kept.
  std::vector<RegistrationPointer> unregistered(const Registration& registration);

  /// Whether others of the user may have gone with what was told of him, and the table knows by now.
  [[nodiscard]] bool is_to_be_looked_at(const std::string& profile, const std::string& user) const;
  /// The same, or what is kept of him is old.
  [[nodiscard]] bool is_stale(const std::string& profile, const std::string& user) const;
  /// The same, or nothing is known of him, or a contact of his is wanted in the table and was not seen there.
  [[nodiscard]] bool is_worth_asking(const std::string& profile, const std::string& user) const;
  /// The table's answer to a question of `asked`. Those that have gone, as they were kept.
  std::vector<RegistrationPointer> learn(const std::string& profile, const std::string& user,
                                         std::vector<Registration> table, const std::string& domains, TimePoint asked);

  /// Contacts of the user in that domain, in the order they came; nullptr if there is none. `domain`: empty or "*"
  /// means any. `visit` may exchange the registration for another one of the same contact.
  using Visit = std::function<void(Record& record, bool alone)>;
  void visit(const std::string& profile, const std::string& user, const std::string& domain, const Visit& visit);
  [[nodiscard]] bool is_in_table(const Record& record) const;

  [[nodiscard]] std::vector<std::string> users_of(const std::string& profile) const;
  /// Everybody whose time is not over.
  [[nodiscard]] std::vector<RegistrationPointer> all() const;
  /// Domains that somebody is registered in.
  [[nodiscard]] std::vector<std::string> domains() const;

 private:
  struct Gone {
    std::string contact;
    TimePoint told;
  };
  struct User {
    std::vector<Record> records;
    std::vector<Gone> gone;
    std::optional<TimePoint> ask_after;  ///< the table is to be asked again then
    TimePoint looked{};                  ///< at the table, or told the first contact
  };
  using Key = std::pair<std::string, std::string>;  ///< profile, user

  [[nodiscard]] bool is_stale(const User& user) const;

  Now now_;
  Limits limits_;
  std::map<Key, User> users_;  ///< none of whom nothing is known
};

}  // namespace snom::registration
