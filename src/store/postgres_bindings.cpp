#include "store/postgres_bindings.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "runtime/guard.h"
#include "runtime/overloaded.h"

namespace snom::store {
namespace {

using registration::KeptBinding;
using registration::RemovedBinding;
using registration_table::Row;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// Between attempts to reach a server that is away.
constexpr milliseconds pause_between_attempts{250};
constexpr std::chrono::seconds between_questions_of_time{10};
constexpr std::chrono::seconds between_warnings{10};
/// A connection that was lost while nothing is written is noticed after that.
constexpr std::chrono::seconds longest_rest{1};
/// Addresses of record in one question.
constexpr std::size_t addresses_at_once = 250;

std::string joined(const std::vector<std::string>& path) {
  std::string lines;
  for (const auto& value : path) lines.append(lines.empty() ? "" : "\n").append(value);
  return lines;
}

std::vector<std::string> split(std::string_view lines) {
  std::vector<std::string> path;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    path.emplace_back(lines.substr(0, end));
    lines = end == std::string_view::npos ? std::string_view() : lines.substr(end + 1);
  }
  return path;
}

KeptBinding binding_of(Row row, Clock::time_point asked) {
  registration::Registration phone;
  const auto at = row.address_of_record.rfind('@');
  phone.user = row.address_of_record.substr(0, at);
  phone.domain = at == std::string::npos ? std::string() : row.address_of_record.substr(at + 1);
  phone.profile = std::move(row.profile);
  phone.contact = std::move(row.contact);
  phone.network_host = std::move(row.source_host);
  phone.network_port = row.source_port;
  phone.transport = std::move(row.transport);
  phone.user_agent = std::move(row.user_agent);
  phone.call_id = std::move(row.call_id);
  phone.expires = asked + microseconds(row.expires);
  phone.direct = row.direct;
  KeptBinding binding;
  binding.phone = std::move(phone);
  binding.instance = std::move(row.instance);
  binding.reg_id = row.reg_id;
  binding.q = std::move(row.q);
  binding.cseq = row.cseq;
  binding.registered_at = asked + microseconds(row.registered_at);
  binding.next_hop = std::move(row.next_hop);
  binding.proxied = row.proxied;
  binding.path = split(row.path);
  binding.life = row.life;
  return binding;
}

}  // namespace

PostgresBindings::PostgresBindings(Options options, Told told)
    : options_(std::move(options)),
      told_(std::move(told)),
      waiting_(options_.most_waiting),
      thread_([this] { runtime::guarded("the thread that keeps registrations", [this] { run(); }); }) {}

PostgresBindings::~PostgresBindings() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    close_by_ = Clock::now() + options_.close;
  }
  wake_.notify_one();
  thread_.join();
}

template <typename What>
void PostgresBindings::add(What what) {
  {
    const std::lock_guard lock(mutex_);
    const auto before = waiting_.size();
    if (!waiting_.add(std::move(what))) {
      ++given_up_;
      ++counters_.given_up;
      why_given_up_ = "too many wait already";
      return;
    }
    if (before == 0) waiting_since_ = Clock::now();
    // Under the lock, as below: when it is done, which may be at once, this may be at its end.
    if (before == 0 || waiting_.size() == options_.at_once) wake_.notify_one();
  }
}

void PostgresBindings::keep(KeptBinding binding) {
  binding.life = life_;
  add(std::move(binding));
}

void PostgresBindings::remove(RemovedBinding removed) { add(std::move(removed)); }

void PostgresBindings::load(const std::vector<std::string>& addresses_of_record) {
  {
    const std::lock_guard lock(mutex_);
    wanted_.insert(addresses_of_record.begin(), addresses_of_record.end());
    wake_.notify_one();
  }
}

std::string PostgresBindings::away() const {
  const std::lock_guard lock(mutex_);
  return away_;
}

PostgresBindings::Counters PostgresBindings::counters() const {
  const std::lock_guard lock(mutex_);
  auto counters = counters_;
  counters.waiting = waiting_.size();
  return counters;
}

bool PostgresBindings::is_time_over() const {
  const std::lock_guard lock(mutex_);
  return ending_ && (waiting_.empty() || Clock::now() >= close_by_);
}

