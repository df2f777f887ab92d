#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "language/digest.h"

namespace snom::sip {

/// Answers a registrar's and a proxy's digest challenges for one user (RFC 3261 section 22), and goes on using a nonce
/// until it is refused. A password belongs to a realm: the one that is configured, else those that the registrar asked
/// for, else the first that the server asked for. Others get nothing, since a server hands on what those behind it ask.
/// The caller sees to it that challenges are the server's, and that what it signs goes there. One thread.
class DigestClient final {
 public:
  /// `realm`: the only one, empty = see above.
  DigestClient(std::string user, std::string password, std::string realm = {})
      : user_(std::move(user)), password_(std::move(password)), realm_(std::move(realm)) {}

  /// Takes the challenges of a 401 (WWW-Authenticate) or 407 (Proxy-Authenticate): header values, the server's
  /// favourite first. False when none is understood or of a realm of ours, or when this nonce was answered before and
  /// is not stale: the password is wrong.
  [[nodiscard]] bool take(bool proxy, const std::vector<std::string>& challenges);
  /// The same of the answer to a REGISTER, which goes no further than to the registrar: its realms become ours.
  [[nodiscard]] bool take_from_registrar(bool proxy, const std::vector<std::string>& challenges);

  /// Header lines with CRLF for a request, "Authorization: Digest ...": empty before the first challenge.
  [[nodiscard]] std::string headers(std::string_view method, std::string_view uri);

  /// Forgets all challenges, as a reboot does; whose realm the password is for stays.
  void forget();

 private:
  struct Known {
    language::DigestChallenge challenge;
    std::uint32_t count = 0;
  };
  enum class Asker { registrar, server };
  [[nodiscard]] bool take_from(Asker asker, bool proxy, const std::vector<std::string>& challenges);
  [[nodiscard]] bool is_ours(Asker asker, const std::string& realm);

  std::string user_;
  std::string password_;
  std::string realm_;                ///< configured
  std::vector<std::string> realms_;  ///< learned
  bool registrar_asked_ = false;     ///< they are the registrar's
  std::optional<Known> registrar_;
  std::optional<Known> proxy_;
};

}  // namespace snom::sip
