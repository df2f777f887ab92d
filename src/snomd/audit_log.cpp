#include "snomd/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/chrono.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "control/commands/command_table.h"
#include "control/commands/redact.h"
#include "file/write_file.h"
#include "http/listen_address.h"
#include "language/percent.h"
#include "language/text.h"
#include "snomd/body_json.h"
#include "snomd/event_json.h"
#include "snomd/log.h"
#include "snomd/phone_groups.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

constexpr std::size_t most_of_a_path = 300;
constexpr std::size_t most_of_a_body = 500;
constexpr std::size_t most_of_an_outcome = 300;
/// More is not looked into.
constexpr std::size_t most_json = 64 * 1024;
constexpr int deepest_json = 8;
constexpr const char* no_regular_file = "expected a regular file, or none yet";
constexpr auto between_complaints = std::chrono::seconds(10);

/// Who has no name is whoever can connect, as long as no token is wanted: then there is little to tell.
spdlog::level::level_enum level_of(std::string_view who) {
  return who.empty() ? spdlog::level::debug : spdlog::level::info;
}

std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  return std::string(language::first_bytes(text, most)) + "...";
}

int open_file(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, S_IRUSR | S_IWUSR);
}

std::string system_error() { return std::generic_category().message(errno); }

std::string now_as_text() {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", second, (now - second).count());
}

bool is_secret(const std::string& name) {
  const auto lower = language::lower_case(name);
  constexpr std::array<std::string_view, 4> words = {"password", "secret", "token", "credential"};
  return std::any_of(words.begin(), words.end(),
                     [&lower](std::string_view word) { return lower.find(word) != std::string::npos; });
}

void take_secrets_out(json& value, int depth) {
  if (depth > deepest_json) {
    value = "...";
  } else if (value.is_string()) {
    value = control::action_without_password(value.get_ref<const std::string&>());
  } else if (value.is_array()) {
    for (auto& item : value) take_secrets_out(item, depth + 1);
  } else if (value.is_object()) {
    auto shown = json::object();
    for (auto& [name, item] : value.items()) {
      if (is_secret(name)) {
        item = "...";
      } else {
        take_secrets_out(item, depth + 1);
      }
      shown[control::action_without_password(name)] = std::move(item);
    }
    value = std::move(shown);
  }
}

/// A path as it was sent, but for segments that hold a command line, such as the name of a key that is none.
std::string shown_path(std::string_view raw) {
  std::string shown;
  while (!raw.empty()) {
    const auto end = std::min(raw.find('/'), raw.size());
    const auto segment = language::percent_decode(raw.substr(0, end));
    const auto without = control::action_without_password(segment);
    shown.append(without == segment ? std::string(raw.substr(0, end)) : language::percent_encode(without));
    shown.append(raw.substr(end, 1));
    raw.remove_prefix(std::min(end + 1, raw.size()));
  }
  return shown;
}

/// The command line that a request gives, whole; nullopt: it gives none.
std::optional<std::string> command_in(const http::Request& request) {
  constexpr std::string_view groups = "/v1/groups/";
  constexpr std::string_view commands = "/commands";
  auto line = request.body.substr(0, request.body.find_last_not_of("\r\n") + 1);
  const std::string_view path = request.path;
  if (path == "/v1/command") return line;
  if (!path.starts_with(groups) || !path.ends_with(commands)) return std::nullopt;
  const auto group = path.substr(groups.size(), path.size() - groups.size() - commands.size());
  return command_for_group(group, line).value_or(std::move(line));
}

/// How many of several went wrong, and how the first of these did: of the replies to a command for several phones, and
/// of changes of several keys.
std::string outcome_of_several(const json& all) {
  std::size_t wrong = 0;
  std::string first;
  for (const auto& one : all) {
    const bool is_reply = one.is_string();
    const bool is_ok = is_reply ? one.get_ref<const std::string&>().starts_with("+OK") : one.value("ok", false);
    if (is_ok) continue;
    if (wrong++ == 0) first = is_reply ? one.get<std::string>() : one.value("detail", std::string());
  }
  const auto counted = fmt::format("{} of {} well", all.size() - wrong, all.size());
  return first.empty() ? counted : counted + "; " + first;
}

