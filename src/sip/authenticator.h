#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>
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
  [[nodiscard]] bool knows(const std::string& user) const;
  /// nullptr for one that is not configured.
  [[nodiscard]] const User* find(const std::string& user) const;

  [[nodiscard]] const std::unordered_map<std::string, User>& all() const { return users_; }

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

  std::unordered_map<std::string, User> users_;
  std::string nobodys_password_;  ///< random: what unknown users are checked against
  language::NonceKeeper nonces_;
};

}  // namespace snom::sip
