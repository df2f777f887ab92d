#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "access/token.h"

namespace snom::access {

/// The tokens there are, kept in a file of mode 0600 by their hashes. Several programs may change it, one after the
/// other (they lock `<path>.lock`), and so may a person with an editor; other lines than those of tokens stay. A link
/// stays one: what it leads to is changed. Any thread; waits for the disk. Errors are for an administrator.
class TokenFile final {
 public:
  /// `patience`: how long a change waits for that of another program.
  explicit TokenFile(std::string path, std::chrono::milliseconds patience = std::chrono::seconds(2))
      : path_(std::move(path)), patience_(patience) {}

  /// All there are; nullopt: the file is the one that was read or written last by this. One that is not there has none.
  /// Refused: a file that cannot be read or understood, that has more than 256 KiB, or that others may write to.
  [[nodiscard]] tl::expected<std::optional<std::vector<Token>>, std::string> read_if_changed();

  struct Failure {
    enum class Kind {
      taken,    ///< there is one of that name
      unknown,  ///< there is none
      refused,  ///< the name, or one more
      broken,   ///< the file
    };
    Kind kind = Kind::broken;
    std::string text;
  };
  struct Wanted {
    std::string name;
    Role role = Role::read;
    std::optional<std::uint32_t> per_second = {};
    std::optional<std::size_t> max_body = {};
  };
  struct Changed {
    std::vector<Token> tokens;  ///< all, as they are now
    std::string text;           ///< the new token, which is kept nowhere; empty when one was revoked
  };
  /// The file is made when it is not there. `now`: kept as when it was made.
  [[nodiscard]] tl::expected<Changed, Failure> add(const Wanted& wanted, std::chrono::system_clock::time_point now);
  [[nodiscard]] tl::expected<Changed, Failure> revoke(const std::string& name);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  /// By which a changed file is told from the one read.
  struct Version {
    unsigned long long inode = 0;
    long long size = 0;
    long long seconds = 0;
    long long nanoseconds = 0;
    bool operator==(const Version&) const = default;
  };
  struct Read {
    std::string text;
    std::vector<Token> tokens;
  };
  [[nodiscard]] tl::expected<std::optional<Version>, std::string> version() const;
  [[nodiscard]] tl::expected<Read, std::string> read() const;
  [[nodiscard]] tl::expected<Changed, Failure> write(std::string text, std::string token);

  const std::string path_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  bool was_read_ = false;
  std::optional<Version> read_;  ///< empty: there was no file
};

}  // namespace snom::access
