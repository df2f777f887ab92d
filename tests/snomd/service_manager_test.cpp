#include "snomd/service_manager.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// systemd's end: a socket with a name that the kernel makes up, in the abstract namespace.
class Listener final {
 public:
  Listener() : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address.sun_family)), 0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    name_.assign(address.sun_path, size - offsetof(sockaddr_un, sun_path));
    name_[0] = '@';
  }
  ~Listener() { ::close(descriptor_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// What came, or nothing.
  [[nodiscard]] std::string next() const {
    std::array<char, 1000> bytes{};
    const auto size = ::recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(bytes.data(), static_cast<std::size_t>(size));
  }

 private:
  int descriptor_;
  std::string name_;
};

TEST(ServiceManager, EachStateIsADatagram) {
  const Listener systemd;
  const ServiceManager manager(systemd.name());
  EXPECT_TRUE(manager.is_there());
  manager.ready("2 addresses\nREADY=0");
  EXPECT_EQ(systemd.next(), "READY=1\nSTATUS=2 addresses READY=0");
  manager.reloading();
  const auto reloading = systemd.next();
  EXPECT_TRUE(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC=")) << reloading;
  manager.alive();
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
  manager.stopping();
  EXPECT_EQ(systemd.next(), "STOPPING=1\nSTATUS=ending");
  EXPECT_EQ(systemd.next(), "");
}

TEST(ServiceManager, BeingAliveIsToldWithoutWaitingForSomebodyWhoDoesNotListen) {
  const Listener systemd;
  const ServiceManager manager(systemd.name());
  for (int i = 0; i < 5000; ++i) manager.alive();  // more than a socket keeps
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
}

TEST(ServiceManager, WithoutASocketThatCanBeOneNothingIsTold) {
  for (const auto& socket :
       {std::string(), std::string("relative"), "/" + std::string(200, 'a'), "@" + std::string(107, 'a')}) {
    const ServiceManager manager(socket, microseconds(2000000));
    EXPECT_FALSE(manager.is_there()) << socket;
    EXPECT_FALSE(manager.alive_interval()) << socket;
    manager.ready("nobody hears it");
  }
}

TEST(ServiceManager, IsToldTwiceInTheTimeThatTheWatchdogWaits) {
  const Listener systemd;
  EXPECT_EQ(ServiceManager(systemd.name(), microseconds(30000000)).alive_interval(), milliseconds(15000));
  EXPECT_EQ(ServiceManager(systemd.name(), microseconds(1)).alive_interval(), milliseconds(1));
  EXPECT_FALSE(ServiceManager(systemd.name()).alive_interval());
}

TEST(ServiceManager, TheWatchdogIsForOneProcess) {
  EXPECT_EQ(watchdog_of("30000000", "4711", 4711), microseconds(30000000));
  EXPECT_EQ(watchdog_of("30000000", "", 4711), microseconds(30000000));
  for (const auto& [usec, pid] :
       {std::pair("30000000", "4712"), {"", "4711"}, {"0", ""}, {"-1", ""}, {"30s", ""}, {"1", "x"}}) {
    EXPECT_FALSE(watchdog_of(usec, pid, 4711)) << usec << ' ' << pid;
  }
}

}  // namespace
}  // namespace snom::snomd