void PostgresBindings::run() {
  while (!is_time_over()) {
    SqlResult<void> done = tl::unexpected(SqlError{SqlError::Kind::other, "memory is short"});
    runtime::guarded("keeping registrations", [&] { done = turn(); });
    set_away(done ? std::string() : done.error().text);
    tell_given_up();
    if (done) {
      rest();
    } else {
      if (done.error().kind == SqlError::Kind::away) connection_.reset();
      pause();
    }
  }
}

SqlResult<void> PostgresBindings::turn() {
  SqlResult<void> done;
  if (!connection_ || connection_->is_lost()) done = connect();
  if (done) done = ask_the_time();
  if (done) done = write_some();
  if (done) done = load_page();
  if (done) done = sweep();
  return done;
}

SqlResult<void> PostgresBindings::connect() {
  connection_.reset();
  auto made = PostgresConnection::connect(options_.url, Clock::now() + options_.statement, [this] {
    const std::lock_guard lock(mutex_);
    return ending_ && Clock::now() >= close_by_;
  });
  if (!made) return tl::unexpected(std::move(made.error()));
  if (auto prepared = registration_table::prepare(**made, options_.statement); !prepared) return prepared;
  connection_ = std::move(*made);
  // It may be another machine.
  clock_.forget();
  ask_the_time_at_ = {};
  return {};
}

SqlResult<void> PostgresBindings::ask_the_time() {
  const auto now = Clock::now();
  if (now < ask_the_time_at_) return {};
  auto answer = registration_table::now(*connection_, patience());
  if (!answer) return tl::unexpected(std::move(answer.error()));
  clock_.heard(*answer, nodes::BootClock::now());
  ask_the_time_at_ = now + between_questions_of_time;
  return {};
}

SqlResult<void> PostgresBindings::load_page() {
  if (loading_.empty()) {
    const std::lock_guard lock(mutex_);
    if (ending_) return {};
    loaded_to_ = {};
    while (!wanted_.empty() && loading_.size() < addresses_at_once) {
      loading_.push_back(std::move(wanted_.extract(wanted_.begin()).value()));
    }
  }
  if (loading_.empty()) return {};
  const auto asked = Clock::now();
  auto page = registration_table::read(*connection_, loading_, loaded_to_, options_.page, patience());
  if (!page) return tl::unexpected(std::move(page.error()));
  if (page->next) {
    loaded_to_ = std::move(*page->next);
  } else {
    loading_.clear();
  }
  tell_loaded(std::move(page->rows), asked);
  return {};
}

void PostgresBindings::tell_loaded(std::vector<Row> rows, TimePoint asked) {
  if (rows.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    counters_.loaded += rows.size();
  }
  Bindings bindings;
  bindings.reserve(rows.size());
  for (Row& row : rows) bindings.push_back(binding_of(std::move(row), asked));
  if (told_.loaded) runtime::guarded("telling of registrations", [&] { told_.loaded(std::move(bindings)); });
}

SqlResult<void> PostgresBindings::write_some() {
  WaitingBindings::Entries entries;
  {
    const std::lock_guard lock(mutex_);
    const bool is_due =
        ending_ || waiting_.size() >= options_.at_once || Clock::now() >= waiting_since_ + options_.gather;
    if (waiting_.empty() || !is_due) return {};
    entries = waiting_.take(options_.at_once);
  }
  auto written = write(entries);
  const std::lock_guard lock(mutex_);
  if (written) {
    waiting_.done();
  } else {
    waiting_.put_back(std::move(entries));
  }
  return written;
}

SqlResult<void> PostgresBindings::write(const WaitingBindings::Entries& entries) {
  std::vector<Row> rows;
  rows.reserve(entries.size());
  for (const auto& [key, entry] : entries) rows.push_back(row_of(key, entry));
  auto superseded = registration_table::write(*connection_, rows, patience());
  if (superseded) {
    {
      const std::lock_guard lock(mutex_);
      ++counters_.statements;
      counters_.written += rows.size();
      counters_.superseded += superseded->size();
    }
    tell_superseded(*superseded, entries);
    return {};
  }
  if (superseded.error().kind != SqlError::Kind::refused) return tl::unexpected(std::move(superseded.error()));
  if (entries.size() > 1) {
    const auto middle = std::next(entries.begin(), static_cast<std::ptrdiff_t>(entries.size() / 2));
    if (auto written = write({entries.begin(), middle}); !written) return written;
    return write({middle, entries.end()});
  }
  const std::lock_guard lock(mutex_);
  ++given_up_;
  ++counters_.given_up;
  why_given_up_ = superseded.error().text;
  return {};
}

