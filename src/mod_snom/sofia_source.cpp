#include "mod_snom/sofia_source.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "language/refused.h"
#include "mod_snom/sofia_address.h"

namespace snom::freeswitch {
namespace {

using registration::means_any;
using registration::Registration;
using registration::RegistrationPointer;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Profiles come and go seldom, and asking for their names is cheap, but not for each of thousands of keys a second.
constexpr seconds profiles_are_fresh{1};

/// Fit to be an argument of `sofia xmlstatus`.
bool is_one_word(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '\''; });
}

/// A URI with parameters (Snom's `line=`) arrives whole only by mod_sofia's own table: given to it from outside, a URI
/// loses them on its way into the request.
bool is_best_sent_by_the_table(const Registration& registration) {
  const auto* address = sofia_address(registration);
  return address != nullptr && address->by != SofiaAddress::By::path;
}

/// The same registration, reached that way.
RegistrationPointer sent_by(Registration registration, SofiaAddress::By way) {
  auto target =
      way == SofiaAddress::By::table ? registration.address_of_record() : path_to_itself(registration.contact);
  registration.address = std::make_shared<SofiaAddress>(way, std::move(target));
  return registration;
}

}  // namespace

void SofiaSource::start() {
  means_.later(milliseconds(0), [this] { read_once(); });
}

void SofiaSource::read_once() {
  const auto is_read = [this] {
    const std::lock_guard lock(mutex_);
    return all_read_;
  };
  if (is_read()) return;
  const std::lock_guard asking(asking_);
  if (!is_read()) read_all();
}

void SofiaSource::read_all() {
  refresh_profiles();
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    names = own_names();
  }
  for (const auto& profile : names) {
    const auto asked = means_.now();
    const auto hosts = presence_hosts(profile);
    std::map<std::string, std::vector<Registration>> by_user;
    const auto answer = means_.ask(fmt::format("xmlstatus profile {} reg", profile));
    for (auto& registration : parse_registrations(answer, profile, asked)) {
      by_user[registration.user].push_back(std::move(registration));
    }
    const std::lock_guard lock(mutex_);
    for (auto& [user, table] : by_user) drop(cache_.learn(profile, user, std::move(table), hosts, asked));
  }
  const std::lock_guard lock(mutex_);
  all_read_ = true;
  means_.post([this, everybody = cache_.all()] {
    for (const auto& registration : everybody) watcher_.registered(registration);
  });
}

bool SofiaSource::registered(RegistrationPointer registration, std::string presence_hosts) {
  Key user{registration->profile, registration->user};
  bool others_may_have_gone = false;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(dropped_, [&](const RegistrationPointer& dropped) {
      return dropped->contact == registration->contact && dropped->user == registration->user &&
             dropped->profile == registration->profile;
    });
    others_may_have_gone =
        cache_.registered(registration, std::move(presence_hosts), is_best_sent_by_the_table(registration));
    means_.post([this, registration = std::move(registration)] { watcher_.registered(registration); });
  }
  if (others_may_have_gone) look_soon(std::move(user));
  return others_may_have_gone;
}

void SofiaSource::unregistered(const Registration& registration) {
  {
    const std::lock_guard lock(mutex_);
    for (auto& gone : cache_.unregistered(registration)) {
      means_.post([this, gone = std::move(gone)] { watcher_.unregistered(gone, "removed"); });
    }
  }
  look_soon({registration.profile, registration.user});
}

void SofiaSource::look_soon(Key user) {
  means_.later(table_lag, [this, user = std::move(user)] {
    const std::lock_guard asking(asking_);
    {
      const std::lock_guard lock(mutex_);
      if (!cache_.is_to_be_looked_at(user.first, user.second)) return;
    }
    ask_for(user);
  });
}

void SofiaSource::ask_later(const Key& user) {
  if (!to_be_asked_.insert(user).second) return;
  means_.later(milliseconds(0), [this, user] {
    const std::lock_guard asking(asking_);
    {
      const std::lock_guard lock(mutex_);
      to_be_asked_.erase(user);
      if (!cache_.is_stale(user.first, user.second)) return;
    }
    ask_for(user);
  });
}

void SofiaSource::refresh_profiles() {
  const auto now = means_.now();
  if (profiles_are_up_to_date()) return;
  auto profiles = parse_profiles(means_.ask("xmlstatus"));
  const std::lock_guard lock(mutex_);
  profiles_ = std::move(profiles);
  profiles_read_ = now;
}

std::string SofiaSource::presence_hosts(const std::string& profile) {
  auto hosts = presence_hosts_.find(profile);
  if (hosts == presence_hosts_.end()) {
    hosts = presence_hosts_.emplace(profile, parse_presence_hosts(means_.ask("xmlstatus profile " + profile))).first;
  }
  return hosts->second;
}

void SofiaSource::ask_for(const Key& user) {
  const auto& [profile, name] = user;
  const auto hosts = presence_hosts(profile);
  const auto asked = means_.now();
  auto table =
      parse_registrations(means_.ask(fmt::format("xmlstatus profile {} user {}@", profile, name)), profile, asked);
  const std::lock_guard lock(mutex_);
  ++questions_;
  drop(cache_.learn(profile, name, std::move(table), hosts, asked));
}

