#include "access/token_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "file/read_file.h"
#include "file/write_file.h"
#include "language/refused.h"
#include "language/secret.h"
#include "language/text.h"

namespace snom::access {
namespace {

constexpr std::size_t largest_file = 256 * 1024;

using Kind = TokenFile::Failure::Kind;

/// So that two programs do not change the file at the same time. A file of its own: the other one is a new file after
/// each change, and what anybody may read (the folder, too) anybody may lock.
class ChangeLock final {
 public:
  ChangeLock(const std::string& path, std::chrono::milliseconds patience) {
    const auto name = path + ".lock";
    descriptor_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    give_to_owner(path);
    const auto end = std::chrono::steady_clock::now() + patience;
    while (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      error_ = errno;
      if ((error_ != EWOULDBLOCK && error_ != EINTR) || std::chrono::steady_clock::now() > end) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    error_ = descriptor_ < 0 ? errno : 0;
  }
  ~ChangeLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  ChangeLock(const ChangeLock&) = delete;
  ChangeLock& operator=(const ChangeLock&) = delete;

  /// Empty: it is ours.
  [[nodiscard]] std::string why_not() const {
    if (error_ == 0) return {};
    return error_ == EWOULDBLOCK ? "another program changes it" : std::generic_category().message(error_);
  }

 private:
  /// Made by root, it is for the user whose folder it is in as well.
  void give_to_owner(const std::string& path) const {
    if (descriptor_ < 0 || ::geteuid() != 0) return;
    const auto parent = std::filesystem::path(path).parent_path();
    struct stat status {};
    if (::stat(parent.empty() ? "." : parent.c_str(), &status) != 0) return;
    [[maybe_unused]] const int given = ::fchown(descriptor_, status.st_uid, status.st_gid);
  }

  int descriptor_ = -1;
  int error_ = 0;
};

/// The file itself, where `path` is a link to it: what is replaced is the file.
std::string target_of(const std::string& path) {
  std::error_code error;
  auto target = std::filesystem::canonical(path, error);
  return error ? path : target.string();
}

bool is_line_of(std::string_view line, std::string_view name) {
  const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  return line.starts_with(name) && line.find_first_of(" \t\r") == name.size();
}

std::string without_line_of(std::string_view text, std::string_view name) {
  std::string kept;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (!is_line_of(text.substr(0, end), name)) kept.append(text.substr(0, end)).append("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return kept;
}

}  // namespace

tl::expected<std::optional<TokenFile::Version>, std::string> TokenFile::version() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    return tl::unexpected(fmt::format("{}: {}", path_, std::generic_category().message(errno)));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return tl::unexpected(fmt::format("{}: others may write to it, mode {:04o} (expected 0600)", path_,
                                      static_cast<unsigned>(status.st_mode & 07777U)));
  }
  return Version{status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

tl::expected<TokenFile::Read, std::string> TokenFile::read() const {
  const auto there = version();
  if (!there) return tl::unexpected(there.error());
  if (!*there) return Read{};
  auto text = file::read(path_, largest_file);
  if (!text) return tl::unexpected(std::move(text.error()));
  auto tokens = parse_tokens(*text, path_);
  if (!tokens) return tl::unexpected(std::move(tokens.error()));
  return Read{std::move(*text), std::move(*tokens)};
}

tl::expected<std::optional<std::vector<Token>>, std::string> TokenFile::read_if_changed() {
  const std::lock_guard lock(mutex_);
  // Looked at before it is read: one that changes meanwhile is read again the next time.
  auto now = version();
  if (!now) return tl::unexpected(std::move(now.error()));
  if (was_read_ && *now == read_) return std::nullopt;
  auto read = this->read();
  if (!read) return tl::unexpected(std::move(read.error()));
  was_read_ = true;
  read_ = *now;
  return std::move(read->tokens);
}

tl::expected<TokenFile::Changed, TokenFile::Failure> TokenFile::write(std::string text, std::string token) {
  auto tokens = parse_tokens(text, path_);
  if (!tokens) return tl::unexpected(Failure{Kind::refused, std::move(tokens.error())});
  if (auto written = file::replace(target_of(path_), text); !written) {
    return tl::unexpected(Failure{Kind::broken, fmt::format("{}: {}", path_, written.error())});
  }
  if (const auto now = version()) {
    was_read_ = true;
    read_ = *now;
  }
  return Changed{std::move(*tokens), std::move(token)};
}

tl::expected<TokenFile::Changed, TokenFile::Failure> TokenFile::add(const Wanted& wanted,
                                                                    std::chrono::system_clock::time_point now) {
  if (auto checked = check_name(wanted.name); !checked) {
    return tl::unexpected(Failure{Kind::refused, std::move(checked.error())});
  }
  const std::lock_guard lock(mutex_);
  const ChangeLock ours(target_of(path_), patience_);
  if (const auto why = ours.why_not(); !why.empty()) {
    return tl::unexpected(Failure{Kind::broken, fmt::format("{}: {}", path_, why)});
  }
  auto before = read();
  if (!before) return tl::unexpected(Failure{Kind::broken, std::move(before.error())});
  const auto same = [&](const Token& token) { return token.name == wanted.name; };
  if (std::any_of(before->tokens.begin(), before->tokens.end(), same)) {
    return tl::unexpected(Failure{Kind::taken, fmt::format("there is a token '{}' already", wanted.name)});
  }
  if (before->tokens.size() >= most_tokens) {
    return tl::unexpected(Failure{Kind::refused, fmt::format("there are {} tokens, which is the most", most_tokens)});
  }
  auto text = new_token();
  Token token{wanted.name,
              wanted.role,
              language::sha256_hex(text),
              fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", std::chrono::floor<std::chrono::seconds>(now)),
              wanted.per_second,
              wanted.max_body};
  if (!before->text.empty() && !before->text.ends_with('\n')) before->text += '\n';
  return write(before->text + write_token(token), std::move(text));
}

tl::expected<TokenFile::Changed, TokenFile::Failure> TokenFile::revoke(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const ChangeLock ours(target_of(path_), patience_);
  if (const auto why = ours.why_not(); !why.empty()) {
    return tl::unexpected(Failure{Kind::broken, fmt::format("{}: {}", path_, why)});
  }
  auto before = read();
  if (!before) return tl::unexpected(Failure{Kind::broken, std::move(before.error())});
  const auto same = [&](const Token& token) { return token.name == name; };
  if (std::none_of(before->tokens.begin(), before->tokens.end(), same)) {
    return tl::unexpected(Failure{Kind::unknown, "there is no token " + language::in_quotes_to_its_blank(name)});
  }
  return write(without_line_of(before->text, name), {});
}

}  // namespace snom::access
