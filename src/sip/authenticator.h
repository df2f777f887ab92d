#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "language/digest.h"
#include "sip/server.h"

namespace snom::sip {

/// The users and their passwords, and digest authentication against them (RFC 3261 section 22). Keeps nothing about
/// those who do not know a password. An unknown user and a wrong password take the same time and get the same answer.
/// Loop's thread.
class Authenticator final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Authenticator(std::vector<User> users, std::chrono::seconds nonce_lifetime);

  void set_users(std::vector<User> users);
  /// Whether this user has a password.
  [[nodiscard]] bool knows(std::string_view user) const;
  /// nullptr for one that is not configured.
  [[nodiscard]] const User* find(std::string_view user) const;

  /// By their names.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    std::size_t operator()(const User& user) const { return (*this)(user.name); }
  };
  struct SameName {
    using is_transparent = void;
    static std::string_view name(std::string_view name) { return name; }
    static std::string_view name(const User& user) { return user.name; }
    bool operator()(const auto& one, const auto& other) const { return name(one) == name(other); }
  };
  using Users = std::unordered_set<User, Hash, SameName>;
  [[nodiscard]] const Users& all() const { return users_; }

  struct Attempt {
    std::vector<std::string> credentials;  ///< values of the Authorization headers
    std::string_view method;
    std::string_view request_uri;
    std::string_view user;  ///< who the request says it is from; the credentials must be that user's
    std::string_view realm;
  };
  struct Verdict {
    bool good = false;
    bool stale = false;         ///< the password was right, the nonce too old or used before: challenge with stale=true
    std::string_view why = {};  ///< what was wrong with credentials that were sent: for the log, never for the sender
  };
  [[nodiscard]] Verdict check(const Attempt& attempt, TimePoint now);

  /// Value of a WWW-Authenticate header with a fresh nonce.
  [[nodiscard]] std::string challenge(const std::string& realm, bool stale, TimePoint now);

 private:
  [[nodiscard]] Verdict check_one(const language::DigestCredentials& credentials, const Attempt& attempt,
                                  TimePoint now);

  Users users_;
  std::string nobodys_password_;  ///< random: what unknown users are checked against
  language::NonceKeeper nonces_;
};

}  // namespace snom::sip
