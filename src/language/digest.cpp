#include "language/digest.h"

#include <array>

#include "language/auth_parameters.h"
#include "language/hex.h"
#include "language/message_digest.h"
#include "language/secret.h"
#include "language/text.h"

namespace snom::language {
namespace {

constexpr std::string_view scheme = "Digest";
constexpr std::size_t nc_digits = 8;

std::string_view algorithm_name(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::sha256 ? "SHA-256" : "MD5";
}

/// RFC 7616 section 3.3: no algorithm means MD5. nullopt for one that is not spoken here (MD5-sess, SHA-512-256 ...).
std::optional<DigestAlgorithm> algorithm_of(const AuthParameters& parameters) {
  const auto* given = parameters.find("algorithm");
  if (given == nullptr) return DigestAlgorithm::md5;
  const auto name = lower_case(*given);
  if (name == "md5") return DigestAlgorithm::md5;
  if (name == "sha-256") return DigestAlgorithm::sha256;
  return std::nullopt;
}

/// True if `auth` is in a list such as "auth,auth-int".
bool offers_auth(std::string_view qop_list) {
  while (!qop_list.empty()) {
    const auto comma = qop_list.find(',');
    auto option = qop_list.substr(0, comma);
    qop_list.remove_prefix(comma == std::string_view::npos ? qop_list.size() : comma + 1);
    const auto first = option.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    option = option.substr(first, option.find_last_not_of(" \t") - first + 1);
    if (lower_case(option) == "auth") return true;
  }
  return false;
}

/// The parts with colons between: what every step of RFC 7616 section 3.4 hashes.
template <typename... Parts>
std::string joined(std::string_view first, const Parts&... parts) {
  std::string text(first);
  ((text += ':', text += parts), ...);
  return text;
}

/// RFC 7616 section 3.4.1, without qop RFC 2617 section 3.2.2.1; empty when libcrypto refuses.
std::string response_for(const DigestCredentials& credentials, std::string_view password, std::string_view method) {
  const auto algorithm = credentials.algorithm;
  const auto secret = message_digest(algorithm, joined(credentials.username, credentials.realm, password));
  const auto request = message_digest(algorithm, joined(method, credentials.uri));
  if (secret.empty() || request.empty()) return {};
  if (!credentials.qop_auth) return message_digest(algorithm, joined(secret, credentials.nonce, request));
  return message_digest(algorithm,
                        joined(secret, credentials.nonce, credentials.nc, credentials.cnonce, "auth", request));
}

std::string eight_hex_digits(std::uint32_t number) {
  std::array<unsigned char, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(number >> (8 * (3 - i)));
  return to_hex(bytes);
}

}  // namespace

std::string DigestChallenge::to_string() const {
  std::string text = "Digest realm=" + quoted_string(realm) + ", nonce=" + quoted_string(nonce);
  if (!opaque.empty()) text += ", opaque=" + quoted_string(opaque);
  if (stale) text += ", stale=true";
  text += ", algorithm=";
  text += algorithm_name(algorithm);
  if (qop_auth) text += ", qop=\"auth\"";
  return text;
}

std::optional<DigestChallenge> parse_digest_challenge(std::string_view header_value) {
  const auto parameters = AuthParameters::parse(header_value, scheme);
  if (!parameters) return std::nullopt;
  const auto* realm = parameters->find("realm");
  const auto* nonce = parameters->find("nonce");
  const auto algorithm = algorithm_of(*parameters);
  if (realm == nullptr || nonce == nullptr || !algorithm) return std::nullopt;

  DigestChallenge challenge;
  const auto* qop = parameters->find("qop");
  challenge.qop_auth = qop != nullptr && offers_auth(*qop);
  if (qop != nullptr && !challenge.qop_auth) return std::nullopt;
  challenge.realm = *realm;
  challenge.nonce = *nonce;
  challenge.opaque = parameters->value_or_empty("opaque");
  challenge.algorithm = *algorithm;
  challenge.stale = lower_case(parameters->value_or_empty("stale")) == "true";
  return challenge;
}

std::string DigestCredentials::to_string() const {
  std::string text = "Digest username=" + quoted_string(username) + ", realm=" + quoted_string(realm) +
                     ", nonce=" + quoted_string(nonce) + ", uri=" + quoted_string(uri) +
                     ", response=" + quoted_string(response) + ", algorithm=";
  text += algorithm_name(algorithm);
  // RFC 7616 section 3.4: qop and nc are sent without quotes.
  if (qop_auth) text += ", cnonce=" + quoted_string(cnonce) + ", qop=auth, nc=" + nc;
  if (!opaque.empty()) text += ", opaque=" + quoted_string(opaque);
  return text;
}

std::optional<DigestCredentials> parse_digest_credentials(std::string_view header_value) {
  const auto parameters = AuthParameters::parse(header_value, scheme);
  if (!parameters) return std::nullopt;
  for (const auto* required : {"username", "realm", "nonce", "uri", "response"}) {
    if (parameters->find(required) == nullptr) return std::nullopt;
  }
  const auto algorithm = algorithm_of(*parameters);
  if (!algorithm) return std::nullopt;

  DigestCredentials credentials;
  credentials.username = parameters->value_or_empty("username");
  credentials.realm = parameters->value_or_empty("realm");
  credentials.nonce = parameters->value_or_empty("nonce");
  credentials.uri = parameters->value_or_empty("uri");
  credentials.response = parameters->value_or_empty("response");
  credentials.opaque = parameters->value_or_empty("opaque");
  credentials.algorithm = *algorithm;

  const auto* qop = parameters->find("qop");
  if (qop == nullptr) return credentials;  // a stray cnonce or nc takes no part in the response
  const auto* cnonce = parameters->find("cnonce");
  const auto* nc = parameters->find("nc");
  if (lower_case(*qop) != "auth" || cnonce == nullptr || nc == nullptr) return std::nullopt;
  if (nc->size() != nc_digits || !is_hex(*nc)) return std::nullopt;
  credentials.qop_auth = true;
  credentials.cnonce = *cnonce;
  credentials.nc = *nc;
  return credentials;
}

DigestCredentials answer_challenge(const DigestChallenge& challenge, std::string_view username,
                                   std::string_view password, std::string_view method, std::string_view uri,
                                   std::uint32_t nc, std::string_view cnonce) {
  DigestCredentials answer;
  answer.username = username;
  answer.realm = challenge.realm;
  answer.nonce = challenge.nonce;
  answer.uri = uri;
  answer.opaque = challenge.opaque;
  answer.algorithm = challenge.algorithm;
  answer.qop_auth = challenge.qop_auth;
  if (challenge.qop_auth) {
    answer.cnonce = cnonce;
    answer.nc = eight_hex_digits(nc);
  }
  answer.response = response_for(answer, password, method);
  return answer;
}

bool response_matches(const DigestCredentials& credentials, std::string_view password, std::string_view method) {
  const auto expected = response_for(credentials, password, method);
  const auto given = lower_case(credentials.response);
  return !expected.empty() && same_secret(given, expected);
}

}  // namespace snom::language
