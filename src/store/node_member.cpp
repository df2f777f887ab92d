#include "store/node_member.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/guard.h"
#include "store/postgres_table.h"

namespace snom::store {
namespace {

using std::chrono::milliseconds;

/// Between attempts to reach a server that is away.
constexpr milliseconds pause_between_attempts{250};

PostgresConnection::Deadline in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

}  // namespace

NodeMember::NodeMember(Options options, Tell tell, TellAway tell_away)
    : options_(std::move(options)),
      tell_(std::move(tell)),
      tell_away_(std::move(tell_away)),
      letters_(options_.letters),
      look_pace_(options_.look_pace),
      neighbours_(options_.lease),
      ownership_(options_.lease),
      thread_([this] { runtime::guarded("the thread that keeps this node's lease", [this] { run(); }); }) {}

NodeMember::~NodeMember() {
  ending_ = true;
  wake_.wake();
  thread_.join();
}

std::vector<std::string> NodeMember::found(const nodes::Ownership::Found& found) {
  std::vector<std::string> anew;
  {
    const std::lock_guard lock(mutex_);
    anew = ownership_.found(found);
  }
  if (!found.wished.empty() || !anew.empty()) wake_.wake();
  return anew;
}

bool NodeMember::owns(std::string_view address_of_record) const {
  const std::lock_guard lock(mutex_);
  return ownership_.owns(address_of_record, nodes::BootClock::now());
}

bool NodeMember::holds(std::string_view address_of_record) const {
  const std::lock_guard lock(mutex_);
  return ownership_.holds(address_of_record);
}

std::optional<nodes::Ownership::Ticket> NodeMember::begin(std::string_view address_of_record) {
  const std::lock_guard lock(mutex_);
  return ownership_.begin(address_of_record, nodes::BootClock::now());
}

bool NodeMember::may_repeat(const nodes::Ownership::Ticket& ticket) const {
  const std::lock_guard lock(mutex_);
  return ownership_.may_repeat(ticket, nodes::BootClock::now());
}

void NodeMember::end(const nodes::Ownership::Ticket& ticket) {
  bool is_wished = false;
  {
    const std::lock_guard lock(mutex_);
    ownership_.end(ticket);
    is_wished = ownership_.leaving();
  }
  if (is_wished) wake_.wake();
}

void NodeMember::drain() {
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    waiting_.clear();
    ownership_.drain();
  }
  wake_.wake();
}

std::size_t NodeMember::held() const {
  const std::lock_guard lock(mutex_);
  return ownership_.held();
}

nodes::Epoch NodeMember::epoch() const {
  const std::lock_guard lock(mutex_);
  return ownership_.epoch();
}

bool NodeMember::lease_holds() const {
  const std::lock_guard lock(mutex_);
  return ownership_.lease_holds(nodes::BootClock::now());
}

void NodeMember::claim(std::string address_of_record) {
  {
    const std::lock_guard lock(mutex_);
    if (draining_) return;
    waiting_.insert(std::move(address_of_record));
  }
  wake_.wake();
}

bool NodeMember::send(Letter letter) {
  const auto added = letters_.add(std::move(letter));
  if (added == WaitingLetters::Added::first) wake_.wake();
  return added != WaitingLetters::Added::refused;
}

void NodeMember::set_away(const std::string& why) {
  const bool is_new = away_.empty() != why.empty();
  away_ = why;
  if (is_new && tell_away_) runtime::guarded("telling of the store", [&] { tell_away_(why); });
}

void NodeMember::run() {
  while (!ending_) {
    SqlResult<void> done = tl::unexpected(SqlError{SqlError::Kind::other, "memory is short"});
    runtime::guarded("keeping this node's lease", [&] { done = turn(); });
    if (ending_) break;
    set_away(done ? std::string() : done.error().text);
    if (done) {
      rest();
      continue;
    }
    // They have waited for too long by the time that the server is back.
    letters_.clear();
    if (done.error().kind == SqlError::Kind::away) {
      connection_.reset();
      // Lives are watched anew: when a server comes back, nobody ends those who were only later to find it.
      neighbours_ = nodes::Neighbours(options_.lease);
    }
    std::this_thread::sleep_for(pause_between_attempts);
  }
  runtime::guarded("ending this node's life", [this] { end_life(); });
}

