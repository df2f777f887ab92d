#include "sip/digest_client.h"

#include <algorithm>
#include <utility>

#include "sip/token.h"

namespace snom::sip {

namespace {

constexpr std::size_t most_realms = 4;  ///< of a registrar and of proxies on the way to it

}  // namespace

bool DigestClient::take(bool proxy, const std::vector<std::string>& challenges) {
  return take_from(Asker::server, proxy, challenges);
}

bool DigestClient::take_from_registrar(bool proxy, const std::vector<std::string>& challenges) {
  return take_from(Asker::registrar, proxy, challenges);
}

bool DigestClient::is_ours(Asker asker, const std::string& realm) {
  if (!realm_.empty()) return realm == realm_;
  if (asker == Asker::registrar && !std::exchange(registrar_asked_, true)) realms_.clear();
  if (std::find(realms_.begin(), realms_.end(), realm) != realms_.end()) return true;
  if (asker == Asker::server && !realms_.empty()) return false;
  if (realms_.size() >= most_realms) realms_.erase(realms_.begin());
  realms_.push_back(realm);
  return true;
}

bool DigestClient::take_from(Asker asker, bool proxy, const std::vector<std::string>& challenges) {
  std::optional<Known>& known = proxy ? proxy_ : registrar_;
  for (const std::string& value : challenges) {
    auto challenge = language::parse_digest_challenge(value);
    if (!challenge || !is_ours(asker, challenge->realm)) continue;
    const bool answered = known && known->count > 0 && known->challenge.nonce == challenge->nonce;
    if (answered && !challenge->stale) {
      known.reset();  // the next request asks for a challenge again instead of repeating what was refused
      return false;
    }
    known = Known{std::move(*challenge), 0};
    return true;
  }
  // What was signed was refused, and nothing is offered instead: so mod_sofia does for a nonce that it no longer knows.
  if (challenges.empty()) known.reset();
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
