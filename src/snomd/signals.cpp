#include "snomd/signals.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace snom::snomd {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

Signals::Done::Done() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {
  if (descriptor_ < 0) fail("eventfd");
}

Signals::Signals() {
  sigset_t heard;
  sigemptyset(&heard);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&heard, signal);
  descriptor_ = ::signalfd(-1, &heard, SFD_CLOEXEC);
  if (descriptor_ < 0) fail("signalfd");
  pthread_sigmask(SIG_BLOCK, &heard, nullptr);
}

Signals::~Signals() { ::close(descriptor_); }

Signals::Heard Signals::wait() {
  if (std::exchange(reload_, false)) return Heard::reload;
  return read();
}

Signals::Heard Signals::read() {
  signalfd_siginfo signal{};
  while (::read(descriptor_, &signal, sizeof(signal)) != sizeof(signal)) {
    if (errno != EINTR) fail("signalfd");
  }
  return signal.ssi_signo == SIGHUP ? Heard::reload : Heard::stop;
}

bool Signals::wait_for(const Done& done) {
  for (;;) {
    std::array<pollfd, 2> polled{{{descriptor_, POLLIN, 0}, {done.descriptor(), POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), -1) < 0) {
      if (errno == EINTR) continue;
      fail("poll");
    }
    if (polled[1].revents != 0 && done.is_set()) return true;
    if (polled[0].revents == 0) continue;
    if (read() == Heard::stop) return false;
    reload_ = true;
  }
}

}  // namespace snom::snomd
