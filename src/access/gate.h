#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "access/role.h"
#include "access/token.h"
#include "runtime/allowance.h"

namespace snom::access {

/// Who asks, as far as the gate knows.
struct Caller {
  std::string name;  ///< of the token; empty: no token is wanted here, and whoever can connect is an admin
  Role role = Role::anybody;
  std::size_t max_body = largest_body;
  std::string hash = {};  ///< of the token, which tells it from a later one of its name
};

/// Why a request may not be.
struct Refusal {
  enum class Why {
    no_token,
    wrong_token,
    too_many_wrong,  ///< from that address
    too_low,         ///< the role
    too_often,       ///< by that token
    too_large,       ///< the body
  };
  Why why = Why::no_token;
  std::string name = {};        ///< of the token; empty when there is none
  Role role = Role::anybody;    ///< the token's
  std::chrono::seconds wait{};  ///< with too_many_wrong and too_often: until it may be tried again, at least 1
  std::size_t max_body = 0;     ///< with too_large, bytes
};

/// Judges by the bearer token (RFC 6750) who may ask what how often. Any thread.
class Gate final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Options {
    std::string token = {};  ///< of the configuration, an admin's; empty = none
    bool has_file = false;   ///< tokens are kept in a file: one is always wanted, even as long as there is none
    std::uint32_t per_second = 20000;     ///< requests of one token, unless it has a limit of its own
    std::size_t max_body = largest_body;  ///< bytes, likewise
  };

  explicit Gate(Options options);

  /// The tokens there are from now on, besides the configuration's.
  void use(std::vector<Token> tokens);
  [[nodiscard]] std::vector<Token> tokens() const;
  /// False: whoever can connect may do everything.
  [[nodiscard]] bool wants_token() const { return !options_.token.empty() || options_.has_file; }

  struct Asked {
    Role needs = Role::admin;
    std::string_view authorization;         ///< the header's value; empty: there is none
    std::string_view peer;                  ///< "192.0.2.7:40000", "[2001:db8::7]:40000"
    std::optional<std::size_t> body_bytes;  ///< as far as that is known beforehand
  };
  /// Counts the request. Of one address ten wrong tokens are heard at once, and one more each second. What is more is
  /// not compared with the configuration's token, which somebody made up and somebody may guess; those of the file are
  /// taken still: nobody guesses them, and one client with a token of yesterday locks out no other behind its proxy.
  [[nodiscard]] tl::expected<Caller, Refusal> admit(const Asked& asked, TimePoint now);
  /// Whose token it is; nullopt: nobody's. Counts nothing.
  [[nodiscard]] std::optional<Caller> identify(std::string_view authorization) const;
  /// Whether this caller still is who he was: his token was not revoked since, nor given another role.
  [[nodiscard]] bool still_knows(const Caller& caller) const;

 private:
  [[nodiscard]] const Token* find(std::string_view text) const;
  [[nodiscard]] bool is_configured(std::string_view text) const;
  [[nodiscard]] Caller caller_of(const Token& token) const;
  [[nodiscard]] Caller configured_caller() const;

  const Options options_;
  mutable std::mutex mutex_;  ///< for all below
  std::vector<Token> tokens_;
  std::unordered_map<std::string, runtime::Allowance> requests_;  ///< by the token's name
  runtime::Allowances wrong_;                                     ///< by address
};

/// The host of a peer, and of IPv6 its /64, which is one host's: "192.0.2.7", "2001:db8:0:0::/64".
[[nodiscard]] std::string address_of_peer(std::string_view peer);

}  // namespace snom::access
