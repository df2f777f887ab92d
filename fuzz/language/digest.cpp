#include "language/digest.h"

#include "language/auth_parameters.h"
#include "targets.h"

namespace snom::fuzz {
namespace {

using language::NonceKeeper;

void answer(const language::DigestChallenge& challenge) {
  const auto answered = language::answer_challenge(challenge, "1000", "1234", "REGISTER", "sip:a", 1, "0a1b");
  const auto read = language::parse_digest_credentials(answered.to_string());
  must(read.has_value(), "an answer to a challenge is read back");
  must(language::response_matches(*read, "1234", "REGISTER"), "an answer to a challenge is right");
  must(!language::response_matches(*read, "1235", "REGISTER"), "another password's answer is another");
}

}  // namespace

/// An Authorization or WWW-Authenticate header's value.
void digest(std::string_view input) {
  if (const auto parameters = language::AuthParameters::parse(input, "Digest"); parameters)
    must(parameters->find("\n") == nullptr, "a parameter's name is a token");

  if (const auto challenge = language::parse_digest_challenge(input); challenge) {
    const auto again = language::parse_digest_challenge(challenge->to_string());
    must(again && again->to_string() == challenge->to_string(), "a challenge is read back as it was written");
    answer(*challenge);
  }
  if (const auto credentials = language::parse_digest_credentials(input); credentials) {
    const auto again = language::parse_digest_credentials(credentials->to_string());
    must(again && again->to_string() == credentials->to_string(), "credentials are read back as they were written");
    must(!language::response_matches(*credentials, std::string("no such \0 password", 18), "REGISTER"),
         "nobody guesses a password");
    static NonceKeeper keeper("sixteen bytes or more");
    must(keeper.use(*credentials, {}) == NonceKeeper::Verdict::foreign, "nobody guesses a nonce");
  }
  const std::string quoted = "Digest a=" + language::quoted_string(input);
  must(quoted.find('\n') == std::string::npos && quoted.find('\r') == std::string::npos,
       "a quoted-string stays in its line");
}

}  // namespace snom::fuzz
