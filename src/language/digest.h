#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace snom::language {

/// Digest access authentication (RFC 7616, RFC 8760 for SIP; RFC 2069 style without qop is taken too), for SIP servers
/// and clients and for a phone's web page. Pure: the time is a parameter, random bytes are handed in.
enum class DigestAlgorithm { md5, sha256 };

/// A WWW-Authenticate / Proxy-Authenticate challenge with scheme Digest.
struct DigestChallenge {
  std::string realm;
  std::string nonce;
  std::string opaque;  ///< empty = none
  DigestAlgorithm algorithm = DigestAlgorithm::md5;
  bool qop_auth = true;  ///< offers qop="auth"
  bool stale = false;
  [[nodiscard]] std::string to_string() const;  ///< header value with the scheme: `Digest realm="...", ...`
};
/// Reads a header value "Digest ..."; nullopt for another scheme, another algorithm, a missing realm or nonce, a qop
/// list without "auth", or a malformed header (a parameter given twice is one).
[[nodiscard]] std::optional<DigestChallenge> parse_digest_challenge(std::string_view header_value);

/// An Authorization header with scheme Digest, parsed.
struct DigestCredentials {
  std::string username, realm, nonce, uri, response, opaque, cnonce;
  std::string nc;  ///< eight hex digits as sent; empty without qop
  DigestAlgorithm algorithm = DigestAlgorithm::md5;
  bool qop_auth = false;
  [[nodiscard]] std::string to_string() const;  ///< header value with the scheme
};
/// Reads a header value "Digest ..."; nullopt for another scheme, another algorithm, a missing username, realm, nonce,
/// uri or response (an empty one is there), a qop other than auth, qop without cnonce or nc, or a malformed header.
[[nodiscard]] std::optional<DigestCredentials> parse_digest_credentials(std::string_view header_value);

/// The client's answer to a challenge. nc from 1 on, counted per nonce. cnonce: random, hex.
[[nodiscard]] DigestCredentials answer_challenge(const DigestChallenge& challenge, std::string_view username,
                                                 std::string_view password, std::string_view method,
                                                 std::string_view uri, std::uint32_t nc, std::string_view cnonce);

/// True if `response` is right for this password (constant-time comparison). Checks neither realm, uri, nonce nor nc:
/// that they are those of the request is the caller's to see.
[[nodiscard]] bool response_matches(const DigestCredentials& credentials, std::string_view password,
                                    std::string_view method);

/// Nonces that need no memory of their own: time and sequence, sealed with HMAC-SHA256 under a secret of this process.
/// Replays are refused by the nonce count (RFC 7616 section 3.4): a bounded memory of the last count seen per nonce.
/// Not thread-safe: one owner thread.
class NonceKeeper {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// `secret`: at least 16 random bytes. `lifetime`: after it a nonce is stale. `remembered`: nonce counts kept.
  explicit NonceKeeper(std::string secret, std::chrono::seconds lifetime = std::chrono::seconds(300),
                       std::size_t remembered = 100000);

  [[nodiscard]] std::string make(TimePoint now);

  enum class Verdict {
    good,
    stale,    ///< ours but too old, or its count was seen before: challenge again with stale=true
    foreign,  ///< not made by this process: challenge again
  };
  /// Call only after response_matches: marks the count as used. Credentials without qop (no nc) are good once per nonce
  /// and `uri`/method are not considered: a second use is stale.
  [[nodiscard]] Verdict use(const DigestCredentials& credentials, TimePoint now);
  /// The same check without marking the count.
  [[nodiscard]] Verdict check(const DigestCredentials& credentials, TimePoint now) const;

 private:
  std::string secret_;
  std::chrono::seconds lifetime_;
  std::size_t remembered_;
  std::uint64_t sequence_ = 0;
  std::map<std::uint64_t, std::uint32_t> last_count_;  ///< by the nonce's sequence: the oldest is dropped first
  std::uint64_t forgotten_below_ = 0;                  ///< nonces below this sequence are stale
};

}  // namespace snom::language
