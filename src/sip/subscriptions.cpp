#include "sip/subscriptions.h"

#include <algorithm>

#include <fmt/format.h>

#include "sip/key_document.h"
#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

using std::chrono::seconds;

constexpr const char* over = "timeout";

/// RFC 6665 section 4.1.3: whatever a subscription is ended by that the phone did not ask for.
constexpr const char* not_allowed = "rejected";
/// What the phone has begun anew. By `deactivated` one that keeps both dialogs would begin the other anew, without end.
constexpr const char* has_another = "noresource";

[[nodiscard]] bool is_same_phone(const PackedSubscription& a, const Subscription& b) {
  if (!a.instance().empty() && !b.instance.empty()) return a.instance() == b.instance;
  return same_uri(a.contact(), b.contact);
}

/// What a phone that wants to be left in peace is known to say, without asking it again.
[[nodiscard]] control::SipOutcome as_it_asked(int status, seconds wait) {
  return {status, "it asked to be left in peace for a while (Retry-After)", false, static_cast<unsigned>(wait.count())};
}

/// The answers of several NOTIFYs, as one: the first that is not 2xx counts.
struct Gathered {
  std::size_t open = 1;  ///< and one for who gathers
  control::SipOutcome outcome{200, "OK"};
  std::shared_ptr<const void> under_way;
  Subscriptions::Done done;

  void add(const control::SipOutcome& one) {
    if (outcome.accepted() && !one.accepted()) outcome = one;
    if (--open > 0) return;
    under_way.reset();
    done(outcome);
  }
};

}  // namespace

std::size_t Subscriptions::dialog_number(std::string_view call_id, std::string_view local_tag) {
  const std::hash<std::string_view> number;
  return number(call_id) * 31 + number(local_tag);
}

void Subscriptions::Entry::show(control::KeyLight other) {
  light = other.light;
  caller = std::move(other.caller);
  label = std::move(other.label);
}

std::string Subscriptions::phone_name(std::string_view profile, std::string_view user) {
  return fmt::format("{}\n{}", profile, user);
}

const std::vector<Subscriptions::Id>& Subscriptions::of_phone(std::string_view profile, std::string_view user) const {
  static const std::vector<Id> none;
  // Each key that is sent asks; as a rule nobody has subscribed.
  if (by_phone_.empty()) return none;
  const auto found = by_phone_.find(phone_name(profile, user));
  return found == by_phone_.end() ? none : found->second;
}

std::optional<Subscriptions::Id> Subscriptions::superseded(const Subscription& by) const {
  for (const Id id : of_phone(by.profile, by.key.user)) {
    const Entry& entry = entries_.at(id);
    const PackedSubscription& other = entry.subscription;
    const bool same_dialog = other.call_id() == by.call_id && other.local_tag() == by.local_tag;
    const bool same_key = other.key() == by.key.key && other.package() == by.package;
    if (entry.goes_on() && (same_dialog || (same_key && is_same_phone(other, by)))) return id;
  }
  return std::nullopt;
}

std::optional<Subscriptions::Refused> Subscriptions::refusal(const Subscription& wanted, seconds lifetime) const {
  const bool is_fetch = lifetime == seconds(0);
  const auto before = is_fetch ? std::nullopt : superseded(wanted);
  const std::size_t gone = before ? 1 : 0;
  const auto& its = of_phone(wanted.profile, wanted.key.user);
  const auto counted = static_cast<std::size_t>(std::ranges::count_if(its, [&](Id id) {
    const Entry& entry = entries_.at(id);
    return is_fetch ? entry.is_fetch : entry.goes_on();
  }));
  if (counted - gone >= (is_fetch ? most_fetches : limits_.per_user)) return Refused::too_many_of_user;
  if (its.size() - gone >= most_of_user()) return Refused::too_many_of_user;
  const auto there = by_address_.find(wanted.source_host);
  const bool same_address = before && entries_.at(*before).subscription.source_host() == wanted.source_host;
  if (there != by_address_.end() && there->second - (same_address ? 1 : 0) >= limits_.per_address)
    return Refused::too_many_of_address;
  if (entries_.size() - gone >= limits_.all) return Refused::full;
  return std::nullopt;
}

