#include "store/postgres.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "language/hex.h"

namespace snom::store {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_sleep{100};  ///< between two questions whether to give up
constexpr std::size_t results_between_questions = 256;

/// libpq's texts end with line ends, and have several lines where several hosts were tried.
std::string in_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\t') continue;
    if (c != '\n') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += "; ";
    }
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == ';')) line.pop_back();
  return line;
}

/// By SQLSTATE (PostgreSQL's appendix "Error Codes").
SqlError::Kind kind_of(std::string_view state) {
  // The server ends, is about to, or has become a standby, which nothing can be written to.
  constexpr std::array<std::string_view, 4> ending{"57P01", "57P02", "57P03", "25006"};
  if (std::find(ending.begin(), ending.end(), state) != ending.end() || state.starts_with("08")) {
    return SqlError::Kind::away;
  }
  if (state.starts_with("22") || state.starts_with("23") || state.starts_with("54")) return SqlError::Kind::refused;
  if (state == "57014" || state == "55P03") return SqlError::Kind::busy;
  return SqlError::Kind::other;
}

struct Clear {
  void operator()(pg_result* result) const { PQclear(result); }
};
using Result = std::unique_ptr<pg_result, Clear>;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

struct FreeWord {
  void operator()(PGnotify* word) const { PQfreemem(word); }
};
using Word = std::unique_ptr<PGnotify, FreeWord>;

/// The words of libpq that a connection refuses to begin with when they are others. What is not here it reads itself.
struct Words {
  std::string_view keyword;
  std::array<std::string_view, 6> words;
};
constexpr std::array<Words, 4> words_of_libpq{{
    {"sslmode", {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}},
    {"gssencmode", {"disable", "prefer", "require"}},
    {"channel_binding", {"disable", "prefer", "require"}},
    {"target_session_attrs", {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"}},
}};

/// "5432", or one for each of several hosts with commas between them, none of which has to be said.
bool are_ports(std::string_view text) {
  for (bool more = true; more;) {
    const auto one = text.substr(0, text.find(','));
    more = one.size() < text.size();
    text.remove_prefix(one.size() + (more ? 1 : 0));
    unsigned port = 0;
    const auto [end, failed] = std::from_chars(one.data(), one.data() + one.size(), port);
    if (!one.empty() && (failed != std::errc() || end != one.data() + one.size() || port < 1 || port > 65535))
      return false;
  }
  return true;
}

}  // namespace

tl::expected<void, std::string> check_options(const std::string& url) {
  const Options options(PQconninfoParse(url.c_str(), nullptr));
  if (!options) return tl::unexpected(std::string(expected_url));
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword(option->keyword);
    const std::string_view value(option->val);
    if (keyword == "port" && !are_ports(value)) return tl::unexpected(std::string("port as a number from 1 to 65535"));
    for (const auto& [name, words] : words_of_libpq) {
      if (keyword != name || std::find(words.begin(), words.end(), value) != words.end()) continue;
      const auto end = std::find(words.begin(), words.end(), std::string_view());
      return tl::unexpected(fmt::format("{} as one of {}", name, fmt::join(words.begin(), end, ", ")));
    }
  }
  return {};
}

tl::expected<std::string, std::string> database_name(const std::string& url) {
  char* error = nullptr;
  const Options options(PQconninfoParse(url.c_str(), &error));
  if (!options) {
    PQfreemem(error);  // it repeats parts of the text, and there may be a password in it
    return tl::unexpected(std::string("expected ") + expected_url);
  }
  std::string hosts;
  std::string database;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword(option->keyword);
    if (keyword == "host" || (keyword == "hostaddr" && hosts.empty())) hosts = option->val;
    if (keyword == "dbname") database = option->val;
  }
  // A password that is not written as a URI wants it: libpq takes what stands behind its first '@' or '/' for a host's
  // or the database's name, which are shown.
  if (hosts.find('@') != std::string::npos || database.find('@') != std::string::npos) {
    return tl::unexpected(std::string("expected ") + expected_url +
                          " (within a password '@' is written %40, '/' %2F, ':' %3A and '%' %25)");
  }
  return fmt::format("postgresql://{}/{}", hosts, database);
}

