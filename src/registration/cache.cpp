#include "registration/cache.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "language/text.h"
#include "registration/directory.h"

namespace snom::registration {
namespace {

bool same_contact(const Registration& a, const Registration& b) { return a.contact == b.contact; }

bool answers_to(const Cache::Record& record, const std::string& domain) {
  const auto same = [&domain](std::string_view name) { return language::equal_ignoring_case(name, domain); };
  if (means_any(domain) || same(record.registration->domain)) return true;
  std::string_view names = record.domains;
  while (!names.empty()) {
    const auto comma = names.find(',');
    auto name = names.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (same(name)) return true;
    names = comma == std::string_view::npos ? std::string_view{} : names.substr(comma + 1);
  }
  return false;
}

}  // namespace

bool Cache::registered(RegistrationPointer registration, std::string domains, bool wanted_in_table) {
  const auto now = now_();
  auto& user = users_[{registration->profile, registration->user}];
  bool seen = false;
  std::erase_if(user.gone, [&](const Gone& gone) { return gone.contact == registration->contact; });
  std::erase_if(user.records, [&](const Record& record) {
    if (!same_contact(record.registration, registration)) return false;
    seen = is_in_table(record);
    return true;
  });
  // Whether this contact replaced others is the server's business: its table knows.
  const bool has_others = !user.records.empty();
  if (has_others) {
    user.ask_after = now + limits_.table_lag;
  } else {
    user.looked = now;
  }
  user.records.push_back({std::move(registration), std::move(domains), now, seen, wanted_in_table});
  return has_others;
}

std::vector<RegistrationPointer> Cache::unregistered(const Registration& registration) {
  std::vector<RegistrationPointer> ended;
  const auto found = users_.find({registration.profile, registration.user});
  if (found == users_.end()) return ended;
  const auto now = now_();
  auto& user = found->second;
  std::erase_if(user.gone, [&](const Gone& gone) { return now - gone.told > limits_.table_lag; });
  std::erase_if(user.records, [&](const Record& record) {
    const bool gone = registration.contact.empty() ? record.registration->call_id == registration.call_id
                                                   : same_contact(record.registration, registration);
    if (!gone) return false;
    user.gone.push_back({record.registration->contact, now});
    ended.push_back(record.registration);
    return true;
  });
  if (!user.records.empty()) {
    user.ask_after = now + limits_.table_lag;
  } else if (user.gone.empty()) {
    users_.erase(found);
  }
  return ended;
}

bool Cache::is_in_table(const Record& record) const {
  return record.seen || !record.told || now_() - *record.told >= limits_.table_lag;
}

bool Cache::is_stale(const User& user) const {
  const auto now = now_();
  const auto ended = [now](const Record& record) { return record.registration->expires <= now; };
  if (user.ask_after && now >= *user.ask_after) return true;
  if (user.records.empty()) return false;
  return now - user.looked >= limits_.fresh || std::any_of(user.records.begin(), user.records.end(), ended);
}

bool Cache::is_to_be_looked_at(const std::string& profile, const std::string& user) const {
  const auto found = users_.find({profile, user});
  return found != users_.end() && found->second.ask_after && now_() >= *found->second.ask_after;
}

bool Cache::is_stale(const std::string& profile, const std::string& user) const {
  const auto found = users_.find({profile, user});
  return found != users_.end() && is_stale(found->second);
}

bool Cache::is_worth_asking(const std::string& profile, const std::string& name) const {
  const auto found = users_.find({profile, name});
  if (found == users_.end() || found->second.records.empty()) return true;
  const auto& user = found->second;
  const auto& first = user.records.front();
  return is_stale(user) || (user.records.size() == 1 && first.wanted_in_table && !is_in_table(first));
}

std::vector<RegistrationPointer> Cache::learn(const std::string& profile, const std::string& name,
                                              std::vector<Registration> table, const std::string& domains,
                                              TimePoint asked) {
  const auto lately = [&](TimePoint told) { return asked - told < limits_.table_lag; };
  std::vector<RegistrationPointer> dropped;
  auto& user = users_[{profile, name}];
  std::vector<Record> records;
  for (auto& row : table) {
    const auto gone = [&](const Gone& g) { return g.contact == row.contact && lately(g.told); };
    if (std::any_of(user.gone.begin(), user.gone.end(), gone)) continue;
    const auto told = std::find_if(user.records.begin(), user.records.end(), [&](const Record& record) {
      return same_contact(record.registration, row) && record.told && lately(*record.told);
    });
    if (told != user.records.end()) {
      told->seen = true;
      continue;
    }
    records.push_back({std::move(row), domains, std::nullopt, true, false});
  }
  for (auto& record : user.records) {
    if (record.told && lately(*record.told)) {
      records.push_back(std::move(record));
      continue;
    }
    const auto is_left = [&](const Record& left) { return same_contact(left.registration, record.registration); };
    if (std::none_of(records.begin(), records.end(), is_left)) dropped.push_back(std::move(record.registration));
  }
  // One that ended is taken out of the table some time later; until then it is told as it stands there.
  std::erase_if(records, [&](const Record& record) {
    if (!record.told || record.registration->expires > asked) return false;
    dropped.push_back(record.registration);
    return true;
  });
  user.records = std::move(records);
  user.looked = asked;
  std::erase_if(user.gone, [&](const Gone& gone) { return !lately(gone.told); });
  // What was told after the question wants one of its own.
  if (user.ask_after && *user.ask_after <= asked) user.ask_after.reset();
  if (user.records.empty() && user.gone.empty()) users_.erase({profile, name});
  return dropped;
}

void Cache::visit(const std::string& profile, const std::string& name, const std::string& domain, const Visit& visit) {
  const auto found = users_.find({profile, name});
  if (found == users_.end()) return;
  auto& records = found->second.records;
  for (auto& record : records) {
    if (answers_to(record, domain)) visit(record, records.size() == 1);
  }
}

std::vector<std::string> Cache::users_of(const std::string& profile) const {
  std::vector<std::string> names;
  for (auto user = users_.lower_bound({profile, {}}); user != users_.end() && user->first.first == profile; ++user) {
    if (!user->second.records.empty()) names.push_back(user->first.second);
  }
  return names;
}

std::vector<RegistrationPointer> Cache::all() const {
  const auto now = now_();
  std::vector<RegistrationPointer> everybody;
  for (const auto& [key, user] : users_) {
    for (const auto& record : user.records) {
      if (record.registration->expires > now) everybody.push_back(record.registration);
    }
  }
  return everybody;
}

std::vector<std::string> Cache::domains() const {
  std::set<std::string> domains;
  for (const auto& [key, user] : users_) {
    for (const auto& record : user.records) domains.insert(record.registration->domain);
  }
  return {domains.begin(), domains.end()};
}

}  // namespace snom::registration