/// What an answer says of how it ended: the reply of a command, or what is wrong.
std::string outcome_of(std::string_view content_type, std::string_view body) {
  if (content_type.starts_with("text/plain")) return cut(body.substr(0, body.find('\n')), most_of_an_outcome);
  if (body.size() > most_json || content_type.find("json") == std::string_view::npos) return {};
  const auto said = body_json(body).value_or(json());
  if (!said.is_object()) return {};
  for (const auto* name : {"replies", "buttons"}) {
    const auto found = said.find(name);
    if (found != said.end() && found->is_array()) return cut(outcome_of_several(*found), most_of_an_outcome);
  }
  for (const auto* name : {"reply", "detail"}) {
    const auto found = said.find(name);
    if (found != said.end() && found->is_string()) return cut(found->get<std::string>(), most_of_an_outcome);
  }
  return {};
}

LogFields fields_of(const AuditLog::Change& change, int status) {
  const auto from = http::parse_listen_address(change.from);
  return {{"SNOM_EVENT", "audit"},
          {"SNOM_WHO", change.who},
          {"SNOM_ADDRESS", from ? from->host : std::string()},
          {"SNOM_METHOD", change.method},
          {"SNOM_STATUS", std::to_string(status)}};
}

}  // namespace

bool is_change(std::string_view method) { return method != "GET" && method != "HEAD"; }

std::string shown_body(const http::Request& request) {
  if (request.body.empty()) return {};
  if (const auto given = command_in(request)) {
    const std::string_view line = *given;
    // What could not be read is not repeated: nobody knows which part of it is a password.
    const auto read = control::read_command(line);
    const auto shown = read.command ? control::action_without_password(line) : std::string(read.name);
    return cut(language::printable(shown), most_of_a_body);
  }
  auto body = request.body.size() > most_json ? json() : body_json(request.body).value_or(json());
  if (!body.is_structured()) return fmt::format("{} bytes", request.body.size());
  take_secrets_out(body, 0);
  return cut(dump(body), most_of_a_body);
}

tl::expected<void, std::string> AuditLog::check(const std::string& path) {
  const auto wrong = [&path](const std::string& why) { return tl::unexpected(fmt::format("{}: {}", path, why)); };
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode)) return wrong(no_regular_file);
    if (::access(path.c_str(), W_OK) != 0) return wrong(system_error());
    return {};
  }
  if (errno != ENOENT) return wrong(system_error());
  return file::check_can_be_made(path).map_error([&path](const std::string& why) { return path + ": " + why; });
}

tl::expected<std::unique_ptr<AuditLog>, std::string> AuditLog::open(const std::string& path) {
  int file = -1;
  if (!path.empty()) {
    file = open_file(path);
    if (file < 0) return tl::unexpected(fmt::format("{}: {}", path, system_error()));
    struct stat status {};
    if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(file);
      return tl::unexpected(path + ": " + no_regular_file);
    }
  }
  return std::unique_ptr<AuditLog>(new AuditLog(path, file));
}

AuditLog::~AuditLog() {
  if (file_ >= 0) ::close(file_);
}

tl::expected<void, std::string> AuditLog::reopen() {
  if (path_.empty()) return {};
  const int file = open_file(path_);
  if (file < 0) {
    const auto wrong = fmt::format("[http] audit_file: {}: {}", path_, system_error());
    spdlog::error("{} (lines go on into the old one)", wrong);
    return tl::unexpected(wrong);
  }
  const std::lock_guard lock(mutex_);
  ::close(std::exchange(file_, file));
  return {};
}

bool AuditLog::keeps(std::string_view who) const { return !path_.empty() || spdlog::should_log(level_of(who)); }

void AuditLog::write(const Change& change, int status, std::string_view content_type, std::string_view body) {
  const auto took = std::chrono::steady_clock::now() - change.begun;
  json line{{"time", now_as_text()},
            {"who", change.who.empty() ? json(nullptr) : json(change.who)},
            {"role", change.role},
            {"from", change.from},
            {"method", change.method},
            {"path", cut(shown_path(change.path), most_of_a_path)},
            {"what", change.what},
            {"status", status},
            {"outcome", outcome_of(content_type, body)},
            {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}};
  auto text = dump(line);
  if (path_.empty()) return log_about(level_of(change.who), fields_of(change, status), "audit " + text);
  text += '\n';
  const std::lock_guard lock(mutex_);
  // One call, so that lines stay whole. A disk that is full says so in the log, and nobody waits for it.
  const auto written = ::write(file_, text.data(), text.size());
  const auto now = std::chrono::steady_clock::now();
  if (written == static_cast<ssize_t>(text.size()) || now - complained_ < between_complaints) return;
  complained_ = now;
  spdlog::error("[http] audit_file: {}: {}", path_, written < 0 ? system_error() : "a line was cut off");
}

}  // namespace snom::snomd