void Subscriptions::supersede(Id id, const Subscription& made, const Entry& by) {
  Entry& old = entries_.at(id);
  const control::SipOutcome outcome{0, "it subscribed anew"};
  // Some phones know a dialog by their own half of it alone: its end would be that of the new one to them.
  const bool is_same_to_phone =
      old.subscription.call_id() == made.call_id &&
      (old.subscription.remote_tag() == made.remote_tag || old.subscription.local_tag() == made.local_tag);
  // What waits for its answer takes room; those that begin come first.
  const bool is_room = entries_.size() < limits_.all && of_phone(made.profile, made.key.user).size() < most_of_user() &&
                       by_address_.at(std::string(old.subscription.source_host())) < limits_.per_address;
  if (is_same_to_phone || !is_room || old.silent != TimePoint()) return erase(id, outcome);
  tell_waiting(old, old.demand, outcome);
  old.ending = has_another;
  old.light = by.light;
  old.caller = by.caller;
  old.label = by.label;
  if (by.list != nullptr) old.list = std::make_unique<List>(*by.list);
  demand(id);
}

bool Subscriptions::List::has_news() const {
  return is_full_due || std::ranges::any_of(members, [](const auto& one) {
           return one.second.told == Member::Told::no && !one.second.is_too_long;
         });
}

bool Subscriptions::List::takes(std::string_view key) const {
  if (members.size() < most_members || members.contains(key)) return true;
  return std::ranges::any_of(members, [](const auto& one) { return one.second.light.is_cleared; });
}

void Subscriptions::List::settle(bool taken) {
  for (auto& [key, member] : members) {
    if (member.told == Member::Told::under_way) member.told = taken ? Member::Told::yes : Member::Told::no;
  }
  std::erase_if(members,
                [](const auto& one) { return one.second.light.is_cleared && one.second.told == Member::Told::yes; });
  // What was lost may have been a part of the whole: the subscriber cannot know what it missed (RFC 4662 section 5.2).
  if (!taken) is_full_due = true;
}

bool Subscriptions::List::settle_for_less() {
  const auto told =
      std::ranges::find_if(members, [](const auto& one) { return one.second.told == Member::Told::under_way; });
  const bool is_alone = latest == 1 && told != members.end();
  if (is_alone) told->second.is_too_long = true;
  if (latest > 1) room /= 2;
  settle(false);
  return is_alone || latest > 1;
}

void Subscriptions::set_members(Entry& entry, std::vector<control::KeyLight> members) {
  if (entry.list == nullptr) entry.list = std::make_unique<List>();
  entry.list->members.clear();
  entry.list->is_full_due = true;
  entry.list->room = bytes_at_once_by_udp;
  for (control::KeyLight& light : members) {
    if (entry.list->members.size() == most_members) break;
    const std::string key = light.key;
    entry.list->members.insert_or_assign(key, Member{shown(entry.subscription, std::move(light))});
  }
}

void Subscriptions::begin(const Subscription& made, seconds lifetime, control::KeyLight light) {
  Entry entry(made);
  entry.show(shown(entry.subscription, std::move(light)));
  begin(std::move(entry), made, lifetime);
}

void Subscriptions::begin(const Subscription& made, seconds lifetime, std::vector<control::KeyLight> members) {
  Entry entry(made);
  set_members(entry, std::move(members));
  begin(std::move(entry), made, lifetime);
}

void Subscriptions::begin(Entry entry, const Subscription& made, seconds lifetime) {
  entry.is_fetch = lifetime == seconds(0);
  if (entry.is_fetch) {
    entry.ending = over;
  } else if (const auto before = superseded(made)) {
    supersede(*before, made, entry);
  }
  entry.expires = clock_.now() + lifetime;
  const Id id = ++last_id_;
  add(id, std::move(entry));
  send(id);
}

void Subscriptions::add(Id id, Entry entry) {
  const PackedSubscription& made = entry.subscription;
  by_dialog_.emplace(dialog_number(made.call_id(), made.local_tag()), id);
  by_phone_[phone_name(made.profile(), made.user())].push_back(id);
  ++by_address_[std::string(made.source_host())];
  schedule(id, entries_.emplace(id, std::move(entry)).first->second);
}

std::optional<Subscriptions::Id> Subscriptions::id_of(std::string_view call_id, std::string_view local_tag,
                                                      std::string_view remote_tag) const {
  const auto [first, last] = by_dialog_.equal_range(dialog_number(call_id, local_tag));
  const auto found = std::find_if(first, last, [&](const auto& one) {
    const Entry& entry = entries_.at(one.second);
    const PackedSubscription& its = entry.subscription;
    return its.call_id() == call_id && its.local_tag() == local_tag && its.remote_tag() == remote_tag &&
           entry.goes_on();
  });
  return found == last ? std::nullopt : std::optional(found->second);
}

