#include "sip/reg_subscriptions.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "language/text.h"
#include "sip/token.h"

namespace snom::sip {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds first_pause{1000};
constexpr milliseconds longest_pause{60'000};
/// What a notifier may want us to wait; more is cut.
constexpr std::uint32_t longest_wait_s = 3600;
constexpr std::uint32_t longest_expires_s = 86'400;
/// A NOTIFY comes with each SUBSCRIBE that was accepted (RFC 6665 section 4.1.2.4: timer N).
constexpr seconds notify_limit{32};
constexpr seconds between_warnings{10};
/// Of one user, in partial documents together.
constexpr std::size_t most_contacts = 256;

constexpr int too_brief = 423;
constexpr int no_such_dialog = 481;

/// From 0 to 1, another one for each user and try: who asks at the same time does not do so again.
[[nodiscard]] double spread(const std::string& user, unsigned salt) {
  constexpr std::size_t parts = 1024;
  return static_cast<double>(std::hash<std::string>{}(user + std::to_string(salt)) % parts) / parts;
}

[[nodiscard]] std::size_t contacts_in(const std::map<std::string, language::RegInfoRegistration>& registrations) {
  std::size_t count = 0;
  for (const auto& [id, registration] : registrations) count += registration.contacts.size();
  return count;
}

/// What has changed of one address of record.
void merge(language::RegInfoRegistration& known, const language::RegInfoRegistration& news) {
  known.aor = news.aor;
  for (const auto& contact : news.contacts) {
    const auto same = std::ranges::find(known.contacts, contact.id, &language::RegInfoContact::id);
    if (same == known.contacts.end()) {
      known.contacts.push_back(contact);
    } else {
      *same = contact;
    }
  }
}

}  // namespace

RegSubscriptions::RegSubscriptions(runtime::Clock& clock, Settings settings, Callbacks callbacks)
    : clock_(clock), settings_(settings), callbacks_(std::move(callbacks)) {}

RegSubscriptions::~RegSubscriptions() {
  if (timer_ != 0) clock_.cancel(timer_);
}

void RegSubscriptions::use(const std::vector<std::string>& users) {
  const std::unordered_set<std::string> wanted(users.begin(), users.end());
  for (auto entry = states_.begin(); entry != states_.end();) {
    if (wanted.contains(entry->first)) {
      ++entry;
      continue;
    }
    leave(entry->second);
    entry = states_.erase(entry);
  }
  for (const std::string& user : users) {
    const auto [entry, is_new] = states_.try_emplace(user);
    if (!is_new) continue;
    State& state = entry->second;
    state.user = user;
    state.number = ++last_number_;
    state.expires = settings_.expires;
    schedule(state, clock_.now());
  }
  run();
}

void RegSubscriptions::leave(State& state) {
  if (state.queued) queue_.erase({state.next, state.user});
  if (state.under_way) --under_way_;
  if (state.known) {
    // What comes of it is of no interest any more, nor is the last NOTIFY.
    callbacks_.subscribe(
        {state.user, state.call_id, ++state.cseq, state.to_tag, state.target, state.routes, seconds(0)},
        [](const Answer&) {});
  }
  forget_dialog(state);
}

void RegSubscriptions::schedule(State& state, TimePoint at) {
  if (state.queued) queue_.erase({state.next, state.user});
  state.next = at;
  state.queued = !state.under_way;
  if (state.queued) queue_.emplace(at, state.user);
}

void RegSubscriptions::start_again(State& state) {
  ++state.failures;
  forget_dialog(state);
  schedule(state, std::max(clock_.now(), state.subscribed + first_pause));
}

void RegSubscriptions::run() {
  const auto now = clock_.now();
  while (!queue_.empty() && queue_.begin()->first <= now && under_way_ < settings_.at_once) {
    const std::string user = queue_.begin()->second;
    queue_.erase(queue_.begin());
    State& state = states_.at(user);
    state.queued = false;
    if (state.known && !state.heard && !state.call_id.empty()) {
      failed(state, "no NOTIFY came");
      continue;
    }
    subscribe(state);
  }
  if (timer_ != 0) clock_.cancel(std::exchange(timer_, 0));
  // With all places taken, the next answer goes on.
  if (queue_.empty() || under_way_ >= settings_.at_once) return;
  const auto left = std::max(std::chrono::ceil<milliseconds>(queue_.begin()->first - now), milliseconds(0));
  timer_ = clock_.after(left, [this] {
    timer_ = 0;
    run();
  });
}

void RegSubscriptions::subscribe(State& state) {
  if (state.call_id.empty()) {
    state.call_id = random_token() + random_token();
    dialogs_.emplace(state.call_id, state.user);
  }
  state.heard = false;
  state.under_way = true;
  state.subscribed = clock_.now();
  ++under_way_;
  callbacks_.subscribe(
      {state.user, state.call_id, ++state.cseq, state.to_tag, state.target, state.routes, state.expires},
      lifetime_.guard(
          [this, user = state.user, number = state.number](const Answer& answer) { answered(user, number, answer); }));
}

void RegSubscriptions::answered(const std::string& user, std::uint64_t number, const Answer& answer) {
  const auto found = states_.find(user);
  if (found == states_.end() || found->second.number != number) return;
  State& state = found->second;
  state.under_way = false;
  --under_way_;
  if (state.call_id.empty()) {
    schedule(state, state.next);  // a NOTIFY ended it meanwhile, and said when to try again
  } else if (answer.status >= 200 && answer.status < 300) {
    accepted(state, answer);
  } else if (answer.status == too_brief && answer.min_expires.value_or(0) > state.expires.count() &&
             *answer.min_expires <= longest_expires_s) {
    state.expires = seconds(*answer.min_expires);
    schedule(state, clock_.now());
  } else if (answer.status == no_such_dialog && !state.to_tag.empty() && state.failures == 0) {
    // The notifier has started again, and has forgotten: that is no failure of its.
    start_again(state);
  } else {
    failed(state, answer.status == 0 ? answer.reason : fmt::format("{} {}", answer.status, answer.reason),
           answer.retry_after);
  }
  run();
}

void RegSubscriptions::accepted(State& state, const Answer& answer) {
  // Its first NOTIFY may have been faster, and have made the dialog (RFC 6665 section 4.4.1).
  if (state.to_tag.empty()) {
    state.to_tag = answer.to_tag;
    state.routes = answer.routes;
  }
  if (state.target.empty()) state.target = answer.target;
  const auto granted = answer.expires.value_or(static_cast<std::uint32_t>(state.expires.count()));
  if (granted == 0) return failed(state, "it was granted for no time");
  state.known = true;
  state.refresh = refresh_time(state, granted);
  schedule(state, state.heard ? state.refresh : std::min(state.refresh, clock_.now() + notify_limit));
}

int RegSubscriptions::notified(const Notify& notify) {
  constexpr int ok = 200;
  constexpr int bad_request = 400;
  constexpr int unsupported_type = 415;
  constexpr int bad_event = 489;
  constexpr int server_error = 500;

  const auto dialog = dialogs_.find(notify.call_id);
  if (dialog == dialogs_.end() || notify.our_tag != notify.call_id || notify.their_tag.empty()) return no_such_dialog;
  State& state = states_.at(dialog->second);
  if (!state.to_tag.empty() && state.to_tag != notify.their_tag) return no_such_dialog;
  if (notify.event != language::reginfo_event) return bad_event;
  if (state.notified && notify.cseq <= *state.notified) return server_error;

  int status = ok;
  language::RegInfo info;
  if (!notify.body.empty()) {
    if (notify.content_type != language::reginfo_content_type) return unsupported_type;
    auto parsed = language::parse_reginfo(notify.body);
    if (parsed) {
      info = std::move(*parsed);
    } else {
      status = bad_request;
      warn(fmt::format("a NOTIFY of {} is not understood: {}", language::in_quotes(state.user), parsed.error().text()));
    }
  }
  state.notified = notify.cseq;
  if (state.to_tag.empty()) {
    state.to_tag = notify.their_tag;
    state.routes = notify.routes;
  }
  if (!notify.target.empty()) state.target = notify.target;
  state.known = true;
  state.heard = true;
  const bool whole = notify.body.empty() || status != ok || take(state, info);
  // One without a body says nothing: Kamailio sends one of somebody who has not registered since it started.
  if (!notify.body.empty() && status == ok && whole) tell(state);

  if (notify.state == "terminated") {
    terminated(state, notify);
  } else {
    state.failures = 0;
    if (notify.expires) state.refresh = refresh_time(state, *notify.expires);
    // Full state comes by and by, whatever the notifier counts, and however often it says what is only a part.
    const auto soon = clock_.now() + first_pause;
    if (whole) {
      schedule(state, state.refresh);
    } else {
      schedule(state, state.queued ? std::min(state.next, soon) : soon);
    }
  }
  run();
  return status;
}

void RegSubscriptions::terminated(State& state, const Notify& notify) {
  const bool forgotten = notify.reason == "deactivated" || notify.reason == "timeout";
  if (forgotten && state.failures == 0) return start_again(state);
  failed(state, notify.reason.empty() ? "it was ended" : "it was ended: " + language::printable(notify.reason),
         notify.retry_after);
}

void RegSubscriptions::forget_dialog(State& state) {
  dialogs_.erase(state.call_id);
  state.call_id.clear();
  state.to_tag.clear();
  state.target.clear();
  state.routes.clear();
  state.cseq = 0;
  state.notified.reset();
  state.known = false;
  state.version.reset();
  state.registrations.clear();
}

void RegSubscriptions::failed(State& state, const std::string& why, std::optional<std::uint32_t> retry_after) {
  constexpr unsigned doublings = 6;
  const auto pause = std::min(first_pause * (1U << std::min(state.failures, doublings)), longest_pause);
  auto wait = std::chrono::duration_cast<milliseconds>(pause * (0.75 + spread(state.user, state.failures) / 2));
  if (retry_after) wait = std::max<milliseconds>(wait, seconds(std::min(*retry_after, longest_wait_s)));
  ++state.failures;
  forget_dialog(state);
  warn(fmt::format("registrations of {} are not told: {}; asked again in {} s", language::in_quotes(state.user), why,
                   std::chrono::ceil<seconds>(wait).count()));
  schedule(state, clock_.now() + wait);
}

bool RegSubscriptions::take(State& state, const language::RegInfo& info) {
  if (info.full) {
    state.registrations.clear();
  } else if (!state.version || info.version != *state.version + 1) {
    state.version.reset();
    return false;
  }
  for (const auto& registration : info.registrations) {
    const auto [known, is_new] = state.registrations.try_emplace(registration.id, registration);
    if (!is_new) merge(known->second, registration);
  }
  state.version = info.version;
  if (info.full || contacts_in(state.registrations) <= most_contacts) return true;
  state.registrations.clear();
  state.version.reset();
  return false;
}

void RegSubscriptions::tell(State& state) {
  Registrations all;
  all.reserve(state.registrations.size());
  for (const auto& [id, registration] : state.registrations) all.push_back(registration);
  for (auto& [id, registration] : state.registrations) {
    std::erase_if(registration.contacts, [](const auto& contact) { return !contact.active; });
  }
  callbacks_.told(state.user, all);
}

void RegSubscriptions::warn(const std::string& what) {
  const auto now = clock_.now();
  if (warned_ && now - *warned_ < between_warnings) {
    ++not_told_;
    return;
  }
  warned_ = now;
  const auto more = std::exchange(not_told_, 0);
  callbacks_.warn(more == 0 ? what : fmt::format("{} (and {} more of such before)", what, more));
}

RegSubscriptions::TimePoint RegSubscriptions::refresh_time(const State& state, std::uint32_t granted) const {
  const double share = 0.5 + 0.4 * spread(state.user, 0);
  const auto time = std::chrono::duration_cast<milliseconds>(seconds(std::min(granted, longest_expires_s)) * share);
  // Never so soon that it would be all that is done.
  return clock_.now() + std::max(time, first_pause);
}

}  // namespace snom::sip
