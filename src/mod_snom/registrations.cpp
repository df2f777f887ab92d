#include "mod_snom/registrations.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "language/text.h"
#include "mod_snom/sofia_address.h"

namespace snom::freeswitch {
namespace {

using registration::means_any;
using std::chrono::seconds;

/// A contact can go without an event: a user's are looked up again when they are wanted after this long.
constexpr seconds contacts_are_fresh{60};
/// Profiles come and go seldom, and asking for their names is cheap, but not for each of thousands of keys a second.
constexpr seconds profiles_are_fresh{1};

/// Fit to be an argument of `sofia xmlstatus`.
bool is_one_word(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f || c == '\''; });
}

/// A URI with parameters (Snom's `line=`) arrives whole only by mod_sofia's own table: given to it from outside, a URI
/// loses them on its way into the request.
bool is_best_sent_by_the_table(const registration::Registration& registration) {
  const auto* address = sofia_address(registration);
  return address != nullptr && address->by == SofiaAddress::By::itself;
}

registration::RegistrationPointer sent_by_the_table(registration::Registration registration) {
  registration.address = std::make_shared<SofiaAddress>(SofiaAddress::By::table, registration.address_of_record());
  return registration;
}

bool same_contact(const registration::Registration& a, const registration::Registration& b) {
  return a.contact == b.contact;
}

}  // namespace

void Registrations::read_all() {
  refresh_profiles();
  std::vector<std::string> own_names;
  for (const auto& [name, profile] : profiles_) {
    if (name == profile) own_names.push_back(name);
  }
  for (const auto& profile : own_names) {
    std::map<std::string, std::vector<registration::Registration>> by_user;
    for (auto& registration :
         parse_registrations(ask_(fmt::format("xmlstatus profile {} reg", profile)), profile, now_())) {
      by_user[registration.user].push_back(std::move(registration));
    }
    for (auto& [user, table] : by_user) merge(profile, users_[{profile, user}], std::move(table));
  }
}

bool Registrations::registered(registration::RegistrationPointer registration, std::string presence_hosts) {
  const auto now = now_();
  auto& user = users_[{registration->profile, registration->user}];
  bool known = false;
  std::erase_if(user.gone, [&](const Gone& gone) { return gone.contact == registration->contact; });
  std::erase_if(dropped_, [&](const registration::RegistrationPointer& dropped) {
    return same_contact(dropped, registration) && dropped->user == registration->user &&
           dropped->profile == registration->profile;
  });
  std::erase_if(user.records, [&](const Record& record) {
    if (!same_contact(record.registration, registration)) return false;
    known = in_table(record);
    return true;
  });
  // Whether this contact replaced others is the profile's business (multiple-registrations): the table knows.
  const bool has_others = !user.records.empty();
  if (has_others) {
    user.ask_after = now + table_lag;
  } else {
    user.looked = now;
  }
  user.records.push_back({std::move(registration), std::move(presence_hosts), now, known});
  return has_others;
}

void Registrations::look_at(const std::string& profile, const std::string& user) {
  const auto found = users_.find({profile, user});
  if (found == users_.end() || !found->second.ask_after || now_() < *found->second.ask_after) return;
  const auto& looked_at = up_to_date(profile, user);
  if (looked_at.records.empty() && looked_at.gone.empty()) users_.erase(found);
}

std::vector<registration::RegistrationPointer> Registrations::unregistered(
    const registration::Registration& registration) {
  std::vector<registration::RegistrationPointer> ended;
  const auto found = users_.find({registration.profile, registration.user});
  if (found == users_.end()) return ended;
  const auto now = now_();
  auto& user = found->second;
  std::erase_if(user.gone, [now](const Gone& gone) { return now - gone.told > table_lag; });
  std::erase_if(user.records, [&](const Record& record) {
    const bool gone = registration.contact.empty() ? record.registration->call_id == registration.call_id
                                                   : same_contact(record.registration, registration);
    if (!gone) return false;
    user.gone.push_back({record.registration->contact, now});
    ended.push_back(record.registration);
    return true;
  });
  if (!user.records.empty()) {
    user.ask_after = now + table_lag;
  } else if (user.gone.empty()) {
    users_.erase(found);
  }
  return ended;
}

void Registrations::refresh_profiles() const {
  const auto now = now_();
  if (profiles_read_ && now - *profiles_read_ < profiles_are_fresh) return;
  profiles_ = parse_profiles(ask_("xmlstatus"));
  profiles_read_ = now;
}

void Registrations::merge(const std::string& profile, User& user, std::vector<registration::Registration> table) const {
  const auto now = now_();
  const auto lately = [now](Clock::time_point told) { return now - told < table_lag; };
  auto hosts = presence_hosts_.find(profile);
  if (hosts == presence_hosts_.end()) {
    hosts = presence_hosts_.emplace(profile, parse_presence_hosts(ask_("xmlstatus profile " + profile))).first;
  }
  std::vector<Record> records;
  for (auto& registration : table) {
    const auto gone = [&](const Gone& g) { return g.contact == registration.contact && lately(g.told); };
    if (std::any_of(user.gone.begin(), user.gone.end(), gone)) continue;
    const auto told = std::find_if(user.records.begin(), user.records.end(), [&](const Record& r) {
      return same_contact(r.registration, registration) && r.told && lately(*r.told);
    });
    if (told != user.records.end()) {
      told->in_table = true;
      continue;
    }
    records.push_back({std::move(registration), hosts->second, std::nullopt, true});
  }
  for (auto& record : user.records) {
    if (record.told && lately(*record.told)) {
      records.push_back(std::move(record));
      continue;
    }
    const auto is_left = [&](const Record& left) { return same_contact(left.registration, record.registration); };
    if (std::none_of(records.begin(), records.end(), is_left)) dropped_.push_back(std::move(record.registration));
  }
  user.records = std::move(records);
  user.looked = now;
  std::erase_if(user.gone, [&](const Gone& gone) { return !lately(gone.told); });
  user.ask_after.reset();
}