std::optional<Subscription> Subscriptions::find(std::string_view call_id, std::string_view local_tag,
                                                std::string_view remote_tag) const {
  const auto id = id_of(call_id, local_tag, remote_tag);
  return id ? std::optional(entries_.at(*id).subscription.unpack()) : std::nullopt;
}

seconds Subscriptions::left(const Subscription& of) const {
  const auto id = id_of(of.call_id, of.local_tag, of.remote_tag);
  return id ? left(entries_.at(*id)) : seconds(0);
}

seconds Subscriptions::left(const Entry& entry) const {
  return std::max(std::chrono::ceil<seconds>(entry.expires - clock_.now()), seconds(0));
}

void Subscriptions::refresh(Subscription as_it_is, seconds lifetime, control::KeyLight light) {
  const auto id = take_over(std::move(as_it_is), lifetime);
  if (!id) return;
  Entry& entry = entries_.at(*id);
  entry.show(shown(entry.subscription, std::move(light)));
  demand(*id);
}

void Subscriptions::refresh(Subscription as_it_is, seconds lifetime, std::vector<control::KeyLight> members) {
  const auto id = take_over(std::move(as_it_is), lifetime);
  if (!id) return;
  set_members(entries_.at(*id), std::move(members));
  demand(*id);
}

std::optional<Subscriptions::Id> Subscriptions::take_over(Subscription as_it_is, seconds lifetime) {
  const auto id = id_of(as_it_is.call_id, as_it_is.local_tag, as_it_is.remote_tag);
  if (!id) return std::nullopt;
  Entry& entry = entries_.at(*id);
  if (const std::string host(entry.subscription.source_host()); host != as_it_is.source_host) {
    if (--by_address_[host] == 0) by_address_.erase(host);
    ++by_address_[as_it_is.source_host];
  }
  as_it_is.local_cseq = entry.subscription.local_cseq;
  entry.subscription = PackedSubscription(as_it_is);
  entry.expires = clock_.now() + lifetime;
  if (lifetime == seconds(0)) entry.ending = over;
  entry.silent = {};
  return id;
}

bool Subscriptions::has_any(std::string_view profile, std::string_view user) const {
  const auto& ids = of_phone(profile, user);
  return std::any_of(ids.begin(), ids.end(), [this](Id id) { return entries_.at(id).goes_on(); });
}

bool Subscriptions::has_any(std::string_view profile, std::string_view user, const Belongs& belongs) const {
  const auto& ids = of_phone(profile, user);
  return std::any_of(ids.begin(), ids.end(), [&](Id id) {
    const Entry& entry = entries_.at(id);
    return entry.goes_on() && belongs(entry.subscription.unpack());
  });
}

bool Subscriptions::is_subscribed(std::string_view profile, const control::KeyAddress& key,
                                  const Belongs& belongs) const {
  const auto& ids = of_phone(profile, key.user);
  return std::any_of(ids.begin(), ids.end(), [&](Id id) {
    const Entry& entry = entries_.at(id);
    return entry.goes_on() && is_of(entry, key.key) && belongs(entry.subscription.unpack());
  });
}

bool Subscriptions::shows_all(std::string_view profile, const control::KeyAddress& key, const Belongs& belongs) const {
  return is_subscribed(profile, key, [&](const Subscription& one) { return one.shows_all && belongs(one); });
}

control::KeyLight Subscriptions::shown(const PackedSubscription& to, control::KeyLight light) {
  // What it does not show is no news to it.
  if (!to.shows_all()) light.label.clear();
  return light;
}

Subscriptions::News Subscriptions::take_news(Entry& entry, const control::KeyLight& light) {
  auto its = shown(entry.subscription, light);
  if (entry.list == nullptr) {
    const bool is_newest = entry.sent == entry.demand && entry.shows(its);
    if (is_newest && (entry.answered || entry.under_way)) return entry.answered ? News::told : News::under_way;
    entry.show(std::move(its));
    return News::to_be_told;
  }
  return take_news(*entry.list, std::move(its));
}