std::string bigint(std::uint64_t value) { return std::to_string(static_cast<std::int64_t>(value)); }

std::string bytes_as_text(std::string_view bytes) {
  return "\\x" + language::to_hex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

void PostgresArray::begin() {
  if (text_.size() > 1) text_ += ',';
}

void PostgresArray::add_text(std::string_view value) {
  begin();
  text_ += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
}

void PostgresArray::add_bytes(std::string_view value) { add_text(bytes_as_text(value)); }

void PostgresArray::add_number(std::int64_t value) {
  begin();
  text_ += std::to_string(value);
}

void PostgresArray::add_truth(bool value) {
  begin();
  text_ += value ? "t" : "f";
}

void PostgresArray::add_null() {
  begin();
  text_ += "NULL";
}

bool PostgresConnection::Row::is_null(int column) const { return PQgetisnull(result_, 0, column) != 0; }

std::string_view PostgresConnection::Row::text(int column) const {
  return {PQgetvalue(result_, 0, column), static_cast<std::size_t>(PQgetlength(result_, 0, column))};
}

std::string PostgresConnection::Row::bytes(int column) const {
  auto digits = text(column);
  digits.remove_prefix(std::min<std::size_t>(2, digits.size()));  // the "\x" in front
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(language::hex_value(digits[i]) * 16 + language::hex_value(digits[i + 1]));
  return bytes;
}

std::int64_t PostgresConnection::Row::integer(int column) const {
  const auto digits = text(column);
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

SqlResult<std::unique_ptr<PostgresConnection>> PostgresConnection::connect(const std::string& url, Deadline by,
                                                                           const GiveUp& give_up) {
  auto name = database_name(url);
  if (!name) return tl::unexpected(SqlError{SqlError::Kind::other, std::move(name.error())});
  const char* const keywords[] = {"fallback_application_name", "dbname", "client_encoding", nullptr};
  const char* const values[] = {"snomd", url.c_str(), "UTF8", nullptr};
  std::unique_ptr<PostgresConnection> connection(
      new PostgresConnection(PQconnectStartParams(keywords, values, 1), std::move(*name)));
  connection->give_up_ = give_up;
  // Notices of the server are not for our standard error.
  PQsetNoticeProcessor(
      connection->handle_, [](void*, const char*) {}, nullptr);
  if (auto connected = connection->finish_connecting(by); !connected) {
    return tl::unexpected(std::move(connected.error()));
  }
  if (PQsetnonblocking(connection->handle_, 1) != 0) return tl::unexpected(connection->lost());
  return connection;
}

PostgresConnection::~PostgresConnection() { PQfinish(handle_); }

SqlResult<void> PostgresConnection::finish_connecting(Deadline by) {
  if (handle_ == nullptr) return tl::unexpected(SqlError{SqlError::Kind::other, name_ + ": no memory"});
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
    if (PQstatus(handle_) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) return tl::unexpected(lost());
    // Each host that is tried has a socket of its own.
    if (auto ready = wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, by); !ready) return ready;
    state = PQconnectPoll(handle_);
  }
  return {};
}

SqlResult<void> PostgresConnection::wait(short events, Deadline by) const {
  pollfd wanted{PQsocket(handle_), events, 0};
  if (wanted.fd < 0) return tl::unexpected(lost());
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(by - std::chrono::steady_clock::now());
    if (left <= milliseconds(0) || (give_up_ && give_up_())) {
      return tl::unexpected(too_late());
    }
    const int ready = poll(&wanted, 1, static_cast<int>(std::min(left, longest_sleep).count()));
    if (ready > 0) return {};
  }
}

SqlResult<void> PostgresConnection::run(std::string_view sql, milliseconds limit, const See& see) {
  if (PQsendQuery(handle_, std::string(sql).c_str()) == 0) return tl::unexpected(lost());
  return read_all(limit, see);
}

