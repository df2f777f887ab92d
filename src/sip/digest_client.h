#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "language/digest.h"

namespace snom::sip {

/// Answers a registrar's and a proxy's digest challenges for one user (RFC 3261 section 22), and goes on using a nonce
/// until it is refused. One thread.
class DigestClient final {
 public:
  DigestClient(std::string user, std::string password) : user_(std::move(user)), password_(std::move(password)) {}

  /// Takes the challenges of a 401 (WWW-Authenticate) or 407 (Proxy-Authenticate): header values, the server's
  /// favourite first. False when none is understood, or when this nonce was answered before and is not stale: the
  /// password is wrong.
  [[nodiscard]] bool take(bool proxy, const std::vector<std::string>& challenges);

  /// Header lines with CRLF for a request, "Authorization: Digest ...": empty before the first challenge.
  [[nodiscard]] std::string headers(std::string_view method, std::string_view uri);

  /// Forgets all challenges, as a reboot does.
  void forget();

 private:
  struct Known {
    language::DigestChallenge challenge;
    std::uint32_t count = 0;
  };
  std::string user_;
  std::string password_;
  std::optional<Known> registrar_;
  std::optional<Known> proxy_;
};

}  // namespace snom::sip
