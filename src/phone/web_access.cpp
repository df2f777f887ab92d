#include "phone/web_access.h"

#include <algorithm>
#include <utility>

namespace snom::phone {

namespace {

constexpr std::string_view realm = "snom";
constexpr std::size_t nonces_remembered = 1000;

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::size_t i = 0;
  while (i < bytes.size()) {
    unsigned group = 0;
    const std::size_t taken = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8U) | (k < taken ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= taken ? letters[(group >> (18U - 6U * k)) & 63U] : '=';
    }
    i += taken;
  }
  return text;
}

bool starts_with_scheme(std::string_view value, std::string_view scheme) {
  if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((static_cast<unsigned char>(value[i]) | 0x20U) != static_cast<unsigned char>(scheme[i])) return false;
  }
  return true;
}

http::Response unauthorised(std::string challenge) {
  http::Response response;
  response.status = 401;
  response.body = "This phone's page wants a user and a password.\n";
  response.headers.emplace_back("WWW-Authenticate", std::move(challenge));
  return response;
}

}  // namespace

WebAccess::WebAccess(WebCredentials credentials, std::string secret)
    : credentials_(std::move(credentials)), nonces_(std::move(secret), std::chrono::seconds(300), nonces_remembered) {}

std::optional<http::Response> WebAccess::refuse(const http::Request& request,
                                                std::chrono::steady_clock::time_point now) {
  const std::string_view authorization = request.header("authorization");
  switch (credentials_.scheme) {
    case WebScheme::none:
      return std::nullopt;
    case WebScheme::basic:
      if (basic_matches(authorization)) return std::nullopt;
      return unauthorised("Basic realm=\"" + std::string(realm) + "\"");
    case WebScheme::digest:
    case WebScheme::digest_sha256:
      break;
  }
  const auto given = language::parse_digest_credentials(authorization);
  if (!given || given->algorithm != algorithm() || given->username != credentials_.user || given->realm != realm ||
      given->uri != request.target || !language::response_matches(*given, credentials_.password, request.method)) {
    return digest_challenge(false, now);
  }
  switch (nonces_.use(*given, now)) {
    case language::NonceKeeper::Verdict::good:
      return std::nullopt;
    case language::NonceKeeper::Verdict::stale:
      return digest_challenge(true, now);
    case language::NonceKeeper::Verdict::foreign:
      break;
  }
  return digest_challenge(false, now);
}

bool WebAccess::basic_matches(std::string_view authorization) const {
  if (!starts_with_scheme(authorization, "basic")) return false;
  std::string_view given = authorization.substr(6);
  while (!given.empty() && given.front() == ' ') given.remove_prefix(1);
  return given == base64(credentials_.user + ":" + credentials_.password);
}

language::DigestAlgorithm WebAccess::algorithm() const {
  return credentials_.scheme == WebScheme::digest_sha256 ? language::DigestAlgorithm::sha256
                                                         : language::DigestAlgorithm::md5;
}

http::Response WebAccess::digest_challenge(bool stale, std::chrono::steady_clock::time_point now) {
  language::DigestChallenge challenge;
  challenge.realm = realm;
  challenge.nonce = nonces_.make(now);
  challenge.algorithm = algorithm();
  challenge.stale = stale;
  return unauthorised(challenge.to_string());
}

}  // namespace snom::phone
