#include "store/postgres_keeper.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "store/node_tables.h"
#include "store/postgres_table.h"

namespace snom::store {
namespace {

using Clock = std::chrono::steady_clock;

/// Between attempts while somebody waits for the outcome: a server that starts refuses for a second or so.
constexpr std::chrono::milliseconds soon{50};

bool is_away(const SqlResult<std::vector<Overtaken>>& result) {
  return !result && result.error().kind == SqlError::Kind::away;
}

}  // namespace

PostgresKeeper::PostgresKeeper(std::string url, std::string name, std::string node, Limits limits, Told told,
                               PostgresConnection::GiveUp give_up)
    : url_(std::move(url)),
      name_(std::move(name)),
      node_(std::move(node)),
      limits_(limits),
      told_(std::move(told)),
      give_up_(std::move(give_up)) {}

SqlError PostgresKeeper::named(SqlError error) const {
  if (error.text.find(name_) == std::string::npos) error.text = name_ + ": " + error.text;
  return error;
}

template <typename Read>
auto PostgresKeeper::read(Read what) -> decltype(what()) {
  if (!connection_) return tl::unexpected(SqlError{SqlError::Kind::away, name_ + " is away"});
  if (auto unlimited = limit_statements({}); !unlimited) return tl::unexpected(named(std::move(unlimited.error())));
  auto found = what();
  if (!found) return tl::unexpected(named(std::move(found.error())));
  if (auto limited = limit_statements(limits_.statement); !limited) {
    return tl::unexpected(named(std::move(limited.error())));
  }
  return found;
}

SqlResult<void> PostgresKeeper::connect() {
  const std::lock_guard lock(in_use_);
  auto connected = connect_by(Clock::now() + limits_.connect);
  if (!connected || node_.empty()) return connected;
  return read([this] { return node_tables::number_behind_all(*connection_, limits_.rows); });
}

SqlResult<std::vector<Overtaken>> PostgresKeeper::apply(Changes changes) {
  return node_.empty() ? postgres_table::apply(*connection_, changes, patience())
                       : postgres_table::apply_shared(*connection_, changes, patience());
}

SqlResult<void> PostgresKeeper::connect_by(PostgresConnection::Deadline by) {
  connection_.reset();
  auto made = PostgresConnection::connect(url_, by, give_up_);
  if (!made) return tl::unexpected(named(std::move(made.error())));
  if (auto prepared = postgres_table::prepare(**made, limits_.statement, node_); !prepared) {
    return tl::unexpected(named(std::move(prepared.error())));
  }
  connection_ = std::move(*made);
  if (auto limited = limit_statements(limits_.statement); !limited) {
    connection_.reset();
    return limited;
  }
  return {};
}

/// What the server breaks off is surely not kept; of what is only waited for too long, nobody knows.
SqlResult<void> PostgresKeeper::limit_statements(std::chrono::milliseconds limit) {
  return connection_->run(fmt::format("SET statement_timeout = {}", limit.count()), patience());
}

SqlResult<std::vector<control::WantedButton>> PostgresKeeper::all() {
  const std::lock_guard lock(in_use_);
  return read([this] { return postgres_table::all(*connection_, limits_.rows); });
}

SqlResult<std::vector<control::KeptGroup>> PostgresKeeper::groups() {
  const std::lock_guard lock(in_use_);
  return read([this] { return postgres_table::groups(*connection_, limits_.rows); });
}

SqlResult<std::vector<Overtaken>> PostgresKeeper::keep(Changes changes) {
  const std::lock_guard lock(in_use_);
  if (!connection_) {
    const auto why = away();
    return tl::unexpected(SqlError{SqlError::Kind::away, why.empty() ? name_ + " is away" : why});
  }
  auto kept = apply(changes);
  if (is_away(kept)) return keep_again(changes, std::move(kept.error()));
  if (!kept) return tl::unexpected(named(std::move(kept.error())));
  return kept;
}

/// Whether the server had it before the connection broke is not known; done again it is the same. What is judged by how
/// it was is then what has overtaken itself.
SqlResult<std::vector<Overtaken>> PostgresKeeper::keep_again(Changes changes, SqlError first) {
  connection_.reset();
  const auto by = Clock::now() + limits_.again;
  SqlResult<std::vector<Overtaken>> outcome = tl::unexpected(std::move(first));
  while (Clock::now() < by && !(give_up_ && give_up_())) {
    auto connected = connect_by(by);
    outcome = connected ? apply(changes) : tl::unexpected(std::move(connected.error()));
    if (outcome) {
      postgres_table::pass_over_what_is_there(changes, *outcome);
      return outcome;
    }
    // Our own session may still hold the place for a moment.
    connection_.reset();
    std::this_thread::sleep_for(soon);
  }
  set_away(outcome.error().text);
  auto error = named(std::move(outcome.error()));
  error.kind = SqlError::Kind::away;
  error.text = fmt::format("whether this is kept is not known: {}", error.text);
  return tl::unexpected(std::move(error));
}

void PostgresKeeper::tend() {
  const std::lock_guard lock(in_use_);
  if (connection_ && !connection_->is_lost()) return;
  if (auto connected = connect_by(Clock::now() + limits_.connect); !connected) {
    return set_away(connected.error().text);
  }
  set_away({});
}

std::string PostgresKeeper::away() const {
  const std::lock_guard lock(mutex_);
  return away_;
}

void PostgresKeeper::set_away(const std::string& why) {
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = away_.empty() != why.empty();
    away_ = why;
  }
  if (is_new && told_) told_(why);
}

}  // namespace snom::store
