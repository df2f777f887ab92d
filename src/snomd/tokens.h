#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "access/gate.h"
#include "access/token_file.h"

namespace snom::snomd {

/// The tokens that snomd goes by: those of a file, which it and others change, in the gate that judges by them. Any
/// thread; waits for the disk.
class Tokens final {
 public:
  /// `path`: empty = none are kept. `gate` outlives this.
  Tokens(access::Gate& gate, std::string path) : gate_(gate), file_(std::move(path), patience) {}

  [[nodiscard]] bool are_kept() const { return !file_.path().empty(); }
  /// The first time. `are_only`: there is no other token, so that it is worth a warning when there is none. The error
  /// is for an administrator.
  [[nodiscard]] tl::expected<void, std::string> load(bool are_only);
  /// Heeds a file that has changed since; one that is broken is said in the log once and changes nothing. The error
  /// says what is wrong with it, each time.
  tl::expected<void, std::string> read_again();

  using Failure = access::TokenFile::Failure;
  /// The token's text, which is kept nowhere.
  [[nodiscard]] tl::expected<std::string, Failure> add(const access::TokenFile::Wanted& wanted);
  [[nodiscard]] tl::expected<void, Failure> revoke(const std::string& name);
  [[nodiscard]] std::vector<access::Token> all() const { return gate_.tokens(); }

 private:
  /// Whoever asked over HTTP holds up others of its kind meanwhile.
  static constexpr std::chrono::milliseconds patience{200};

  access::Gate& gate_;
  std::mutex mutex_;  ///< so that the gate has them in the order of the file's changes
  access::TokenFile file_;
  std::string complaint_;
};

}  // namespace snom::snomd