Row PostgresBindings::row_of(const Key& key, const WaitingBindings::Entry& entry) const {
  Row row;
  row.address_of_record = key.address_of_record;
  row.profile = key.profile;
  row.name = key.name;
  row.registered_at = clock_.microseconds(entry.at);
  row.life = life_;
  if (const auto* removed = std::get_if<RemovedBinding>(&entry.what)) {
    row.removed = true;
    row.contact = removed->contact;
    row.instance = removed->instance;
    row.reg_id = removed->reg_id;
    row.call_id = removed->call_id;
    row.cseq = removed->cseq;
    // As long as an older binding can come late.
    row.expires = clock_.microseconds(entry.at + options_.longest);
    return row;
  }
  const auto& binding = std::get<KeptBinding>(entry.what);
  const registration::Registration& phone = *binding.phone;
  row.contact = phone.contact;
  row.instance = binding.instance;
  row.reg_id = binding.reg_id;
  row.q = binding.q;
  row.path = joined(binding.path);
  row.call_id = phone.call_id;
  row.cseq = binding.cseq;
  row.expires = clock_.microseconds(entry.expires);
  row.source_host = phone.network_host;
  row.source_port = phone.network_port;
  row.transport = phone.transport;
  row.next_hop = binding.next_hop;
  row.direct = phone.direct;
  row.proxied = binding.proxied;
  row.user_agent = phone.user_agent;
  if (binding.life != 0) row.life = binding.life;
  return row;
}

void PostgresBindings::tell_superseded(const std::vector<Key>& keys, const WaitingBindings::Entries& of) {
  Bindings bindings;
  for (const Key& key : keys) {
    const auto found = of.find(key);
    if (found == of.end()) continue;
    if (const auto* binding = std::get_if<KeptBinding>(&found->second.what)) bindings.push_back(*binding);
  }
  if (bindings.empty() || !told_.superseded) return;
  runtime::guarded("telling of registrations", [&] { told_.superseded(std::move(bindings)); });
}

SqlResult<void> PostgresBindings::sweep() {
  const auto now = Clock::now();
  if (now < sweep_at_) return {};
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return {};
  }
  sweep_at_ = now + options_.sweep_every;
  auto swept = registration_table::sweep(*connection_, swept_to_, options_.sweep_at_once, patience());
  if (!swept) return tl::unexpected(std::move(swept.error()));
  swept_to_ = swept->next.value_or(Key{});
  const std::lock_guard lock(mutex_);
  counters_.swept += swept->deleted;
  return {};
}

void PostgresBindings::tell_given_up() {
  if (Clock::now() < warn_at_) return;
  std::string what;
  {
    const std::lock_guard lock(mutex_);
    if (given_up_ == 0) return;
    what =
        fmt::format("{} registrations were not written for other nodes ({}): they are with the phones' next REGISTER",
                    std::exchange(given_up_, 0), why_given_up_);
  }
  warn_at_ = Clock::now() + between_warnings;
  if (told_.warned) runtime::guarded("telling of registrations", [&] { told_.warned(what); });
}

void PostgresBindings::set_away(const std::string& why) {
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = away_.empty() != why.empty();
    away_ = why;
  }
  if (is_new && told_.away) runtime::guarded("telling of registrations", [&] { told_.away(why); });
}

bool PostgresBindings::has_work() const { return ending_ || !wanted_.empty() || !waiting_.empty(); }

void PostgresBindings::rest() {
  if (!loading_.empty()) return;
  std::unique_lock lock(mutex_);
  const auto until = std::min({sweep_at_, ask_the_time_at_, Clock::now() + longest_rest});
  if (!wake_.wait_until(lock, until, [this] { return has_work(); })) return;
  // More may come that is written with it.
  const auto is_more_urgent = [this] { return ending_ || !wanted_.empty() || waiting_.size() >= options_.at_once; };
  wake_.wait_until(lock, waiting_since_ + options_.gather, is_more_urgent);
}

void PostgresBindings::pause() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, pause_between_attempts, [this] { return ending_; });
  // No more often than that while it ends, either.
  if (ending_) wake_.wait_for(lock, milliseconds(20));
}

}  // namespace snom::store