void SofiaSource::drop(std::vector<RegistrationPointer> gone) {
  if (gone.empty()) return;
  dropped_.insert(dropped_.end(), gone.begin(), gone.end());
  // One that comes back before it was told gone has never been away.
  means_.post([this] {
    std::vector<RegistrationPointer> dropped;
    {
      const std::lock_guard lock(mutex_);
      dropped = std::exchange(dropped_, {});
    }
    for (const auto& registration : dropped) watcher_.unregistered(registration, "not in mod_sofia's table any more");
  });
}

void SofiaSource::bring_up_to_date(const std::vector<Query>& queries) {
  const auto knows = [&] {
    const std::lock_guard lock(mutex_);
    return all_read_ && unknown(queries).empty() && knows_profiles_of(queries);
  };
  if (knows()) {
    if (profiles_are_up_to_date()) return;
    // Nobody waits for another's question to learn that all is as before.
    const std::unique_lock asking(asking_, std::try_to_lock);
    if (asking.owns_lock()) refresh_profiles();
    if (!asking.owns_lock() || knows()) return;
  }
  read_once();
  const std::lock_guard asking(asking_);
  refresh_profiles();
  std::vector<Key> users;
  {
    const std::lock_guard lock(mutex_);
    users = unknown(queries);
  }
  for (const auto& user : users) ask_for(user);
}

void SofiaSource::ask_again(const Query& query, Work done) {
  const auto is_known = [&] {
    const std::lock_guard lock(mutex_);
    return all_read_ && unknown({query}).empty() && knows_profiles_of({query});
  };
  if (is_known() && profiles_are_up_to_date()) return means_.post(std::move(done));
  means_.later(milliseconds(0), [this, query, done = std::move(done)]() mutable {
    bring_up_to_date({query});
    means_.post(std::move(done));
  });
}

bool SofiaSource::profiles_are_up_to_date() const {
  const std::lock_guard lock(mutex_);
  return profiles_read_ && means_.now() - *profiles_read_ < profiles_are_fresh;
}

bool SofiaSource::knows_profiles_of(const std::vector<Query>& queries) const {
  return std::all_of(queries.begin(), queries.end(),
                     [this](const Query& query) { return !profiles_of(query).empty(); });
}

std::vector<std::string> SofiaSource::own_names() const {
  std::vector<std::string> names;
  for (const auto& [name, profile] : profiles_) {
    if (name == profile) names.push_back(name);
  }
  return names;
}

std::vector<std::string> SofiaSource::profiles_of(const Query& query) const {
  if (means_any(query.profile)) return own_names();
  std::vector<std::string> profiles;
  for (const auto& [name, profile] : profiles_) {
    if (name == query.profile) profiles.push_back(profile);
  }
  return profiles;
}

std::vector<SofiaSource::Key> SofiaSource::unknown(const std::vector<Query>& queries) const {
  std::vector<Key> users;
  for (const auto& query : queries) {
    if (!is_one_word(query.user)) continue;
    for (const auto& profile : profiles_of(query)) {
      for (const auto& name : means_any(query.user) ? cache_.users_of(profile) : std::vector{query.user}) {
        if (cache_.is_worth_asking(profile, name)) users.emplace_back(profile, name);
      }
    }
  }
  return users;
}

tl::expected<std::vector<RegistrationPointer>, std::string> SofiaSource::find(const Query& query) const {
  const std::lock_guard lock(mutex_);
  const auto profiles = profiles_of(query);
  if (profiles.empty() && !means_any(query.profile)) {
    auto names = own_names();
    std::sort(names.begin(), names.end());
    return tl::unexpected(names.empty()
                              ? fmt::format("unknown profile {} (no sofia profile is running)",
                                            language::in_quotes_to_its_blank(query.profile))
                              : fmt::format("unknown profile {} (profiles: {})",
                                            language::in_quotes_to_its_blank(query.profile), fmt::join(names, ", ")));
  }
  std::vector<RegistrationPointer> found;
  if (!is_one_word(query.user)) return found;
  for (const auto& profile : profiles) {
    for (const auto& name : means_any(query.user) ? cache_.users_of(profile) : std::vector{query.user}) {
      if (cache_.is_stale(profile, name)) is_old_({profile, name});
      cache_.visit(profile, name, query.domain, [&](registration::Cache::Record& record, bool alone) {
        // By the table it goes to all contacts of a user, one after the other.
        const auto way = alone && cache_.is_in_table(record) ? SofiaAddress::By::table : SofiaAddress::By::itself;
        if (is_best_sent_by_the_table(record.registration) && sofia_address(record.registration)->by != way) {
          record.registration = sent_by(*record.registration, way);
        }
        found.push_back(record.registration);
      });
    }
  }
  return found;
}

std::optional<std::string> SofiaSource::account(const Query& query) const {
  if (means_any(query.user) || means_any(query.domain)) return std::nullopt;
  return query.user + "@" + query.domain;
}

std::vector<RegistrationPointer> SofiaSource::all() const {
  const std::lock_guard lock(mutex_);
  return cache_.all();
}

std::vector<std::string> SofiaSource::domains() const {
  const std::lock_guard lock(mutex_);
  return cache_.domains();
}

std::vector<std::string> SofiaSource::profile_names() {
  bring_up_to_date({});
  const std::lock_guard lock(mutex_);
  auto names = own_names();
  std::sort(names.begin(), names.end());
  return names;
}

std::uint64_t SofiaSource::questions() const {
  const std::lock_guard lock(mutex_);
  return questions_;
}

}  // namespace snom::freeswitch
