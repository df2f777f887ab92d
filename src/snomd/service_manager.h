#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace snom::snomd {

/// Tells systemd how this service is (sd_notify(3)): lines in a datagram to the socket that NOTIFY_SOCKET names.
/// Without one nothing is told, and what cannot be told is lost. Any thread.
class ServiceManager final {
 public:
  /// `socket`: a path, or a name in the abstract namespace behind '@'; empty or impossible: there is nobody to tell.
  /// `watchdog`: how long he waits for alive().
  explicit ServiceManager(std::string_view socket, std::optional<std::chrono::microseconds> watchdog = std::nullopt);
  /// By NOTIFY_SOCKET, and by WATCHDOG_USEC if WATCHDOG_PID is this process or not said.
  [[nodiscard]] static ServiceManager from_environment();
  ~ServiceManager();
  ServiceManager(ServiceManager&& other) noexcept;
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ServiceManager& operator=(ServiceManager&&) = delete;

  [[nodiscard]] bool is_there() const { return descriptor_ >= 0; }

  /// `status`: one line for a person, who reads it in `systemctl status`.
  void ready(const std::string& status) const;
  void reloading() const;
  void stopping() const;
  /// Never waits, so that it does not hold up the thread that it speaks for.
  void alive() const;
  /// How often alive() is due, half of what is waited for it; nullopt: nobody waits.
  [[nodiscard]] std::optional<std::chrono::milliseconds> alive_interval() const;

 private:
  void tell(const std::string& lines, int flags = 0) const;

  int descriptor_ = -1;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::optional<std::chrono::microseconds> watchdog_;
};

/// WATCHDOG_USEC and WATCHDOG_PID, as sd_watchdog_enabled(3) reads them; nullopt: no watchdog for the process `self`.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_of(std::string_view usec, std::string_view pid,
                                                                   pid_t self);

}  // namespace snom::snomd
