#include "sip/digest_client.h"

#include <utility>

#include "sip/token.h"

namespace snom::sip {

bool DigestClient::take(bool proxy, const std::vector<std::string>& challenges) {
  std::optional<Known>& known = proxy ? proxy_ : registrar_;
  for (const std::string& value : challenges) {
    auto challenge = language::parse_digest_challenge(value);
    if (!challenge) continue;
    const bool answered = known && known->count > 0 && known->challenge.nonce == challenge->nonce;
    if (answered && !challenge->stale) {
      known.reset();  // the next request asks for a challenge again instead of repeating what was refused
      return false;
    }
    known = Known{std::move(*challenge), 0};
    return true;
  }
  return false;
}

std::string DigestClient::headers(std::string_view method, std::string_view uri) {
  std::string lines;
  const auto add = [&](std::optional<Known>& known, std::string_view name) {
    if (!known) return;
    const auto answer =
        language::answer_challenge(known->challenge, user_, password_, method, uri, ++known->count, random_token());
    lines.append(name).append(": ").append(answer.to_string()).append("\r\n");
  };
  add(registrar_, "Authorization");
  add(proxy_, "Proxy-Authorization");
  return lines;
}

void DigestClient::forget() {
  registrar_.reset();
  proxy_.reset();
}

}  // namespace snom::sip
