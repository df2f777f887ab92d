#pragma once

#include <csignal>
#include <thread>

namespace snom::http {

/// Starts a thread that gets no signals: those are for the program's main thread, and SIGPIPE is for nobody.
template <class Work>
[[nodiscard]] std::thread thread_without_signals(Work work) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(work));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace snom::http
