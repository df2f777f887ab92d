#include <pthread.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include "runtime/guard.h"
#include "snomphone/options.h"

namespace {

/// Of the two seconds within which the program ends.
constexpr std::chrono::milliseconds farewell{1500};

/// Thousands of phones are thousands of sockets.
void allow_many_sockets() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

void print_line(const std::string& line) {
  std::fwrite((line + "\n").data(), 1, line.size() + 1, stdout);
  std::fflush(stdout);
}

int run(snom::phone::FleetOptions options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there are threads: all of them inherit it
  std::signal(SIGPIPE, SIG_IGN);
  allow_many_sockets();

  auto fleet = snom::phone::Fleet::open(std::move(options), print_line);
  if (!fleet) {
    std::fprintf(stderr, "snomphone: %s\n", fleet.error().c_str());
    return 1;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  (*fleet)->log_off(farewell);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  snom::runtime::set_fault_log(
      [](const char* where, const char* what) { std::fprintf(stderr, "snomphone: %s failed: %s\n", where, what); });
  try {
    auto options = snom::snomphone::parse_options(argc, argv);
    if (const auto* exit = std::get_if<snom::snomphone::Exit>(&options)) {
      std::fputs(exit->text.c_str(), exit->status == 0 ? stdout : stderr);
      return exit->status;
    }
    return run(std::get<snom::phone::FleetOptions>(std::move(options)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "snomphone: %s\n", error.what());
    return 1;
  }
}
