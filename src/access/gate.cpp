#include "access/gate.h"

#include <algorithm>
#include <utility>

#include "language/address_network.h"
#include "language/secret.h"
#include "language/text.h"

namespace snom::access {
namespace {

constexpr double wrong_at_once = 10;
constexpr double wrong_per_second = 1;
constexpr std::size_t most_addresses = 4096;

/// What stands behind "Bearer ", in any case of letters (RFC 9110 section 11.1); empty for anything else.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (!language::equal_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return {};
  authorization.remove_prefix(scheme.size());
  const auto begin = std::min(authorization.find_first_not_of(' '), authorization.size());
  return authorization.substr(begin);
}

}  // namespace

std::string address_of_peer(std::string_view peer) {
  std::string host(peer.substr(0, peer.rfind(':')));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return language::network_of(host);
}

Gate::Gate(Options options) : options_(std::move(options)), wrong_(wrong_at_once, wrong_per_second, most_addresses) {}

void Gate::use(std::vector<Token> tokens) {
  const std::lock_guard lock(mutex_);
  for (const auto& before : tokens_) {
    // Who has the same limits goes on with what is left of them.
    const auto stays = [&](const Token& now) { return now.name == before.name && now.per_second == before.per_second; };
    if (std::none_of(tokens.begin(), tokens.end(), stays)) requests_.erase(before.name);
  }
  tokens_ = std::move(tokens);
}

std::vector<Token> Gate::tokens() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

const Token* Gate::find(std::string_view text) const {
  const auto hash = language::sha256_hex(text);
  const Token* found = nullptr;
  // All are looked at, whichever it is.
  for (const auto& token : tokens_) {
    if (language::same_secret(hash, token.hash)) found = &token;
  }
  return found;
}

bool Gate::is_configured(std::string_view text) const {
  return !options_.token.empty() && language::same_secret(text, options_.token);
}

Caller Gate::caller_of(const Token& token) const {
  return {token.name, token.role, token.max_body.value_or(options_.max_body), token.hash};
}

Caller Gate::configured_caller() const { return {std::string(configured_name), Role::admin, options_.max_body, {}}; }

tl::expected<Caller, Refusal> Gate::admit(const Asked& asked, TimePoint now) {
  if (asked.needs == Role::anybody) return Caller{{}, Role::anybody, options_.max_body, {}};
  if (!wants_token()) return Caller{{}, Role::admin, options_.max_body, {}};
  const auto text = bearer_token(asked.authorization);
  if (text.empty()) return tl::unexpected(Refusal{Refusal::Why::no_token});

  const std::lock_guard lock(mutex_);
  auto per_second = options_.per_second;
  Caller caller;
  if (const auto* token = find(text)) {
    caller = caller_of(*token);
    per_second = token->per_second.value_or(per_second);
  } else {
    auto& wrong = wrong_.of(address_of_peer(asked.peer), now);
    if (!wrong.has_left(now)) {
      return tl::unexpected(Refusal{.why = Refusal::Why::too_many_wrong, .wait = wrong.wait(now)});
    }
    if (!is_configured(text)) {
      static_cast<void>(wrong.take(now));
      return tl::unexpected(Refusal{Refusal::Why::wrong_token});
    }
    caller = configured_caller();
  }
  auto& requests = requests_.try_emplace(caller.name, per_second, per_second, now).first->second;
  if (!requests.take(now)) {
    return tl::unexpected(
        Refusal{.why = Refusal::Why::too_often, .name = caller.name, .role = caller.role, .wait = requests.wait(now)});
  }
  if (caller.role < asked.needs) {
    return tl::unexpected(Refusal{.why = Refusal::Why::too_low, .name = caller.name, .role = caller.role});
  }
  if (asked.body_bytes > caller.max_body) {
    return tl::unexpected(
        Refusal{.why = Refusal::Why::too_large, .name = caller.name, .role = caller.role, .max_body = caller.max_body});
  }
  return caller;
}

std::optional<Caller> Gate::identify(std::string_view authorization) const {
  if (!wants_token()) return Caller{{}, Role::admin, options_.max_body, {}};
  const auto text = bearer_token(authorization);
  if (text.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (const auto* token = find(text)) return caller_of(*token);
  if (is_configured(text)) return configured_caller();
  return std::nullopt;
}

bool Gate::still_knows(const Caller& caller) const {
  if (caller.name.empty() || caller.name == configured_name) return true;
  const std::lock_guard lock(mutex_);
  return std::any_of(tokens_.begin(), tokens_.end(), [&](const Token& token) {
    return token.name == caller.name && token.role == caller.role && token.hash == caller.hash;
  });
}

}  // namespace snom::access
