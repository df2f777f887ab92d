#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include "file/line_output.h"
#include "file/standard_descriptors.h"
#include "language/text.h"
#include "runtime/guard.h"
#include "snomphone/lost_events.h"
#include "snomphone/options.h"

namespace {

using snom::language::printable;

constexpr std::chrono::milliseconds farewell{1500};
/// After that: for what standard output has not taken.
constexpr std::chrono::milliseconds last_words{1000};
/// Of events that wait for who reads standard output: some half a million.
constexpr std::size_t most_waiting = 64 * 1024 * 1024;
/// Of lines that wait for who reads standard error.
constexpr std::size_t most_errors = 64 * 1024;

/// Thousands of phones are thousands of sockets.
void allow_many_sockets() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

std::string lost_errors(std::uint64_t lost) { return "snomphone: lines lost here: " + std::to_string(lost) + "\n"; }

int run(snom::phone::FleetOptions options, snom::file::LineOutput& errors) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there are threads: all of them inherit it
  std::signal(SIGPIPE, SIG_IGN);
  allow_many_sockets();

  // Phones go on, and signals are heard, whether anybody reads it or not.
  snom::file::LineOutput events(STDOUT_FILENO, {most_waiting, snom::snomphone::lost_events});
  auto fleet =
      snom::phone::Fleet::open(std::move(options), [&events](const std::string& line) { events.write(line + "\n"); });
  if (!fleet) {
    errors.write("snomphone: " + printable(fleet.error()) + "\n");
    errors.drain(last_words);
    return 1;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  (*fleet)->log_off(farewell);
  fleet->reset();
  events.drain(last_words);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  snom::file::open_missing_standard_descriptors();
  try {
    // Static: faults are told of by whatever thread, to the end.
    static snom::file::LineOutput errors(STDERR_FILENO, {most_errors, lost_errors});
    snom::runtime::set_fault_log([](const char* where, const char* what) {
      errors.write("snomphone: " + std::string(where) + " failed: " + printable(what) + "\n");
    });
    auto options = snom::snomphone::parse_options(argc, argv);
    if (const auto* exit = std::get_if<snom::snomphone::Exit>(&options)) {
      std::fputs(exit->text.c_str(), exit->status == 0 ? stdout : stderr);
      return exit->status;
    }
    return run(std::get<snom::phone::FleetOptions>(std::move(options)), errors);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "snomphone: %s\n", printable(error.what()).c_str());
    return 1;
  }
}
