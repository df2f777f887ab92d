#include "store/node_mail.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "runtime/guard.h"
#include "store/node_tables.h"

namespace snom::store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds pause_between_attempts{250};

// A letter that is lost with the server is one that did not come.
constexpr std::string_view session_sql = "SET statement_timeout = {}; SET synchronous_commit = off";
constexpr std::string_view send_sql =
    "WITH sent AS (INSERT INTO node_mail (receiver, sender, body) SELECT receiver, $1::bigint, body"
    " FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS n (receiver, body, place) ORDER BY place"
    " RETURNING receiver)"
    " SELECT pg_notify('snom_mail_' || receiver, '') FROM (SELECT DISTINCT receiver FROM sent) r";
constexpr std::string_view fetch_sql =
    "DELETE FROM node_mail WHERE receiver = $1::bigint RETURNING number, sender, body";
constexpr std::string_view forget_sql =
    "DELETE FROM node_mail WHERE sent < clock_timestamp() - $1::bigint * interval '1 second'";

}  // namespace

NodeMail::NodeMail(Options options, Self self, Take take)
    : options_(std::move(options)),
      self_(std::move(self)),
      take_(std::move(take)),
      thread_([this] { runtime::guarded("the thread that tells other nodes", [this] { run(); }); }) {}

NodeMail::~NodeMail() {
  ending_ = true;
  wake_.wake();
  thread_.join();
}

bool NodeMail::send(Letter letter) {
  if (letter.text.size() > options_.largest) return false;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= options_.most_waiting) return false;
    is_first = waiting_.empty();
    waiting_.push_back(std::move(letter));
  }
  if (is_first) wake_.wake();
  return true;
}

void NodeMail::run() {
  while (!ending_) {
    if (turn()) continue;
    connection_.reset();
    listens_ = 0;
    {
      // They have waited for too long by the time that the server is back.
      const std::lock_guard lock(mutex_);
      waiting_.clear();
    }
    std::this_thread::sleep_for(pause_between_attempts);
  }
}

SqlResult<void> NodeMail::turn() {
  SqlResult<void> done = connection_ ? SqlResult<void>{} : connect();
  const auto self = self_();
  if (done && self != listens_) done = listen(self);
  if (done) done = send_waiting(self);
  if (done) done = fetch(self);
  if (done) done = forget_old();
  if (!done) return done;
  // All that comes meanwhile is one statement.
  if (std::exchange(has_worked_, false)) std::this_thread::sleep_for(options_.gather);
  bool has_more = false;
  {
    const std::lock_guard lock(mutex_);
    has_more = !waiting_.empty();
  }
  const auto now = std::chrono::steady_clock::now();
  const auto word = connection_->await_word(has_more ? now : std::max(fetch_at_, now), wake_.descriptor());
  wake_.clear();
  if (!word) return tl::unexpected(word.error());
  word_came_ = *word;
  return {};
}

SqlResult<void> NodeMail::connect() {
  auto made = PostgresConnection::connect(options_.url, std::chrono::steady_clock::now() + options_.statement,
                                          [this] { return ending_.load(); });
  if (!made) return tl::unexpected(std::move(made.error()));
  connection_ = std::move(*made);
  return connection_->run(fmt::format(session_sql, options_.statement.count()), options_.statement);
}

SqlResult<void> NodeMail::listen(nodes::Epoch self) {
  auto listening = connection_->run(
      self == 0 ? std::string("UNLISTEN *") : fmt::format("UNLISTEN *; LISTEN snom_mail_{}", self), options_.statement);
  if (listening) listens_ = self;
  fetch_at_ = {};
  return listening;
}

SqlResult<void> NodeMail::send_waiting(nodes::Epoch self) {
  std::vector<Letter> letters;
  {
    const std::lock_guard lock(mutex_);
    const auto count = std::min(waiting_.size(), options_.at_once);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    letters.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
  }
  if (letters.empty() || self == 0) return {};
  has_worked_ = true;
  PostgresArray receivers;
  PostgresArray texts;
  for (const auto& letter : letters) {
    receivers.add_number(static_cast<std::int64_t>(letter.other));
    texts.add_text(letter.text);
  }
  return connection_->run(send_sql, std::array{bigint(self), receivers.text(), texts.text()}, options_.statement);
}

/// Where a word came, and now and then without.
SqlResult<void> NodeMail::fetch(nodes::Epoch self) {
  const auto now = std::chrono::steady_clock::now();
  if (!word_came_ && now < fetch_at_) return {};
  word_came_ = false;
  fetch_at_ = now + options_.look_every;
  if (self == 0) return {};
  std::vector<std::pair<std::int64_t, Letter>> found;
  auto done = connection_->run(
      fetch_sql, std::array{bigint(self)}, options_.statement, [&found](const PostgresConnection::Row& row) {
        found.emplace_back(row.integer(0), Letter{static_cast<nodes::Epoch>(row.integer(1)), std::string(row.text(2))});
        return SqlResult<void>{};
      });
  if (!done || found.empty()) return done;
  has_worked_ = true;
  std::ranges::sort(found, {}, &std::pair<std::int64_t, Letter>::first);
  std::vector<Letter> letters;
  letters.reserve(found.size());
  for (auto& [place, letter] : found) letters.push_back(std::move(letter));
  take_(std::move(letters));
  return {};
}

SqlResult<void> NodeMail::forget_old() {
  const auto now = std::chrono::steady_clock::now();
  if (now < forget_at_) return {};
  forget_at_ = now + options_.kept / 3;
  return connection_->run(forget_sql, std::array{std::to_string(options_.kept.count())}, options_.statement);
}

}  // namespace snom::store
