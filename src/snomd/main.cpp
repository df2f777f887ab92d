#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/resource.h>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include "file/line_output.h"
#include "file/standard_descriptors.h"
#include "language/shown_arguments.h"
#include "language/text.h"
#include "runtime/guard.h"
#include "snomd/config.h"
#include "snomd/config_check.h"
#include "snomd/daemon.h"
#include "snomd/log.h"
#include "snomd/memory.h"
#include "snomd/restart.h"
#include "snomd/service_manager.h"
#include "snomd/signals.h"

namespace {

using snom::language::printable;

/// What standard error has not taken when the program ends is given so long.
constexpr std::chrono::milliseconds last_words{500};

/// A socket for every TCP phone and every phone's web page: take what the system allows.
void raise_open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) spdlog::warn("the limit of open files stays as it is");
}

/// What reading a configuration took, several times its size, goes back to the system: its users are kept elsewhere.
void let_go_of(snom::snomd::Config& config) {
  config.users = std::vector<snom::sip::User>();  // `= {}` would keep the room they took
  snom::snomd::give_back_memory();
}

/// Ends the program without waiting for work that may never end.
[[noreturn]] void end_at_once(snom::file::LineOutput& errors) {
  spdlog::info("stopped");
  errors.drain(last_words);
  std::fflush(nullptr);
  std::_Exit(0);
}

/// Why it does not start. Nobody has to read it for the program to end.
int fail(snom::file::LineOutput& errors, const std::string& why, int status) {
  errors.write(fmt::format("snomd: {}\n", printable(why)));
  return status;
}

/// For `systemctl status`. `wrong`: what was not heeded of what was read again, and why.
std::string status_of(const snom::snomd::Daemon& daemon, std::size_t users,
                      const std::vector<std::string>& wrong = {}) {
  const auto before =
      wrong.empty() ? std::string()
                    : fmt::format("goes on as it was: {}; ", printable(fmt::format("{}", fmt::join(wrong, ", "))));
  return fmt::format("{}serving {} users; listening: {}", before, users, fmt::join(daemon.listening(), ", "));
}

/// Heeds signals until one says stop. `running`: what the daemon was started with.
void serve(snom::snomd::Daemon& daemon, snom::snomd::Signals& signals, const snom::snomd::Config& running,
           const std::string& path, const snom::snomd::ServiceManager& manager, std::size_t users) {
  while (signals.wait() == snom::snomd::Signals::Heard::reload) {
    manager.reloading();
    auto config = signals.while_heard([path] { return snom::snomd::load_config(path); });
    if (!config) return;
    std::vector<std::string> wrong;
    if (*config) {
      wrong = daemon.reload(**config);
      users = (*config)->users.size();
      spdlog::info("users read again from {}: {}", path, users);
      const auto unheeded = snom::snomd::settings_that_need_a_restart(running, **config);
      if (!unheeded.empty()) {
        spdlog::warn("{} has other settings than snomd was started with, which need a restart: {}", path,
                     fmt::join(unheeded, ", "));
      }
      let_go_of(**config);
    } else {
      spdlog::error("{} (the users stay as they were)", config->error());
      wrong = {config->error()};
    }
    manager.ready(status_of(daemon, users, wrong));
  }
}

/// Reads the configuration as a start would, and says what is wrong with it; nothing is bound or changed.
int check(const std::string& path) {
  const auto config = snom::snomd::load_config(path);
  if (!config) {
    std::fprintf(stderr, "snomd: %s\n", printable(config.error()).c_str());
    return 2;
  }
  if (const auto startable = snom::snomd::check_start(*config); !startable) {
    std::fprintf(stderr, "snomd: %s\n", printable(startable.error()).c_str());
    return 2;
  }
  std::printf("%s is right (profiles: %zu, users: %zu, http: %s)\n", printable(path).c_str(), config->profiles.size(),
              config->users.size(), printable(config->http_listen).c_str());
  return 0;
}

int run(const std::string& path, snom::file::LineOutput& errors) {
  const auto manager = snom::snomd::ServiceManager::from_environment();
  // Before any thread starts, so that all of them leave these signals to it.
  snom::snomd::Signals signals;
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // the store reports a file that may not grow

  auto config = signals.while_heard([path] { return snom::snomd::load_config(path); });
  if (!config) end_at_once(errors);
  if (!*config) return fail(errors, config->error(), 2);
  raise_open_files_limit();

  auto daemon = signals.while_heard([config = **config] { return snom::snomd::Daemon::start(config); });
  if (!daemon) end_at_once(errors);
  if (!*daemon) return fail(errors, daemon->error(), 1);
  for (const std::string& line : (**daemon)->listening()) std::printf("listening %s\n", line.c_str());
  std::printf("ready\n");
  std::fflush(stdout);

  const auto users = (**config).users.size();
  let_go_of(**config);
  (**daemon)->call_each(std::chrono::seconds(1), snom::snomd::give_back_of_resting_threads);
  // By the thread that does the work: when it hangs, systemd starts the program anew.
  if (const auto interval = manager.alive_interval()) {
    (**daemon)->call_each(*interval, [&manager] { manager.alive(); });
  }
  manager.ready(status_of(***daemon, users));
  serve(***daemon, signals, **config, path, manager, users);
  manager.stopping();
  (*daemon)->reset();
  if (signals.left_work_behind()) end_at_once(errors);
  spdlog::info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  snom::file::open_missing_standard_descriptors();
  CLI::App app{"snomd: controls the keys of Snom phones. A registrar for them, with an HTTP interface on loopback."};
  std::string config;
  std::string level = "info";
  bool only_check = false;
  app.add_option("--config", config, "configuration file (TOML; docs/snomd.md describes it)")->required();
  app.add_option("--log-level", level, "least important lines to log on standard error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_flag("--check-config", only_check, "says whether the configuration is right, and ends; changes nothing");
  app.set_version_flag("--version", "snomd " SNOM_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const bool is_only_unknown = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
    const auto why = snom::language::wrong_arguments(is_only_unknown ? "" : error.what(), app.remaining());
    std::fprintf(stderr, "%sRun with --help for more information.\n", why.c_str());
    return 2;
  }

  try {
    const auto errors = snom::snomd::start_log(level);
    snom::runtime::set_fault_log(
        [](const char* where, const char* what) { spdlog::error("{} failed: {}; going on", where, what); });
    const int status = only_check ? check(config) : run(config, *errors);
    errors->drain(last_words);
    return status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "snomd: %s\n", printable(error.what()).c_str());
    return 1;
  }
}
