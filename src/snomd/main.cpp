#include <csignal>
#include <cstdio>
#include <string>

#include <sys/resource.h>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include "snomd/config.h"
#include "snomd/daemon.h"

namespace {

/// A socket for every TCP phone and every phone's web page: take what the system allows.
void raise_open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) spdlog::warn("the limit of open files stays as it is");
}

/// Waits for signals and heeds them until one says stop.
void serve(snom::snomd::Daemon& daemon, const sigset_t& signals, const std::string& path) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) return;
    if (const auto config = snom::snomd::load_config(path)) {
      daemon.reload(*config);
      spdlog::info("users read again from {}: {}", path, config->users.size());
    } else {
      spdlog::error("{} (the users stay as they were)", config.error());
    }
  }
}

int run(const std::string& path) {
  const auto config = snom::snomd::load_config(path);
  if (!config) {
    std::fprintf(stderr, "snomd: %s\n", config.error().c_str());
    return 2;
  }
  raise_open_files_limit();

  // Before any thread starts, so that all of them leave these signals to serve().
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // the store reports a file that may not grow

  auto daemon = snom::snomd::Daemon::start(*config);
  if (!daemon) {
    std::fprintf(stderr, "snomd: %s\n", daemon.error().c_str());
    return 1;
  }
  for (const std::string& line : (*daemon)->listening()) std::printf("listening %s\n", line.c_str());
  std::printf("ready\n");
  std::fflush(stdout);

  serve(**daemon, signals, path);
  daemon->reset();
  spdlog::info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"snomd: controls the keys of Snom phones. A registrar for them, with an HTTP interface on loopback."};
  std::string config;
  std::string level = "info";
  app.add_option("--config", config, "configuration file (TOML; docs/snomd.md describes it)")->required();
  app.add_option("--log-level", level, "least important lines to log on standard error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.set_version_flag("--version", "snomd " SNOM_VERSION);
  CLI11_PARSE(app, argc, argv);

  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("snomd", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()));
  spdlog::set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
  spdlog::set_level(spdlog::level::from_str(level));
  try {
    return run(config);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "snomd: %s\n", error.what());
    return 1;
  }
}
