#include "snomctl/local_checks.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include "snomctl/answer_json.h"

namespace snom::snomctl {
namespace {

using nlohmann::json;
using How = Finding::How;

constexpr std::size_t most_pages = 5;
constexpr long page_timeout_ms = 2000;
/// SQLite's log and the next thousand keys.
constexpr unsigned long long little_room = 50ULL * 1024 * 1024;

bool is_address(const std::string& host) {
  in6_addr bytes{};
  return ::inet_pton(AF_INET, host.c_str(), &bytes) == 1 || host.find(':') != std::string::npos;
}

/// The page's own word is not asked for, only whether somebody is there. Empty: yes.
std::string why_not_reached(const std::string& address) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  curl_easy_setopt(curl.get(), CURLOPT_URL, address.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECT_ONLY, 1L);
  // A phone's certificate is its own; snomd judges it ([web] verify).
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, page_timeout_ms);
  const auto code = curl_easy_perform(curl.get());
  return code == CURLE_OK ? "" : curl_easy_strerror(code);
}

/// Where snomd looks for a phone's page: as configured, else at the address that it registered from.
std::string page_of(const json& contact) {
  if (auto web = text_of(contact, "web"); !web.empty()) return web;
  const auto network = text_of(contact, "network");
  const auto colon = network.rfind(':');
  return colon == std::string::npos ? "" : "http://" + network.substr(0, colon);
}

}  // namespace

Finding check_clock() {
  timex clock{};
  const int state = ::adjtimex(&clock);
  if (state < 0) return {How::look, "whether this machine's clock is right cannot be told here", ""};
  if (state == TIME_ERROR || (clock.status & STA_UNSYNC) != 0) {
    return {
        How::look, "nothing keeps this machine's clock right",
        "certificates and logs go by it: install systemd-timesyncd or chrony, unless the host of this machine does it"};
  }
  return {How::right, "this machine's clock is kept right", ""};
}

std::vector<Finding> check_names(const std::vector<std::string>& domains) {
  ::setenv("RES_OPTIONS", "timeout:2 attempts:1", 0);  // the resolver's own limit is half a minute
  std::vector<Finding> findings;
  for (const auto& domain : domains) {
    if (is_address(domain)) continue;
    addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(domain.c_str(), nullptr, nullptr, &found);
    if (failed == 0) {
      ::freeaddrinfo(found);
      findings.push_back({How::right, fmt::format("the domain {} has an address", domain), ""});
      continue;
    }
    findings.push_back({How::look, fmt::format("the domain {} has no address here: {}", domain, ::gai_strerror(failed)),
                        "phones that have it as registrar find snomd by DNS, or by an outbound proxy on their page"});
  }
  return findings;
}

std::vector<Finding> check_room(const std::string& store) {
  struct statvfs disk {};
  const auto folder = std::filesystem::path(store).parent_path().string();
  if (store.empty() || store.starts_with("postgresql://") || ::statvfs(folder.c_str(), &disk) != 0) return {};
  const auto room = static_cast<unsigned long long>(disk.f_bavail) * disk.f_frsize;
  if ((disk.f_flag & ST_RDONLY) != 0) {
    return {{How::wrong, fmt::format("{} is on a file system that is read-only", folder),
             "no key can be changed until it is not"}};
  }
  if (room < little_room) {
    return {{How::wrong, fmt::format("{} has room for {} MB only", folder, room / 1000000),
             "make room: keys that cannot be kept are not set"}};
  }
  return {{How::right, fmt::format("{} has room", folder), ""}};
}

std::vector<Finding> check_pages(const json& page) {
  std::vector<Finding> findings;
  std::size_t asked = 0;
  for (const auto& phone : list_of(page, "phones")) {
    for (const auto& contact : list_of(phone, "contacts")) {
      const auto address = page_of(contact);
      if (address.empty() || asked == most_pages) continue;
      ++asked;
      const auto name = text_of(phone, "address_of_record");
      const auto why = why_not_reached(address);
      if (why.empty()) {
        findings.push_back({How::right, fmt::format("the page of {} answers at {}", name, address), ""});
      } else {
        findings.push_back({How::look, fmt::format("the page of {} does not answer at {}: {}", name, address, why),
                            "'snom_command' goes there, lights do not: name another in web of its [[user]], or have "
                            "[[channel]] send NOTIFYs"});
      }
    }
  }
  return findings;
}

}  // namespace snom::snomctl