/// What was under way when the end came was given up, and its connection is of no more use.
void NodeMember::end_life() {
  std::unique_lock lock(mutex_);
  const auto epoch = ownership_.epoch();
  const bool runs_out = ownership_.is_speaking();
  ownership_.ended(epoch);
  lock.unlock();
  if (epoch == 0 || !away_.empty()) return;
  const auto soon = in(options_.statement / 2);
  const auto leave = [&] {
    // Somebody may wait for an answer.
    if (const auto letters = letters_.take(); !letters.empty()) {
      static_cast<void>(node_tables::look(*connection_, epoch, known_, letters, 1, options_.statement));
    }
    return runs_out || node_tables::leave(*connection_, epoch, options_.statement).has_value();
  };
  if (connection_) {
    connection_->set_give_up({});
    if (leave() || std::chrono::steady_clock::now() > soon) return;
  }
  auto made = PostgresConnection::connect(options_.url, in(options_.statement));
  if (!made) return;
  connection_ = std::move(*made);
  if (node_tables::prepare(*connection_, options_.statement)) static_cast<void>(leave());
}

SqlResult<void> NodeMember::turn() {
  SqlResult<void> done = connection_ ? SqlResult<void>{} : connect();
  if (done) done = keep_lease();
  if (done) done = release();
  if (done) done = listen();
  if (done) done = look();
  if (done) done = claim_waiting();
  if (done) done = end_others();
  if (done) done = trim();
  return done;
}

SqlResult<void> NodeMember::connect() {
  auto made = PostgresConnection::connect(options_.url, in(options_.statement), [this] { return ending_.load(); });
  if (!made) return tl::unexpected(std::move(made.error()));
  if (auto prepared = node_tables::prepare(**made, options_.statement); !prepared) return prepared;
  connection_ = std::move(*made);
  listens_.reset();
  is_reading_ = false;
  renew_at_ = look_at_ = {};
  return {};
}

SqlResult<void> NodeMember::keep_lease() {
  const auto asked = nodes::BootClock::now();
  if (asked < renew_at_) return {};
  renew_at_ = asked + options_.renew_every;
  std::unique_lock lock(mutex_);
  const auto epoch = ownership_.epoch();
  lock.unlock();
  // Who hears nothing of keys any more leaves his phones to others.
  if (knows_all_ && !sees()) return {};
  if (epoch != 0) {
    auto renewed = node_tables::renew(*connection_, epoch, known_.number, options_.statement);
    if (!renewed) return tl::unexpected(std::move(renewed.error()));
    lock.lock();
    if (*renewed) {
      ownership_.renewed(epoch, asked);
      return {};
    }
    ownership_.ended(epoch);
    lock.unlock();
  }
  return begin_life();
}

/// Before a life begins all is known, since reading it may take longer than a lease lasts. Looks only go on from there.
SqlResult<void> NodeMember::begin_life() {
  {
    const std::lock_guard lock(mutex_);
    if (draining_) return {};
  }
  if (!knows_all_) {
    auto all = node_tables::read_all(*connection_, options_.row);
    if (!all) return tl::unexpected(std::move(all.error()));
    known_ = {0, all->number, all->placed};
    saw_at_ = nodes::BootClock::now();
    knows_all_ = is_reading_ = true;
    names_ = all->names;
    Change change;
    change.is_all = true;
    change.number = all->number;
    change.keys = std::move(all->keys.changes);
    change.places = std::move(all->places);
    change.names = std::move(all->names);
    change.unreadable = std::move(all->keys.unreadable);
    tell_(std::move(change));
  }
  const auto asked = nodes::BootClock::now();
  auto begun = node_tables::begin(*connection_, options_.name, known_.number, options_.statement);
  if (!begun) return tl::unexpected(std::move(begun.error()));
  if (std::exchange(is_reading_, false)) {
    if (auto let_go = node_tables::let_changes_go(*connection_, options_.statement); !let_go) return let_go;
  }
  const std::lock_guard lock(mutex_);
  ownership_.began(*begun, asked);
  settled_.clear();
  renew_at_ = asked + options_.renew_every;
  look_at_ = {};
  return {};
}

