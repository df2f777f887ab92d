#include "snomd/service_manager.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace snom::snomd {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::chrono::microseconds> watchdog_of(std::string_view usec, std::string_view pid, pid_t self) {
  if (!pid.empty() && number(pid) != self) return std::nullopt;
  const auto limit = number(usec);
  if (!limit) return std::nullopt;
  return std::chrono::microseconds(*limit);
}

ServiceManager::ServiceManager(std::string_view socket, std::optional<std::chrono::microseconds> watchdog)
    : watchdog_(watchdog) {
  const bool abstract = socket.starts_with('@');
  // A path in the file system is ended by a zero.
  if (!(abstract || socket.starts_with('/')) || socket.size() >= sizeof(address_.sun_path)) return;
  address_.sun_family = AF_UNIX;
  std::copy(socket.begin(), socket.end(), address_.sun_path);
  if (abstract) address_.sun_path[0] = '\0';
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size() + (abstract ? 0 : 1));
  descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return;
  const timeval limit{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

ServiceManager ServiceManager::from_environment() {
  return ServiceManager(environment("NOTIFY_SOCKET"),
                        watchdog_of(environment("WATCHDOG_USEC"), environment("WATCHDOG_PID"), ::getpid()));
}

ServiceManager::~ServiceManager() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ServiceManager::ServiceManager(ServiceManager&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      address_(other.address_),
      address_size_(other.address_size_),
      watchdog_(other.watchdog_) {}

void ServiceManager::tell(const std::string& lines, int flags) const {
  if (descriptor_ < 0) return;
  ::sendto(descriptor_, lines.data(), lines.size(), MSG_NOSIGNAL | flags, reinterpret_cast<const sockaddr*>(&address_),
           address_size_);
}

void ServiceManager::ready(const std::string& status) const {
  std::string line = status;
  std::replace(line.begin(), line.end(), '\n', ' ');
  tell("READY=1\nSTATUS=" + line);
}

void ServiceManager::reloading() const {
  // The time is for Type=notify-reload, by which systemd tells this reload from one that it asked for before.
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto usec = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec) + "\nSTATUS=reading the configuration again");
}

void ServiceManager::stopping() const { tell("STOPPING=1\nSTATUS=ending"); }

void ServiceManager::alive() const { tell("WATCHDOG=1", MSG_DONTWAIT); }

std::optional<std::chrono::milliseconds> ServiceManager::alive_interval() const {
  if (descriptor_ < 0 || !watchdog_) return std::nullopt;
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(*watchdog_ / 2), std::chrono::milliseconds(1));
}

}  // namespace snom::snomd
