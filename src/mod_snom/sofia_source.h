#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mod_snom/sofia_answers.h"
#include "registration/cache.h"
#include "registration/source.h"

namespace snom::freeswitch {

/// Who is registered with mod_sofia: told by its events, asked for when not told yet. mod_sofia writes its table up to
/// a second after it told, so what was told lately counts more than what the table says.
///
/// Not everybody who goes is told of: without multiple registrations a contact replaces the others of its user, one
/// that logs off takes them with it, and with a TCP connection its contact goes. Only the table knows then: it is asked
/// some time after such an event, and for a user who is wanted when the last look is a minute old.
///
/// The directory's answers are what is kept: they ask nobody. Any thread may call; who may not wait for mod_sofia does
/// not call bring_up_to_date().
class SofiaSource final : public registration::Source {
 public:
  using Clock = std::chrono::steady_clock;
  using Work = std::function<void()>;

  struct Means {
    /// Runs `sofia <arguments>`, which may take its time; what it wrote.
    std::function<std::string(const std::string& arguments)> ask;
    std::function<Clock::time_point()> now;
    /// Runs work on control's thread, after this returns.
    std::function<void(Work)> post;
    /// Runs work that asks when `delay` is over, where nobody waits for it; never before this returns.
    std::function<void(std::chrono::milliseconds delay, Work)> later;
  };

  /// mod_sofia writes its table in batches; after this long it has what it told.
  static constexpr std::chrono::seconds table_lag{2};

  /// `watcher` outlives what is posted.
  SofiaSource(Means means, registration::Watcher& watcher)
      : means_(std::move(means)),
        watcher_(watcher),
        cache_(means_.now, {table_lag}),
        is_old_([this](const Key& user) { ask_later(user); }) {}

  /// Has the whole table read, as after loading.
  void start();
  /// The same, here, unless it has been read. It asks.
  void read_once();

  /// sofia::register and sofia::reregister. True: others may have gone with that, which the table is asked for
  /// table_lag later.
  bool registered(registration::RegistrationPointer registration, std::string presence_hosts);
  /// sofia::unregister and sofia::expire. With an empty contact: all that have this Call-ID.
  void unregistered(const registration::Registration& registration);

  /// Asks what there is to ask before these are found. By who is about to find them and has not control's turn.
  void bring_up_to_date(const std::vector<Query>& queries);
  void ask_again(const Query& query, Work done) override;

  [[nodiscard]] tl::expected<std::vector<registration::RegistrationPointer>, std::string> find(
      const Query& query) const override;
  /// What the query spells out: who has an account and is not registered is known to FreeSWITCH's directory alone.
  [[nodiscard]] std::optional<std::string> account(const Query& query) const override;
  [[nodiscard]] std::vector<registration::RegistrationPointer> all() const override;

  /// Domains that somebody is registered in.
  [[nodiscard]] std::vector<std::string> domains() const;
  /// Names of the profiles that run. It asks.
  [[nodiscard]] std::vector<std::string> profile_names();
  /// How often mod_sofia's table was asked for a user.
  [[nodiscard]] std::uint64_t questions() const;

 private:
  using Key = std::pair<std::string, std::string>;  ///< profile, user

  // With asking_, without mutex_.
  void refresh_profiles();
  void read_all();
  void ask_for(const Key& user);
  [[nodiscard]] std::string presence_hosts(const std::string& profile);

  /// Where nobody waits for it, because what is kept of this user is old. With mutex_.
  void ask_later(const Key& user);
  /// After an event that may have taken other contacts of the user along.
  void look_soon(Key user);
  [[nodiscard]] bool profiles_are_up_to_date() const;
  // With mutex_.
  [[nodiscard]] bool knows_profiles_of(const std::vector<Query>& queries) const;
  [[nodiscard]] std::vector<std::string> profiles_of(const Query& query) const;
  [[nodiscard]] std::vector<std::string> own_names() const;
  /// Users whom it is worth to ask for.
  [[nodiscard]] std::vector<Key> unknown(const std::vector<Query>& queries) const;
  void drop(std::vector<registration::RegistrationPointer> gone);

  const Means means_;
  registration::Watcher& watcher_;

  std::mutex asking_;  ///< one question at a time, so that nobody asks what another is asking; taken before mutex_
  std::map<std::string, std::string> presence_hosts_;  ///< by profile; with asking_

  mutable std::mutex mutex_;  ///< for all below; held while nobody is asked
  mutable registration::Cache cache_;
  std::set<Key> to_be_asked_;  ///< by work that is on its way
  /// What find(), which is const to its callers, tells of whom it found.
  const std::function<void(const Key&)> is_old_;
  ProfileNames profiles_;
  std::optional<Clock::time_point> profiles_read_;
  bool all_read_ = false;
  std::vector<registration::RegistrationPointer> dropped_;  ///< and not told yet
  std::uint64_t questions_ = 0;
};

}  // namespace snom::freeswitch