Subscriptions::News Subscriptions::take_news(List& list, control::KeyLight light) {
  auto& members = list.members;
  const auto known = members.find(light.key);
  if (known != members.end()) {
    Member& member = known->second;
    // Whether a dark key is wanted is no news to who sees it.
    member.light.is_cleared = light.is_cleared;
    if (member.light == light) {
      const auto told = member.told;
      member.is_too_long = false;  // it is tried once more
      if (told == Member::Told::yes && light.is_cleared) members.erase(known);
      if (told == Member::Told::no) return News::to_be_told;
      return told == Member::Told::yes ? News::told : News::under_way;
    }
  } else if (members.size() == most_members) {
    if (light.is_cleared) return News::told;  // what it does not name is dark
    // In place of one whose end it has not heard of yet: the whole says so, too.
    members.erase(std::ranges::find_if(members, [](const auto& one) { return one.second.light.is_cleared; }));
    list.is_full_due = true;
  }
  const std::string key = light.key;
  members.insert_or_assign(key, Member{std::move(light)});
  return News::to_be_told;
}

bool Subscriptions::is_of(const Entry& entry, std::string_view key) {
  return entry.list == nullptr ? entry.subscription.key() == key : entry.list->takes(key);
}

void Subscriptions::tell(std::string_view profile, const std::string& user,
                         const std::vector<control::KeyLight>& lights, const Belongs& belongs,
                         std::shared_ptr<const void> under_way, Done done) {
  const auto gathered = std::make_shared<Gathered>();
  gathered->under_way = std::move(under_way);
  // Never from inside this call.
  gathered->done = [this, done = std::move(done)](control::SipOutcome outcome) {
    executor_.post([done, outcome = std::move(outcome)] { done(outcome); });
  };
  for (const control::KeyLight& light : lights) {
    std::size_t there = 0;
    for (const Id id : std::vector<Id>(of_phone(profile, user))) {
      const auto found = entries_.find(id);
      if (found == entries_.end()) continue;
      Entry& entry = found->second;
      const bool is_meant = entry.goes_on() && is_of(entry, light.key) && belongs(entry.subscription.unpack());
      if (!is_meant) continue;
      ++there;
      const auto news = take_news(entry, light);
      if (news == News::told) continue;
      ++gathered->open;
      if (news == News::to_be_told) ++entry.demand;
      entry.waiting.push_back(
          {entry.demand, light.key, [gathered](const control::SipOutcome& one) { gathered->add(one); }});
      if (entry.wait != TimePoint() && entry.asked_by != 0) {
        const auto wait = std::chrono::ceil<seconds>(entry.wait - clock_.now());
        tell_waiting(entry, entry.demand, as_it_asked(entry.asked_by, std::max(wait, seconds(1))));
        continue;
      }
      entry.wait = {};
      send(id);
    }
    if (there > 0) continue;
    ++gathered->open;
    gathered->add({0, fmt::format("it has no subscription to key {} any more", light.key)});
  }
  gathered->add({200, "OK"});
}

void Subscriptions::demand(Id id) {
  Entry& entry = entries_.at(id);
  ++entry.demand;
  if (entry.asked_by == 0) entry.wait = {};
  schedule(id, entry);
  send(id);
}

bool Subscriptions::may_send(const Entry& entry) const {
  return lifetime_ && !entry.under_way && entry.wait <= clock_.now();
}

void Subscriptions::send(Id id) {
  Entry& entry = entries_.at(id);
  if (entry.in_turn || !may_send(entry)) return;
  entry.in_turn = true;
  turns_.add([this, id](runtime::PacedQueue::Place place) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return false;
    found->second.in_turn = false;
    if (!may_send(found->second)) return false;
    found->second.place = place;
    transmit(id, found->second);
    return true;
  });
}

void Subscriptions::transmit(Id id, Entry& entry) {
  entry.wait = {};
  entry.asked_by = 0;
  entry.under_way = true;
  entry.answered = false;
  ++entry.subscription.local_cseq;
  const Subscription to = entry.subscription.unpack();
  Notify notify = next_notify(entry, to);
  notify.state = entry.goes_on() ? fmt::format("active;expires={}", left(entry).count())
                                 : fmt::format("terminated;reason={}", entry.ending);
  schedule(id, entry);
  // It may fail at once, and whatever follows from that must not happen in here.
  send_(to, notify, [this, id, alive = lifetime_->guard([this](Id whose, const control::SipOutcome& outcome) {
          answered(whose, outcome);
        })](control::SipOutcome outcome) mutable {
    executor_.post([alive, id, outcome = std::move(outcome)]() mutable { alive(id, outcome); });
  });
}

