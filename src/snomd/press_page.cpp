#include "snomd/press_page.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "http/listen_address.h"
#include "language/hex.h"
#include "language/secret.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

constexpr std::size_t reference_bytes = 16;

/// In the one way that the system writes it; empty for what is no address.
[[nodiscard]] std::string canonical(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, host.c_str(), address.data()) == 1 &&
        inet_ntop(family, address.data(), text.data(), text.size()) != nullptr) {
      return text.data();
    }
  }
  return {};
}

[[nodiscard]] std::string host_of_peer(const std::string& peer) {
  const auto at = http::parse_listen_address(peer);
  return at ? canonical(at->host) : std::string();
}

}  // namespace

void PressPage::use(const std::vector<Phone>& phones) {
  auto before = std::exchange(hosts_, {});
  host_of_phone_.clear();
  for (const Phone& phone : phones) {
    const std::string address = canonical(phone.host);
    Host& host = hosts_[address];
    if (const auto old = before.find(address); old != before.end() && host.phones.empty()) {
      host.presses = old->second.presses;
    }
    host.phones.push_back(phone);
    host_of_phone_.insert_or_assign(phone.user + "@" + phone.domain, address);
  }
}

std::string PressPage::reference(const std::string& address_of_record, const std::string& key) const {
  const std::string what = address_of_record + "\n" + key;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(what.data()), what.size(), digest.data(), &size);
  return language::to_hex(std::span(digest).first(reference_bytes));
}

std::optional<std::string> PressPage::path(const std::string& address_of_record, const std::string& key) const {
  if (!host_of_phone_.contains(address_of_record)) return std::nullopt;
  return std::string(prefix) + reference(address_of_record, key);
}

http::Response PressPage::press(const Asked& asked, control::CommandService& command_service,
                                const registration::Directory& directory, TimePoint now) {
  const auto found = hosts_.find(host_of_peer(asked.peer));
  if (found == hosts_.end()) return problem(403, "no phone is listed at your address");
  Host& host = found->second;
  if (!host.presses.take(now)) {
    auto later = problem(429, "too many presses");
    later.headers.emplace_back("Retry-After", "1");
    return later;
  }

  const auto asked_for = std::string_view(asked.path).substr(std::min(prefix.size(), asked.path.size()));
  for (const Phone& phone : host.phones) {
    const std::string address_of_record = phone.user + "@" + phone.domain;
    for (const control::WantedButton* wanted : command_service.wanted_keys().wanted(address_of_record)) {
      const auto& button = wanted->button;
      if (!language::same_secret(asked_for, reference(address_of_record, button.key))) continue;
      if (wanted->cleared || button.action != language::Action::message || button.number.empty()) continue;
      control::CommandService::Press press;
      const auto registered = directory.find({phone.profile, phone.user, phone.domain});
      if (registered && !registered->empty()) {
        press.from = registered->front();
      } else {
        registration::Registration silent;
        silent.user = phone.user;
        silent.domain = phone.domain;
        silent.profile = phone.profile;
        silent.network_host = found->first;
        press.from = std::move(silent);
      }
      press.target = button.number;
      press.target_host = phone.domain;
      press.body = "k=" + button.key;
      if (command_service.press(press)) return {200, "text/plain; charset=utf-8", "", {}};
    }
  }
  return problem(404, "no such key");
}

}  // namespace snom::snomd