SqlResult<void> PostgresConnection::run(std::string_view sql, std::span<const std::string> parameters,
                                        milliseconds limit, const See& see) {
  std::vector<const char*> values;
  for (const auto& parameter : parameters) {
    if (parameter.find('\0') != std::string::npos) {
      return tl::unexpected(SqlError{SqlError::Kind::refused, name_ + ": a text with a byte 0 cannot be kept"});
    }
    values.push_back(parameter.c_str());
  }
  const auto count = static_cast<int>(values.size());
  if (PQsendQueryParams(handle_, std::string(sql).c_str(), count, nullptr, values.data(), nullptr, nullptr, 0) == 0) {
    return tl::unexpected(lost());
  }
  return read_all(limit, see);
}

SqlResult<void> PostgresConnection::flush(Deadline by) {
  for (;;) {
    const int left = PQflush(handle_);
    if (left == 0) return {};
    if (left < 0) return tl::unexpected(lost());
    // The server may have to be read before it takes more.
    if (auto ready = wait(POLLIN | POLLOUT, by); !ready) return ready;
    if (PQconsumeInput(handle_) == 0) return tl::unexpected(lost());
  }
}

SqlResult<void> PostgresConnection::read_all(milliseconds limit, const See& see) {
  if (see) PQsetSingleRowMode(handle_);
  auto by = std::chrono::steady_clock::now() + limit;
  if (auto sent = flush(by); !sent) return sent;
  SqlResult<void> outcome;
  for (std::size_t results = 1;; ++results) {
    // A server that always has something to say is waited for nowhere.
    if (results % results_between_questions == 0 && give_up_ && give_up_()) return tl::unexpected(too_late());
    while (PQisBusy(handle_) != 0) {
      if (auto ready = wait(POLLIN, by); !ready) return ready;
      if (PQconsumeInput(handle_) == 0) return tl::unexpected(lost());
    }
    const Result result(PQgetResult(handle_));
    if (!result) break;
    const auto status = PQresultStatus(result.get());
    // Nothing here asks for a copy, and libpq would say that one is under way without end.
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      return tl::unexpected(SqlError{SqlError::Kind::away, name_ + " answers something else than what was asked"});
    }
    if (status == PGRES_SINGLE_TUPLE) {
      by = std::chrono::steady_clock::now() + limit;
      if (outcome && see) outcome = see(Row(result.get()));
    } else if (std::chrono::steady_clock::now() >= by) {
      return tl::unexpected(too_late());
    } else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && outcome) {
      outcome = tl::unexpected(error_of(result.get()));
    }
  }
  if (outcome && PQstatus(handle_) == CONNECTION_BAD) return tl::unexpected(lost());
  return outcome;
}

SqlResult<bool> PostgresConnection::await_word(Deadline by, int also) {
  for (;;) {
    if (is_lost()) return tl::unexpected(lost());
    bool has_come = false;
    while (const Word word{PQnotifies(handle_)}) has_come = true;
    if (has_come) return true;
    const auto left = std::chrono::ceil<milliseconds>(by - std::chrono::steady_clock::now());
    if (left <= milliseconds(0) || (give_up_ && give_up_())) return false;
    std::array<pollfd, 2> wanted{{{PQsocket(handle_), POLLIN, 0}, {also, POLLIN, 0}}};
    poll(wanted.data(), wanted.size(), static_cast<int>(std::min(left, longest_sleep).count()));
    if (wanted[1].revents != 0) return false;
  }
}

bool PostgresConnection::is_lost() { return PQconsumeInput(handle_) == 0 || PQstatus(handle_) == CONNECTION_BAD; }

SqlError PostgresConnection::too_late() const { return {SqlError::Kind::away, name_ + " does not answer in time"}; }

SqlError PostgresConnection::lost() const {
  const auto why = in_one_line(PQerrorMessage(handle_));
  return {SqlError::Kind::away, fmt::format("{}: {}", name_, why.empty() ? "the connection is lost" : why)};
}

SqlError PostgresConnection::error_of(const pg_result* result) const {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  // Only the message: the detail of a constraint repeats values.
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (PQstatus(handle_) == CONNECTION_BAD) return lost();
  return {kind_of(state == nullptr ? "" : state),
          fmt::format("{}: {}", name_, message == nullptr ? in_one_line(PQresultErrorMessage(result)) : message)};
}

}  // namespace snom::store