Subscriptions::Notify Subscriptions::next_notify(Entry& entry, const Subscription& to) {
  Notify notify;
  notify.version = entry.documents++;
  if (entry.list == nullptr) {
    entry.sent = entry.demand;
    notify.light = {std::string(entry.subscription.key()), entry.light, entry.caller, entry.label};
    return notify;
  }
  notify.is_full = std::exchange(entry.list->is_full_due, false) || !entry.goes_on();
  choose_members(entry, to, notify);
  entry.list->latest = notify.members.size() + notify.others.size();
  if (!entry.list->has_news() || !entry.goes_on()) entry.sent = entry.demand;
  return notify;
}

void Subscriptions::choose_members(Entry& entry, const Subscription& to, Notify& notify) {
  const bool over_udp = to.transport == "udp";
  const std::size_t most_of_last = over_udp ? states_in_last_by_udp : most_members;
  const std::size_t most_of_others = over_udp ? states_at_once_by_udp : states_at_once_by_tcp;
  const std::size_t most = entry.goes_on() ? most_of_others : most_of_last;
  // A connection takes a message of any length, but who reads from it may not.
  const bool is_counted = over_udp || entry.list->room < bytes_at_once_by_udp;
  const std::size_t head = is_counted ? bytes_without_members(to) : 0;
  std::size_t left = entry.list->room - std::min(entry.list->room, head);
  const auto takes = [&left](std::size_t bytes, std::size_t kept) {
    if (bytes + kept > left) return false;
    left -= bytes;
    return true;
  };
  // The names of all come first, up to the half.
  std::set<std::string_view> named;
  const std::size_t half = left / 2;
  for (auto& [key, member] : entry.list->members) {
    if (!notify.is_full) break;
    member.told = Member::Told::no;
    if (takes(is_counted ? bytes_of_name(to, key) : 0, half)) named.insert(key);
  }
  for (auto& [key, member] : entry.list->members) {
    const bool has_news = member.told == Member::Told::no && !member.is_too_long;
    const bool is_one_more = has_news && notify.members.size() < most;
    const bool has_room = is_one_more && takes(is_counted ? bytes_of_state(to, member.light) : 0, 0);
    if (has_room || (is_one_more && notify.members.empty())) {
      if (!has_room) left = 0;
      member.told = Member::Told::under_way;
      notify.members.push_back(member.light);
    } else if (named.contains(key)) {
      notify.others.push_back(key);
    }
  }
}

void Subscriptions::answered(Id id, const control::SipOutcome& outcome) {
  constexpr int request_timeout = 408;
  constexpr int no_such_dialog = 481;
  constexpr int message_too_large = 513;
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.under_way = false;
  const bool is_too_long = entry.list != nullptr && outcome.status == message_too_large;
  const bool is_less = is_too_long && entry.list->settle_for_less();
  if (entry.list != nullptr && !is_too_long) entry.list->settle(outcome.accepted());
  turns_.ended(std::exchange(entry.place, 0), outcome.status != 0);
  const bool was_last = !entry.goes_on() && entry.sent == entry.demand;
  if (outcome.accepted()) {
    entry.answered = true;
    entry.silent = {};
    tell_waiting(entry, entry.sent, outcome);
    if (was_last) return erase(id, outcome);
    if (entry.demand > entry.sent) send(id);
    return;
  }
  if (was_last) return erase(id, outcome);
  // It refuses this one alone (RFC 5057).
  if (is_less || (outcome.status == message_too_large && entry.list == nullptr)) return tell_less(id, entry, outcome);
  if (outcome.status == 0 || outcome.status == request_timeout) {
    const auto now = clock_.now();
    if (entry.silent == TimePoint()) entry.silent = now;
    tell_waiting(entry, entry.sent, {0, outcome.reason});
    if (now - entry.silent >= patience) return erase(id, {0, outcome.reason});
    if (entry.demand > entry.sent) return send(id);
    entry.wait = now + retry_silent;
    return schedule(id, entry);
  }
  if (outcome.retry_after > 0 && outcome.status != no_such_dialog) {
    entry.wait = clock_.now() + std::min(seconds(outcome.retry_after), longest_wait);
    entry.asked_by = outcome.status;
    tell_waiting(entry, entry.demand, outcome);
    return schedule(id, entry);
  }
  // Whoever else refuses a NOTIFY has no subscription any more (section 4.2.2). One that forgot it may have it again.
  if (outcome.status == no_such_dialog) return erase(id, {0, "it knows nothing of its subscription any more (481)"});
  erase(id, outcome);
}