Registrations::User& Registrations::up_to_date(const std::string& profile, const std::string& name) const {
  const auto now = now_();
  auto& user = users_[{profile, name}];
  const auto ended = [now](const Record& record) { return record.registration->expires <= now; };
  const bool is_new = user.records.size() == 1 && is_best_sent_by_the_table(user.records.front().registration) &&
                      !in_table(user.records.front());
  const bool ask = user.records.empty() || is_new || (user.ask_after && now >= *user.ask_after) ||
                   now - user.looked >= contacts_are_fresh ||
                   std::any_of(user.records.begin(), user.records.end(), ended);
  if (!ask) return user;
  ++questions_;
  merge(profile, user,
        parse_registrations(ask_(fmt::format("xmlstatus profile {} user {}@", profile, name)), profile, now));
  // mod_sofia takes an ended registration out of its table within a minute; until then it is told as it stands there.
  std::erase_if(user.records, [&](const Record& record) {
    if (!record.told || record.registration->expires > now) return false;
    dropped_.push_back(record.registration);
    return true;
  });
  return user;
}

bool Registrations::in_table(const Record& record) const {
  return record.in_table || !record.told || now_() - *record.told >= table_lag;
}

bool Registrations::answers_to(const Record& record, const std::string& domain) {
  if (means_any(domain) || language::equal_ignoring_case(record.registration->domain, domain)) return true;
  std::string_view hosts = record.presence_hosts;
  while (!hosts.empty()) {
    const auto comma = hosts.find(',');
    auto host = hosts.substr(0, comma);
    while (host.starts_with(' ')) host.remove_prefix(1);
    while (host.ends_with(' ')) host.remove_suffix(1);
    if (language::equal_ignoring_case(host, domain)) return true;
    hosts = comma == std::string_view::npos ? std::string_view{} : hosts.substr(comma + 1);
  }
  return false;
}

tl::expected<std::vector<registration::RegistrationPointer>, std::string> Registrations::find(
    const Query& query) const {
  refresh_profiles();
  std::vector<std::string> profiles;
  for (const auto& [name, profile] : profiles_) {
    if (means_any(query.profile) ? name == profile : name == query.profile) profiles.push_back(profile);
  }
  if (profiles.empty() && !means_any(query.profile)) {
    const auto names = profile_names();
    return tl::unexpected(
        names.empty() ? fmt::format("unknown profile '{}' (no sofia profile is running)", query.profile)
                      : fmt::format("unknown profile '{}' (profiles: {})", query.profile, fmt::join(names, ", ")));
  }
  std::vector<registration::RegistrationPointer> found;
  if (!is_one_word(query.user)) return found;
  for (const auto& profile : profiles) {
    for (const auto& name : means_any(query.user) ? users_of(profile) : std::vector{query.user}) {
      const auto& user = up_to_date(profile, name);
      for (const auto& record : user.records) {
        if (!answers_to(record, query.domain)) continue;
        found.push_back(record.registration);
        // By the table it goes to all contacts of a user, one after the other.
        if (user.records.size() == 1 && is_best_sent_by_the_table(record.registration) && in_table(record)) {
          found.back() = sent_by_the_table(record.registration);
        }
      }
      if (user.records.empty() && user.gone.empty()) users_.erase({profile, name});
    }
  }
  return found;
}

std::vector<std::string> Registrations::users_of(const std::string& profile) const {
  std::vector<std::string> names;
  for (const auto& [key, user] : users_) {
    if (key.first == profile && !user.records.empty()) names.push_back(key.second);
  }
  return names;
}

std::optional<std::string> Registrations::account(const Query& query) const {
  if (means_any(query.user) || means_any(query.domain)) return std::nullopt;
  return query.user + "@" + query.domain;
}

std::vector<registration::RegistrationPointer> Registrations::all() const {
  const auto now = now_();
  std::vector<registration::RegistrationPointer> everybody;
  for (const auto& [key, user] : users_) {
    for (const auto& record : user.records) {
      if (record.registration->expires <= now) continue;
      everybody.push_back(record.registration);
    }
  }
  return everybody;
}

std::vector<std::string> Registrations::domains() const {
  std::set<std::string> domains;
  for (const auto& [key, user] : users_) {
    for (const auto& record : user.records) domains.insert(record.registration->domain);
  }
  return {domains.begin(), domains.end()};
}

std::vector<std::string> Registrations::profile_names() const {
  refresh_profiles();
  std::vector<std::string> names;
  for (const auto& [name, profile] : profiles_) {
    if (name == profile) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace snom::freeswitch
