#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

#include "http/server.h"
#include "language/digest.h"
#include "picture/workroom.h"
#include "runtime/allowance.h"
#include "sip/server.h"

namespace snom::snomd {

/// Settings files for phones that prove who they are: `GET /settings/<user@domain>.xml`, with Digest (RFC 7616) of the
/// password that the phone has for SIP. Nothing in an address, a MAC for instance, counts as a proof. Loop's thread.
class SettingsPage final {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::string_view prefix = "/settings/";

  /// `secret`: at least 16 random bytes. `folder`: where the files are. `refused` is told of wrong passwords.
  SettingsPage(std::string secret, std::string folder, std::function<void(const sip::RefusedRequest&)> refused);

  /// Who there is from now on: users with passwords, each in all these domains.
  void use(const std::vector<sip::User>& users, const std::vector<std::string>& domains);

  /// Answers a request: what admit() says, or the file, which `workroom` reads. The page may be gone by then.
  void answer(const http::Request& request, std::shared_ptr<http::Responder> responder, picture::Workroom& workroom,
              TimePoint now);

  /// The path of the file to answer with; or the answer: 401 with a challenge, 403 for another phone's file, 404 for
  /// what is no such page, 405, 429 after ten wrong passwords from one address at once, and one more each second.
  [[nodiscard]] tl::expected<std::string, http::Response> admit(const http::Request& request, TimePoint now);

 private:
  [[nodiscard]] http::Response challenge(const std::string& domain, bool stale, TimePoint now);
  [[nodiscard]] tl::expected<void, http::Response> check(const http::Request& request, const std::string& user,
                                                         const std::string& domain, TimePoint now);

  /// Addresses whose wrong passwords are counted.
  static constexpr std::size_t most_hosts = 4096;

  std::string folder_;
  std::function<void(const sip::RefusedRequest&)> refused_;
  language::NonceKeeper nonces_;
  runtime::Allowances wrong_{10, 1, most_hosts};
  std::unordered_map<std::string, std::string> passwords_;  ///< by user
  std::vector<std::string> domains_;
};

}  // namespace snom::snomd