void Subscriptions::tell_less(Id id, Entry& entry, const control::SipOutcome& outcome) {
  if (entry.list == nullptr) {
    tell_waiting(entry, entry.sent, outcome);
    return entry.demand > entry.sent ? send(id) : schedule(id, entry);
  }
  const List& list = *entry.list;
  const auto is_too_long = [&list](const Waiter& waiter) {
    const auto member = list.members.find(waiter.key);
    return member != list.members.end() && member->second.is_too_long;
  };
  tell_waiting(entry, is_too_long, outcome);
  entry.sent = 0;  // the others wait on
  demand(id);
}

void Subscriptions::tell_waiting(Entry& entry, std::uint64_t up_to, const control::SipOutcome& outcome) {
  tell_waiting(
      entry, [up_to](const Waiter& waiter) { return waiter.demand <= up_to; }, outcome);
}

void Subscriptions::tell_waiting(Entry& entry, const std::function<bool(const Waiter&)>& are_meant,
                                 const control::SipOutcome& outcome) {
  const auto rest = std::stable_partition(entry.waiting.begin(), entry.waiting.end(), are_meant);
  const std::vector<Waiter> told(std::make_move_iterator(entry.waiting.begin()), std::make_move_iterator(rest));
  entry.waiting.erase(entry.waiting.begin(), rest);
  // What they do about it is posted (Gathered).
  for (const Waiter& waiter : told) waiter.done(outcome);
}

void Subscriptions::schedule(Id id, Entry& entry) {
  due_.erase({entry.due, id});
  entry.due = entry.goes_on() ? entry.expires : clock_.now() + patience;
  if (entry.wait != TimePoint()) entry.due = std::min(entry.due, entry.wait);
  due_.emplace(entry.due, id);
}

void Subscriptions::expire() {
  const auto now = clock_.now();
  while (!due_.empty() && due_.begin()->first <= now) {
    const Id id = due_.begin()->second;
    Entry& entry = entries_.at(id);
    const bool waited = entry.wait != TimePoint() && entry.wait <= now;
    if (waited) {
      entry.wait = {};
      entry.asked_by = 0;
    }
    if (!entry.goes_on() && !waited) {
      erase(id, {0, "its subscription has ended"});
      continue;
    }
    if (entry.goes_on() && entry.expires <= now) {
      entry.ending = over;
      ++entry.demand;
    }
    schedule(id, entry);
    send(id);
  }
}

void Subscriptions::send_away(std::string_view profile, std::string_view user) {
  const std::vector<Id> ending = of_phone(profile, user);
  for (const Id id : ending) {
    Entry& entry = entries_.at(id);
    if (!entry.goes_on()) continue;
    entry.ending = "deactivated";
    demand(id);
  }
}

void Subscriptions::end_users(const std::function<bool(const std::string&, const std::string&)>& stays) {
  std::vector<Id> ending;
  for (const auto& [id, entry] : entries_) {
    const PackedSubscription& of = entry.subscription;
    if (!stays(std::string(of.profile()), std::string(of.user()))) ending.push_back(id);
  }
  for (const Id id : ending) {
    Entry& entry = entries_.at(id);
    if (!entry.goes_on()) continue;
    entry.ending = not_allowed;
    // Nothing more of what is wanted is told.
    entry.show({});
    if (entry.list != nullptr) entry.list->members.clear();
    demand(id);
  }
}

void Subscriptions::stop(const std::string& why) {
  // Here and now, on the loop's thread: what is still posted finds nobody.
  lifetime_.reset();
  while (!entries_.empty()) erase(entries_.begin()->first, {0, why});
}

std::vector<const void*> Subscriptions::connections() const {
  std::vector<const void*> held;
  for (const auto& [id, entry] : entries_) {
    if (entry.subscription.connection() != nullptr) held.push_back(entry.subscription.connection());
  }
  return held;
}

void Subscriptions::erase(Id id, const control::SipOutcome& outcome) {
  const auto found = entries_.find(id);
  Entry entry = std::move(found->second);
  entries_.erase(found);
  due_.erase({entry.due, id});
  const PackedSubscription& gone = entry.subscription;
  const auto [first, last] = by_dialog_.equal_range(dialog_number(gone.call_id(), gone.local_tag()));
  by_dialog_.erase(std::find_if(first, last, [id](const auto& one) { return one.second == id; }));
  const auto phone = by_phone_.find(phone_name(gone.profile(), gone.user()));
  std::erase(phone->second, id);
  if (phone->second.empty()) by_phone_.erase(phone);
  const std::string host(gone.source_host());
  if (--by_address_[host] == 0) by_address_.erase(host);
  tell_waiting(entry, entry.demand, outcome);
  turns_.ended(entry.place, false);
}

}  // namespace snom::sip
