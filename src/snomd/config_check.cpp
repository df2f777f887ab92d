#include "snomd/config_check.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "access/token_file.h"
#include "http/listen_address.h"
#include "http/pin_store.h"
#include "language/text.h"
#include "snomd/audit_log.h"
#include "store/open_store.h"

namespace snom::snomd {
namespace {

/// An address however it is written; a name as it is.
std::string plain_host(const std::string& host) {
  std::array<char, 16> bytes{};
  for (const auto& [family, size] : {std::pair(AF_INET, 4U), std::pair(AF_INET6, 16U)}) {
    if (inet_pton(family, host.c_str(), bytes.data()) == 1) return {bytes.data(), size};
  }
  return language::lower_case(host);
}

/// Of a plain_host().
bool is_any(const std::string& host) { return !host.empty() && host.find_first_not_of('\0') == std::string::npos; }

/// Whom addresses belong to.
class Listeners {
 public:
  /// `who`: the setting, "[http] listen". `address`: "127.0.0.1:8080", `shown`: as the file has it.
  [[nodiscard]] tl::expected<void, std::string> add(const std::string& who, bool is_udp, std::string_view address,
                                                    std::string_view shown) {
    const auto read = http::parse_listen_address(address);
    if (!read || read->port == 0) return {};
    const Place place{is_udp, read->port, plain_host(read->host)};
    const auto known =
        std::find_if(taken_.begin(), taken_.end(), [&](const auto& one) { return meet(one.first, place); });
    if (known == taken_.end()) {
      taken_.emplace_back(place, who);
      return {};
    }
    return tl::unexpected(fmt::format("{}: {} is listened at by {} already (expected an address of its own for each)",
                                      who, shown, known->second));
  }
  /// "udp:127.0.0.1:5060".
  [[nodiscard]] tl::expected<void, std::string> add_sip(const std::string& who, std::string_view listen) {
    const auto colon = std::min(listen.find(':'), listen.size() - 1);
    return add(who, listen.starts_with("udp:"), listen.substr(colon + 1), listen);
  }
  /// Empty: there is none.
  [[nodiscard]] tl::expected<void, std::string> add_http(const std::string& who, const std::string& address) {
    return add(who, false, address, address);
  }

 private:
  struct Place {
    bool is_udp = false;
    std::uint16_t port = 0;
    std::string host;
    bool operator==(const Place&) const = default;
  };
  /// 0.0.0.0 and [::] are each address of their family.
  [[nodiscard]] static bool meet(const Place& a, const Place& b) {
    if (a.is_udp != b.is_udp || a.port != b.port) return false;
    return a.host == b.host || (a.host.size() == b.host.size() && (is_any(a.host) || is_any(b.host)));
  }
  std::vector<std::pair<Place, std::string>> taken_;
};

tl::expected<void, std::string> in_setting(std::string_view setting, tl::expected<void, std::string> checked) {
  return std::move(checked).map_error(
      [setting](const std::string& why) { return fmt::format("{}: {}", setting, why); });
}

}  // namespace

tl::expected<void, std::string> check_listeners(const Config& config) {
  Listeners listeners;
  tl::expected<void, std::string> checked;
  const auto then = [&checked](auto add) {
    if (checked) checked = add();
  };
  for (const auto& profile : config.sip.profiles) {
    const auto who = fmt::format("[[profile]] {} listen", profile.name);
    for (const auto& listen : profile.listen) then([&] { return listeners.add_sip(who, listen); });
  }
  for (const auto& asterisk : config.asterisks) {
    if (!asterisk.hep || asterisk.hep->port == 0) continue;
    const auto& host = asterisk.hep->host;
    const bool is_v6 = host.find(':') != std::string::npos;
    const auto address = fmt::format("{}{}{}:{}", is_v6 ? "[" : "", host, is_v6 ? "]" : "", asterisk.hep->port);
    then([&] {
      return listeners.add_sip(fmt::format("[[profile]] {} hep", asterisk.phones.profile), "udp:" + address);
    });
  }
  then([&] { return listeners.add_http("[http] listen", config.http_listen); });
  then([&] { return listeners.add_http("[http] https_listen", config.https_listen); });
  then([&] { return listeners.add_http("[provisioning] listen", config.provisioning.listen); });
  then([&] { return listeners.add_http("[provisioning] https_listen", config.provisioning.https_listen); });
  return checked;
}

tl::expected<void, std::string> check_start(const Config& config) {
  if (auto checked = check_listeners(config); !checked) return checked;
  if (!config.pin_file.empty()) {
    if (auto checked = in_setting("[web] pin_file", http::FilePins::check(config.pin_file)); !checked) return checked;
  }
  // Read at each start, and again while it runs: one that cannot be read keeps snomd from starting.
  if (!config.tokens_file.empty()) {
    if (const auto tokens = access::TokenFile(config.tokens_file).read_if_changed(); !tokens) {
      return tl::unexpected("[http] tokens_file: " + tokens.error());
    }
  }
  if (!config.audit_file.empty()) {
    auto checked = in_setting("[http] audit_file", AuditLog::check(config.audit_file));
    if (!checked) return checked;
  }
  const auto& place = config.store_url.empty() ? config.store_path : config.store_url;
  if (place.empty()) return {};
  return store::check_store(place).map_error([](const std::string& why) { return "[store] " + why; });
}

}  // namespace snom::snomd
