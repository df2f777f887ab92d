#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "http/server.h"
#include "language/digest.h"

namespace snom::phone {

/// How a phone's web page asks who is there: Snom's setting `http_scheme`, off = Basic, on = Digest (with MD5; SHA-256
/// is for trying clients).
enum class WebScheme { none, basic, digest, digest_sha256 };

struct WebCredentials {
  WebScheme scheme = WebScheme::none;
  std::string user;
  std::string password;
};

/// Lets requests for a phone's page in, or challenges them. One thread.
class WebAccess final {
 public:
  /// `secret`: at least 16 random bytes, for the nonces of Digest.
  WebAccess(WebCredentials credentials, std::string secret);

  /// nullopt = let in; else the 401 to answer.
  [[nodiscard]] std::optional<http::Response> refuse(const http::Request& request,
                                                     std::chrono::steady_clock::time_point now);

 private:
  [[nodiscard]] bool basic_matches(std::string_view authorization) const;
  [[nodiscard]] http::Response digest_challenge(bool stale, std::chrono::steady_clock::time_point now);
  [[nodiscard]] language::DigestAlgorithm algorithm() const;

  WebCredentials credentials_;
  language::NonceKeeper nonces_;
};

}  // namespace snom::phone