SqlResult<void> NodeMember::start_over(nodes::Epoch epoch) {
  knows_all_ = false;
  renew_at_ = {};
  {
    const std::lock_guard lock(mutex_);
    ownership_.ended(epoch);
  }
  return epoch == 0 ? SqlResult<void>{} : node_tables::leave(*connection_, epoch, options_.statement);
}

SqlResult<void> NodeMember::trim() {
  const auto now = nodes::BootClock::now();
  if (now < trim_at_) return {};
  auto more = node_tables::trim(*connection_, options_.trim_at_once, options_.letters_kept, options_.statement);
  trim_at_ = more && *more ? TimePoint{} : now + options_.trim_every;
  // It can wait: a server that is too slow for it may be quick enough for leases.
  if (!more && more.error().kind == SqlError::Kind::away) return tl::unexpected(std::move(more.error()));
  return {};
}

/// Each word costs the server a transaction for each node that listens.
SqlResult<void> NodeMember::listen() {
  const auto wanted = bustle_.goes_on() ? std::nullopt : std::optional(epoch());
  if (wanted == listens_) return {};
  auto done = node_tables::listen(*connection_, wanted, options_.statement);
  if (!done) return done;
  listens_ = wanted;
  // What was there before is not told.
  look_at_ = {};
  return {};
}

SqlResult<void> NodeMember::look() {
  const auto now = nodes::BootClock::now();
  if (now < look_at_) return {};
  looked_at_ = now;
  look_at_ = now + options_.look_every;
  std::unique_lock lock(mutex_);
  const auto epoch = ownership_.epoch();
  known_.seen = ownership_.seen();
  lock.unlock();
  auto sent = letters_.take();
  // Nobody would know whom to answer.
  if (epoch == 0) sent.clear();
  auto look = node_tables::look(*connection_, epoch, known_, sent, options_.keys_a_look, options_.statement);
  if (!look) return tl::unexpected(std::move(look.error()));
  if (!sees()) renew_at_ = {};
  saw_at_ = nodes::BootClock::now();
  if (look->trimmed > known_.number) return start_over(epoch);
  if (!look->is_whole) look_at_ = {};
  look_pace_.did(look->keys.changes.size() + look->letters.size() + sent.size());
  bustle_.looked(look_pace_.had_many());
  neighbours_.seen(look->lives, saw_at_);
  orphans_ = std::move(look->orphans);
  if (!look->knows_life) {
    renew_at_ = {};
    look->found = {};
  }
  return tell(std::move(*look));
}

/// Groups that cannot be read are asked for by the next look; what this one has found nobody finds again.
SqlResult<void> NodeMember::tell(node_tables::Look look) {
  SqlResult<void> done;
  Change change;
  if (look.groups > groups_) {
    auto groups = postgres_table::groups(*connection_, options_.statement);
    if (groups) {
      groups_ = look.groups;
      change.groups = std::move(*groups);
    } else {
      done = tl::unexpected(std::move(groups.error()));
    }
  }
  known_.number = std::max(known_.number, look.keys.number);
  if (!look.places.empty()) known_.placed = look.places.back().turn;
  change.number = known_.number;
  change.keys = std::move(look.keys.changes);
  change.unreadable = std::move(look.keys.unreadable);
  change.places = std::move(look.places);
  change.names = std::move(look.names);
  change.found = std::move(look.found);
  change.letters = std::move(look.letters);
  const bool are_same_lives =
      std::ranges::equal(change.names, names_, {}, &node_tables::Name::epoch, &node_tables::Name::epoch);
  if (!are_same_lives) names_ = change.names;
  if (are_same_lives && !change.groups && change.keys.empty() && change.unreadable.empty() && change.places.empty() &&
      change.found.mine.empty() && change.found.wished.empty() && change.letters.empty()) {
    return done;
  }
  tell_(std::move(change));
  return done;
}

