#include "asterisk/phone_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "language/refused.h"

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
  all_anew_ = true;
  again_ = listing_;
  not_before_ = {};
  list_endpoints();
  if (!listing_) list_in(milliseconds(0));
}

void PhoneSource::disconnected() { connected_ = false; }

void PhoneSource::stop() {
  connected_ = false;
  if (timer_) clock_.cancel(*timer_);
  timer_.reset();
  for (auto& done : std::exchange(waiting_, {})) control_.post(std::move(done));
}

void PhoneSource::event(const AmiMessage& message) {
  const auto name = message.get("Event");
  if (name == "ContactStatus") list_in(options_.event_delay);
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
  ami_.ask("PJSIPShowContacts", {}, options_.list_limit,
           lifetime_.guard([this, asked = clock_.now()](const Ami::Answer& answer) { listed(answer, asked); }));
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
    learn(std::move(contacts));
  } else if (connected_ && std::exchange(complaint_, answer.message) != answer.message) {
    say(fmt::format("Asterisk does not list its contacts (read and write = system are needed): {}", answer.message));
  }
  if (connected_ && when_listed_) when_listed_();
  const bool waited_for = again_;
  for (auto& done : std::exchange(waiting_, {})) control_.post(std::move(done));
  list_in(waited_for ? options_.event_delay : options_.list_every);
}

void PhoneSource::learn(std::vector<ListedContact> contacts) {
  const bool all_anew = std::exchange(all_anew_, false);
  std::map<std::string_view, int> of_endpoint;
  for (const auto& contact : contacts) ++of_endpoint[contact.endpoint];
  std::set<std::pair<std::string_view, std::string_view>> there;
  user_of_endpoint_.clear();
  for (const auto& contact : contacts) {
    there.emplace(contact.aor, contact.uri);
    user_of_endpoint_.emplace(contact.endpoint, contact.aor);
  }

  std::vector<RegistrationPointer> gone;
  for (auto user = users_.begin(); user != users_.end();) {
    for (auto entry = user->second.begin(); entry != user->second.end();) {
      if (there.contains({user->first, entry->first})) {
        ++entry;
        continue;
      }
      gone.push_back(entry->second.registration);
      entry = user->second.erase(entry);
    }
    user = user->second.empty() ? users_.erase(user) : std::next(user);
  }

  std::vector<RegistrationPointer> anew;
  std::vector<RegistrationPointer> refreshed;
  for (const auto& contact : contacts) {
    const bool alone = of_endpoint[contact.endpoint] == 1;
    auto& known = users_[contact.aor];
    const auto found = known.find(contact.uri);
    if (found == known.end()) {
      Entry entry{contact, alone, 0, {}};
      entry.registration = make(entry);
      anew.push_back(known.emplace(contact.uri, std::move(entry)).first->second.registration);
      continue;
    }
    Entry& entry = found->second;
    const bool came_back = contact.reachable && !entry.listed.reachable;
    const bool again = options_.resend_at_refresh && contact.expires != entry.listed.expires;
    const bool renewed = all_anew || came_back || again || contact.call_id != entry.listed.call_id;
    if (!renewed && contact == entry.listed && alone == entry.alone) continue;
    if (renewed) ++entry.life;
    entry.listed = contact;
    entry.alone = alone;
    entry.registration = make(entry);
    (renewed ? anew : refreshed).push_back(entry.registration);
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
  ami_.ask("PJSIPShowEndpoints", {}, options_.list_limit, lifetime_.guard([this](const Ami::Answer& answer) {
    if (!answer.ok) return;
    accounts_.clear();
    for (const AmiMessage& item : answer.items) {
      auto aors = item.get("Aor");
      while (!aors.empty()) {
        const auto end = std::min(aors.find(','), aors.size());
        if (end > 0) accounts_.emplace(aors.substr(0, end));
        aors.remove_prefix(std::min(end + 1, aors.size()));
      }
    }
  }));
}

bool PhoneSource::is_mine(const Query& query) const {
  return (means_any(query.profile) || query.profile == options_.profile) &&
         (means_any(query.domain) || query.domain == options_.domain);
}

void PhoneSource::ask_again(const Query& /*query*/, std::function<void()> done) {
  control_.post(lifetime_.guard([this, done = std::move(done)]() mutable {
    const bool soon = listing_ || (timer_ && due_ <= clock_.now() + options_.auth_delay);
    if (connected_ && soon) {
      waiting_.push_back(std::move(done));
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

std::optional<RegistrationPointer> PhoneSource::contact_of_endpoint(std::string_view endpoint) const {
  const auto name = user_of_endpoint_.find(endpoint);
  if (name == user_of_endpoint_.end()) return std::nullopt;
  const auto user = users_.find(name->second);
  if (user == users_.end()) return std::nullopt;
  for (const auto& [uri, entry] : user->second) {
    if (entry.listed.endpoint == endpoint) return entry.registration;
  }
  return std::nullopt;
}

void PhoneSource::say(const std::string& line) const {
  if (options_.log) options_.log(line);
}

}  // namespace snom::asterisk
