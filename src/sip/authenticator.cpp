#include "sip/authenticator.h"

#include <utility>

#include "language/percent.h"
#include "runtime/random.h"
#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

[[nodiscard]] std::string random_secret() {
  const auto bytes = runtime::random_bytes(32);
  return {bytes.begin(), bytes.end()};
}

/// The digest's uri need not repeat the Request-URI byte for byte: clients write it shorter, some (SIPp) without a
/// user. But one that names a user names that of the request: what was signed for one target is not good for another.
[[nodiscard]] bool names_same_target(std::string_view digest_uri, std::string_view request_uri) {
  const auto signed_uri = parse_sip_uri(digest_uri);
  const auto requested = parse_sip_uri(request_uri);
  return signed_uri && requested && (!signed_uri->user || signed_uri->user == requested->user);
}

}  // namespace

Authenticator::Authenticator(std::vector<User> users, std::chrono::seconds nonce_lifetime)
    : nobodys_password_(random_secret()), nonces_(random_secret(), nonce_lifetime) {
  set_users(std::move(users));
}

void Authenticator::set_users(std::vector<User> users) {
  users_.clear();
  for (User& user : users) users_.insert(std::move(user));
}

bool Authenticator::knows(std::string_view user) const {
  const User* known = find(user);
  return known != nullptr && !known->password.empty();
}

const User* Authenticator::find(std::string_view user) const {
  const auto found = users_.find(user);
  return found == users_.end() ? nullptr : &*found;
}

Authenticator::Verdict Authenticator::check(const Attempt& attempt, TimePoint now) {
  // One for our realm is looked for; a phone may send what it has for other realms too, but not without end.
  constexpr std::size_t most = 4;
  for (std::size_t i = 0; i < attempt.credentials.size() && i < most; ++i) {
    const auto credentials = language::parse_digest_credentials(attempt.credentials[i]);
    if (credentials && credentials->realm == attempt.realm) return check_one(*credentials, attempt, now);
  }
  if (attempt.credentials.empty()) return {};
  return {false, false, "credentials for another realm"};
}

Authenticator::Verdict Authenticator::check_one(const language::DigestCredentials& credentials, const Attempt& attempt,
                                                TimePoint now) {
  const User* user = knows(attempt.user) ? find(attempt.user) : nullptr;
  const bool matches =
      language::response_matches(credentials, user == nullptr ? nobodys_password_ : user->password, attempt.method);
  const bool same_user = language::percent_decode(credentials.username) == attempt.user;
  if (user == nullptr) return {false, false, "no such user"};
  if (!same_user) return {false, false, "credentials of another user"};
  if (!matches) return {false, false, "wrong password"};
  if (!names_same_target(credentials.uri, attempt.request_uri))
    return {false, false, "credentials for another request"};
  // The password is right: whatever is wrong with the nonce (too old, used, of the server before its restart), the
  // phone is told to take a new one and not to ask its user.
  if (nonces_.use(credentials, now) != language::NonceKeeper::Verdict::good) return {false, true};
  return {true, false};
}

std::string Authenticator::challenge(const std::string& realm, bool stale, TimePoint now) {
  language::DigestChallenge challenge;
  challenge.realm = realm;
  challenge.nonce = nonces_.make(now);
  challenge.stale = stale;
  return challenge.to_string();
}

}  // namespace snom::sip