bool NodeMember::sees() const { return nodes::BootClock::now() < saw_at_ + options_.lease.time_to_live; }

SqlResult<void> NodeMember::end_others() {
  std::unique_lock lock(mutex_);
  const auto epoch = ownership_.epoch();
  if (draining_ || epoch == 0) return {};
  lock.unlock();
  bool looks_again = false;
  for (const auto& life : neighbours_.over(nodes::BootClock::now())) {
    if (auto ended = node_tables::end(*connection_, life, options_.statement); !ended) return ended;
    looks_again = true;
  }
  if (!options_.takes_any) {
    if (auto taken = take_wished(epoch); !taken) return taken;
  } else if (!orphans_.empty() && options_.take_at_once > 0) {
    auto taken = node_tables::take(*connection_, epoch, orphans_, node_tables::Taken::any, options_.take_at_once,
                                   options_.statement);
    if (!taken) return tl::unexpected(std::move(taken.error()));
    orphans_.clear();
    // What is left registered with others meanwhile, who take it themselves.
    looks_again = looks_again || *taken > 0;
  }
  if (looks_again) look_at_ = {};
  return {};
}

/// What registers here later is claimed from them.
SqlResult<void> NodeMember::take_wished(nodes::Epoch epoch) {
  std::erase_if(settled_, [this](nodes::Epoch one) { return std::ranges::find(orphans_, one) == orphans_.end(); });
  std::vector<nodes::Epoch> of;
  std::ranges::copy_if(orphans_, std::back_inserter(of), [this](nodes::Epoch one) { return !settled_.contains(one); });
  if (of.empty()) return {};
  auto taken =
      node_tables::take(*connection_, epoch, of, node_tables::Taken::wished, options_.take_at_once, options_.statement);
  if (!taken) return tl::unexpected(std::move(taken.error()));
  if (*taken < options_.take_at_once) settled_.insert(of.begin(), of.end());
  if (*taken > 0) look_at_ = {};
  return {};
}

SqlResult<void> NodeMember::claim_waiting() {
  std::unique_lock lock(mutex_);
  const auto epoch = ownership_.epoch();
  if (waiting_.empty() || epoch == 0) return {};
  const std::vector<std::string> names(waiting_.begin(), waiting_.end());
  lock.unlock();
  if (auto claimed = node_tables::claim(*connection_, epoch, names, orphans_, options_.statement); !claimed) {
    return claimed;
  }
  look_at_ = {};
  lock.lock();
  for (const auto& name : names) waiting_.erase(name);
  return {};
}

SqlResult<void> NodeMember::release() {
  std::unique_lock lock(mutex_);
  const auto epoch = ownership_.epoch();
  const auto released = ownership_.take_released();
  lock.unlock();
  if (released.empty()) return {};
  return node_tables::release(*connection_, epoch, released, options_.statement);
}

void NodeMember::look_soon() { look_at_ = std::min(look_at_, looked_at_ + look_pace_.pause()); }

/// Until something is due, a word comes from the server, or somebody here wants something.
void NodeMember::rest() {
  if (!listens_ || !letters_.empty()) look_soon();
  const auto until = std::min({renew_at_, look_at_, trim_at_}) - nodes::BootClock::now();
  const auto word = connection_->await_word(in(std::chrono::ceil<milliseconds>(until)), wake_.descriptor());
  wake_.clear();
  if ((word && *word) || !letters_.empty()) look_soon();
}

}  // namespace snom::store
