#include "snomd/settings_page.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <spdlog/spdlog.h>

#include "access/gate.h"
#include "file/read_file.h"
#include "language/phone_settings.h"
#include "language/text.h"
#include "layout/provisioning.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

constexpr std::string_view suffix = ".xml";
constexpr std::chrono::seconds nonce_lifetime{300};
constexpr std::size_t nonces_remembered = 20000;

/// The address without its port, as fail2ban is to read it.
std::string host_of(const std::string& peer) {
  std::string host = peer.substr(0, peer.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

sip::RefusedRequest refusal_of(const http::Request& request, std::string user, std::string why) {
  sip::RefusedRequest refused{"HTTP", std::move(user), host_of(request.peer), 0, "tcp", std::move(why)};
  const auto colon = request.peer.rfind(':');
  if (colon != std::string::npos) {
    refused.port = static_cast<std::uint16_t>(std::atoi(request.peer.c_str() + colon + 1));
  }
  return refused;
}

}  // namespace

SettingsPage::SettingsPage(std::string secret, std::string folder,
                           std::function<void(const sip::RefusedRequest&)> refused)
    : folder_(std::move(folder)),
      refused_(std::move(refused)),
      nonces_(std::move(secret), nonce_lifetime, nonces_remembered) {}

void SettingsPage::use(const std::vector<sip::User>& users, const std::vector<std::string>& domains) {
  passwords_.clear();
  for (const auto& user : users) {
    if (!user.password.empty()) passwords_.emplace(user.name, user.password);
  }
  domains_ = domains;
}

void SettingsPage::answer(const http::Request& request, std::shared_ptr<http::Responder> responder,
                          picture::Workroom& workroom, TimePoint now) {
  auto path = admit(request, now);
  if (!path) return responder->send(std::move(path.error()));
  const auto taken = workroom.run(0, [path = std::move(*path), responder](std::string_view why_not) {
    if (!why_not.empty()) return responder->send(problem(503, std::string(why_not)));
    const auto text = file::read(path, language::largest_settings);
    // The phone is told no path of this machine.
    if (!text && ::access(path.c_str(), F_OK) != 0) {
      return responder->send(problem(404, "there are no settings for this phone"));
    }
    if (!text) {
      spdlog::error("settings cannot be read: {}", language::printable(text.error()));
      return responder->send(problem(503, "the settings of this phone cannot be read: snomd's log says why"));
    }
    responder->send({200, "application/xml; charset=utf-8", *text, {{"Cache-Control", "no-store"}}});
  });
  if (!taken) responder->send(problem(503, std::string(taken.error())));
}

tl::expected<std::string, http::Response> SettingsPage::admit(const http::Request& request, TimePoint now) {
  if (request.method != "GET" && request.method != "HEAD") return tl::unexpected(method_not_allowed("GET, HEAD"));
  std::string_view name = request.path;
  const auto nothing = [] { return tl::unexpected(problem(404, "nothing here but /settings/<user@domain>.xml")); };
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return nothing();
  name.remove_prefix(prefix.size());
  name.remove_suffix(suffix.size());
  const auto at = name.rfind('@');
  if (at == std::string_view::npos || at == 0) return nothing();
  const std::string user(name.substr(0, at));
  const std::string domain(name.substr(at + 1));
  if (std::find(domains_.begin(), domains_.end(), domain) == domains_.end()) return nothing();
  // Before it is looked whether there is such a user, and such a file: nobody learns that who is none of them.
  if (auto known = check(request, user, domain, now); !known) return tl::unexpected(std::move(known.error()));
  return folder_ + "/" + layout::settings_file_name(std::string(name));
}

tl::expected<void, http::Response> SettingsPage::check(const http::Request& request, const std::string& user,
                                                       const std::string& domain, TimePoint now) {
  auto& wrong = wrong_.of(access::address_of_peer(request.peer), now);
  const auto given = language::parse_digest_credentials(request.header("authorization"));
  if (!given || given->realm != domain || given->uri != request.target) {
    return tl::unexpected(challenge(domain, false, now));
  }
  if (!wrong.has_left(now)) {
    auto response = problem(429, "too many wrong passwords");
    response.headers.emplace_back("Retry-After", std::to_string(wrong.wait(now).count()));
    return tl::unexpected(std::move(response));
  }
  // A phone may call itself by its user alone, or by its address of record.
  std::string name = given->username;
  if (const auto whole = name.find('@'); whole != std::string::npos && name.substr(whole + 1) == domain) {
    name.erase(whole);
  }
  const auto found = passwords_.find(name);
  if (found == passwords_.end() || !language::response_matches(*given, found->second, request.method)) {
    (void)wrong.take(now);
    refused_(refusal_of(request, given->username, found == passwords_.end() ? "no such user" : "wrong password"));
    return tl::unexpected(challenge(domain, false, now));
  }
  const auto verdict = nonces_.use(*given, now);
  if (verdict != language::NonceKeeper::Verdict::good) {
    return tl::unexpected(challenge(domain, verdict == language::NonceKeeper::Verdict::stale, now));
  }
  if (name == user) return {};
  refused_(refusal_of(request, given->username, "another phone's settings"));
  return tl::unexpected(problem(403, "these are another phone's settings"));
}

http::Response SettingsPage::challenge(const std::string& domain, bool stale, TimePoint now) {
  language::DigestChallenge asked;
  asked.realm = domain;
  asked.nonce = nonces_.make(now);
  asked.stale = stale;
  auto response = problem(401, "a phone's settings are for that phone: with the user and password that it has for SIP");
  response.headers.emplace_back("WWW-Authenticate", asked.to_string());
  return response;
}

}  // namespace snom::snomd
