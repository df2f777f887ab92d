#include "asterisk/phone_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "language/refused.h"
#include "language/text.h"

namespace snom::asterisk {

using registration::means_any;
using registration::Registration;
using registration::RegistrationPointer;
using std::chrono::milliseconds;

PhoneSource::PhoneSource(Options options, Ami& ami, runtime::Executor& control, runtime::Clock& clock,
                         registration::Watcher& watcher)
    : options_(std::move(options)), ami_(ami), control_(control), clock_(clock), watcher_(watcher) {}

void PhoneSource::connected() {
  connected_ = true;
  ++connection_;
  all_anew_ = true;
  listing_ = false;
  not_before_ = {};
  list_endpoints();
  list_in(milliseconds(0));
}

void PhoneSource::disconnected() { connected_ = false; }

void PhoneSource::stop() {
  connected_ = false;
  if (timer_) clock_.cancel(*timer_);
  timer_.reset();
  answer_who_waits_for_a_list();
  for (auto& [answered, done] : std::exchange(waiting_for_looks_, {})) control_.post(std::move(done));
}

void PhoneSource::answer_who_waits_for_a_list() {
  for (auto& done : std::exchange(waiting_, {})) control_.post(std::move(done));
}

/// What was not found may be on the list.
void PhoneSource::answer_who_waits_for_looks() {
  while (!waiting_for_looks_.empty() && waiting_for_looks_.front().first <= looks_answered_) {
    auto done = std::move(waiting_for_looks_.front().second);
    waiting_for_looks_.pop_front();
    if (is_list_due()) {
      waiting_.push_back(std::move(done));
    } else {
      control_.post(std::move(done));
    }
  }
}

void PhoneSource::event(const AmiMessage& message) {
  const auto name = message.get("Event");
  if (name == "ContactStatus" && !look(message)) list_in(options_.event_delay);
  if (name == "SuccessfulAuth" && message.get("Service") == "PJSIP") list_in(options_.auth_delay);
}

void PhoneSource::list_in(milliseconds delay) {
  if (!connected_) return;
  if (listing_) {
    again_ = true;
    return;
  }
  const auto at = std::max(clock_.now() + delay, not_before_);
  if (timer_ && due_ <= at) return;
  if (timer_) clock_.cancel(*timer_);
  due_ = at;
  timer_ = clock_.after(std::chrono::ceil<milliseconds>(at - clock_.now()), lifetime_.guard([this] {
    timer_.reset();
    list();
  }));
}

void PhoneSource::list() {
  if (!connected_ || listing_) return;
  listing_ = true;
  again_ = false;
  if (clock_.now() >= endpoints_due_) list_endpoints();
  ami_.ask("PJSIPShowContacts", {}, options_.list_limit,
           lifetime_.guard([this, asked = clock_.now(), connection = connection_](const Ami::Answer& answer) {
             if (connection == connection_) listed(answer, asked);
           }));
}

void PhoneSource::listed(const Ami::Answer& answer, runtime::Clock::TimePoint asked) {
  listing_ = false;
  const auto took = std::chrono::ceil<milliseconds>(clock_.now() - asked);
  not_before_ = clock_.now() + took * options_.pause_factor;
  const bool none = !answer.ok && answer.message.starts_with("No Contacts found");
  if (answer.ok || none) {
    ++counters_.lists;
    counters_.last_list = took;
    complaint_.clear();
    std::vector<ListedContact> contacts;
    contacts.reserve(answer.items.size());
    for (const AmiMessage& item : answer.items) {
      if (auto contact = read_contact(item)) contacts.push_back(std::move(*contact));
    }
    learn(std::move(contacts), asked);
  } else if (connected_ && std::exchange(complaint_, answer.message) != answer.message) {
    say(fmt::format("Asterisk does not list its contacts (read and write = system are needed): {}", answer.message));
  }
  if (connected_ && when_listed_) when_listed_();
  const bool waited_for = again_;
  answer_who_waits_for_a_list();
  list_in(waited_for ? options_.event_delay : options_.list_every);
}

void PhoneSource::learn(std::vector<ListedContact> contacts, runtime::Clock::TimePoint asked) {
  const bool all_anew = std::exchange(all_anew_, false);
  std::set<std::pair<std::string_view, std::string_view>> there;
  for (const auto& contact : contacts) there.emplace(contact.aor, contact.uri);
  std::vector<RegistrationPointer> gone;
  for (auto user = users_.begin(); user != users_.end();) {
    for (auto entry = user->second.begin(); entry != user->second.end();) {
      if (there.contains({user->first, entry->first}) || entry->second.looked_at > asked) {
        ++entry;
        continue;
      }
      gone.push_back(entry->second.registration);
      entry = user->second.erase(entry);
    }
    user = user->second.empty() ? users_.erase(user) : std::next(user);
  }

  for (auto& contact : contacts) {
    const auto [found, is_new] = users_[contact.aor].try_emplace(contact.uri);
    Entry& entry = found->second;
    if (entry.looked_at > asked) continue;
    const bool came_back = contact.reachable && !entry.listed.reachable;
    const bool again = options_.resend_at_refresh && contact.expires != entry.listed.expires;
    const bool renewed = all_anew || came_back || again || contact.call_id != entry.listed.call_id;
    if (is_new || renewed) {
      entry.change = Entry::Change::registered;
    } else if (contact != entry.listed) {
      entry.change = Entry::Change::refreshed;
    }
    if (!is_new && renewed) ++entry.life;
    entry.listed = std::move(contact);
  }

  std::vector<Entry*> entries;
  users_of_endpoint_.clear();
  for (auto& [user, its] : users_) {
    for (auto& [uri, entry] : its) {
      entries.push_back(&entry);
      users_of_endpoint_[entry.listed.endpoint].insert(user);
    }
  }
  tell(entries, gone);
}

bool PhoneSource::look(const AmiMessage& status) {
  const auto aor = status.get("AOR");
  const auto uri = status.get("URI");
  const auto now = status.get("ContactStatus");
  if (!connected_ || now == "Removed" || now == "Unreachable") return false;
  if (const Entry* entry = known(aor, uri)) return now == "Reachable" && entry->listed.reachable;
  auto key = key_of_contact(aor, uri);
  if (!key || looks_asked_ - looks_answered_ >= options_.most_looks) return false;
  ++looks_asked_;
  ami_.ask("DBGet", {{"Family", std::string(family_of_contacts)}, {"Key", std::move(*key)}}, options_.list_limit,
           lifetime_.guard([this](const Ami::Answer& answer) { looked(answer); }));
  return true;
}

void PhoneSource::looked(const Ami::Answer& answer) {
  ++looks_answered_;
  auto contact = answer.ok && answer.items.size() == 1 ? read_stored_contact(answer.items.front()) : std::nullopt;
  const Entry* entry = contact ? known(contact->aor, contact->uri) : nullptr;
  if (contact && entry == nullptr) {
    add(std::move(*contact));
  } else if (!contact || *contact != entry->listed) {
    list_in(options_.event_delay);
  }
  answer_who_waits_for_looks();
}

void PhoneSource::add(ListedContact contact) {
  ++counters_.looks;
  Entry& added = users_[contact.aor][contact.uri];
  added.looked_at = clock_.now();
  added.change = Entry::Change::registered;
  auto& users = users_of_endpoint_[contact.endpoint];
  users.insert(contact.aor);
  added.listed = std::move(contact);
  std::vector<Entry*> entries;
  for (const auto& user : users) {
    for (auto& [uri, entry] : users_[user]) {
      if (entry.listed.endpoint == added.listed.endpoint) entries.push_back(&entry);
    }
  }
  tell(entries, {});
  if (connected_ && when_listed_) when_listed_();
}

const PhoneSource::Entry* PhoneSource::known(std::string_view aor, std::string_view uri) const {
  const auto user = users_.find(aor);
  if (user == users_.end()) return nullptr;
  const auto entry = user->second.find(uri);
  return entry == user->second.end() ? nullptr : &entry->second;
}

void PhoneSource::tell(const std::vector<Entry*>& entries, const std::vector<RegistrationPointer>& gone) {
  std::map<std::string_view, int> of_endpoint;
  for (const Entry* entry : entries) ++of_endpoint[entry->listed.endpoint];
  std::vector<RegistrationPointer> anew;
  std::vector<RegistrationPointer> refreshed;
  for (Entry* entry : entries) {
    const bool alone = of_endpoint[entry->listed.endpoint] == 1;
    auto change = std::exchange(entry->change, Entry::Change::none);
    if (alone != std::exchange(entry->alone, alone) && change == Entry::Change::none) change = Entry::Change::refreshed;
    if (change == Entry::Change::none) continue;
    entry->registration = make(*entry);
    (change == Entry::Change::registered ? anew : refreshed).push_back(entry->registration);
  }
  // The watcher may ask what is known: all of it is by now.
  for (const auto& registration : gone) watcher_.unregistered(registration, "removed");
  for (const auto& registration : refreshed) watcher_.refreshed(registration);
  for (const auto& registration : anew) watcher_.registered(registration);
}

RegistrationPointer PhoneSource::make(const Entry& entry) const {
  const ListedContact& listed = entry.listed;
  Registration made;
  made.user = listed.aor;
  made.domain = options_.domain;
  made.profile = options_.profile;
  made.contact = listed.uri;
  made.network_host = listed.via_host;
  made.network_port = listed.via_port;
  made.transport = transport_of(listed.uri);
  made.user_agent = listed.user_agent;
  made.call_id = entry.life == 0 ? listed.call_id : fmt::format("{}#{}", listed.call_id, entry.life);
  const auto wall = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count();
  const auto left = std::clamp<std::int64_t>(listed.expires, wall, wall + 7 * 86400) - wall;
  made.expires = clock_.now() + std::chrono::seconds(left);
  made.address = std::make_shared<const AsteriskAddress>(listed.endpoint, listed.reachable, entry.alone);
  // Asterisk lists what the phone wrote into its Via, not where the REGISTER came from.
  made.direct = false;
  return made;
}

void PhoneSource::list_endpoints() {
  endpoints_due_ = runtime::Clock::TimePoint::max();
  ami_.ask("PJSIPShowEndpoints", {}, options_.list_limit,
           lifetime_.guard([this, asked = clock_.now(), connection = connection_](const Ami::Answer& answer) {
             if (connection == connection_) listed_endpoints(answer, asked);
           }));
}

void PhoneSource::listed_endpoints(const Ami::Answer& answer, runtime::Clock::TimePoint asked) {
  const auto now = clock_.now();
  endpoints_due_ = std::max(asked + options_.list_every, now + (now - asked) * options_.pause_factor);
  const bool none = !answer.ok && language::lower_case(answer.message).starts_with("no endpoints found");
  if (!answer.ok && !none) {
    if (connected_ && std::exchange(endpoints_complaint_, answer.message) != answer.message) {
      say(fmt::format("Asterisk does not list its endpoints (read and write = system are needed): {}", answer.message));
    }
    return;
  }
  endpoints_complaint_.clear();
  accounts_.clear();
  for (const AmiMessage& item : answer.items) {
    auto aors = item.get("Aor");
    while (!aors.empty()) {
      const auto end = std::min(aors.find(','), aors.size());
      if (const auto aor = language::trimmed(aors.substr(0, end)); !aor.empty()) accounts_.emplace(aor);
      aors.remove_prefix(std::min(end + 1, aors.size()));
    }
  }
}

bool PhoneSource::is_mine(const Query& query) const {
  return (means_any(query.profile) || query.profile == options_.profile) &&
         (means_any(query.domain) || language::equal_ignoring_case(query.domain, options_.domain));
}

bool PhoneSource::is_list_due() const {
  return connected_ && (listing_ || (timer_ && due_ <= clock_.now() + options_.auth_delay));
}

void PhoneSource::ask_again(const Query& /*query*/, std::function<void()> done) {
  control_.post(lifetime_.guard([this, done = std::move(done)]() mutable {
    if (is_list_due()) {
      waiting_.push_back(std::move(done));
    } else if (looks_asked_ != looks_answered_) {
      waiting_for_looks_.emplace_back(looks_asked_, std::move(done));
    } else {
      done();
    }
  }));
}

tl::expected<std::vector<RegistrationPointer>, std::string> PhoneSource::find(const Query& query) const {
  if (!means_any(query.profile) && query.profile != options_.profile) {
    return tl::unexpected(fmt::format("unknown profile {} (profiles: {})",
                                      language::in_quotes_to_its_blank(query.profile), options_.profile));
  }
  std::vector<RegistrationPointer> found;
  if (!is_mine(query)) return found;
  const auto take = [&found](const Contacts& contacts) {
    for (const auto& [uri, entry] : contacts) found.push_back(entry.registration);
  };
  if (means_any(query.user)) {
    for (const auto& [user, contacts] : users_) take(contacts);
  } else if (const auto user = users_.find(query.user); user != users_.end()) {
    take(user->second);
  }
  return found;
}

std::optional<std::string> PhoneSource::account(const Query& query) const {
  if (!is_mine(query) || means_any(query.user)) return std::nullopt;
  if (!accounts_.contains(query.user) && !users_.contains(query.user)) return std::nullopt;
  return query.user + "@" + options_.domain;
}

std::vector<RegistrationPointer> PhoneSource::all() const { return find({}).value(); }

std::vector<RegistrationPointer> PhoneSource::contacts_of_endpoint(std::string_view endpoint) const {
  std::vector<RegistrationPointer> contacts;
  const auto names = users_of_endpoint_.find(endpoint);
  if (names == users_of_endpoint_.end()) return contacts;
  for (const auto& name : names->second) {
    const auto user = users_.find(name);
    if (user == users_.end()) continue;
    const auto its = std::ranges::find_if(
        user->second, [endpoint](const auto& contact) { return contact.second.listed.endpoint == endpoint; });
    if (its != user->second.end()) contacts.push_back(its->second.registration);
  }
  return contacts;
}

void PhoneSource::say(const std::string& line) const {
  if (options_.log) options_.log(line);
}

}  // namespace snom::asterisk
