#include "store/postgres_server.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/postgres.h"

namespace snom::store::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Debian has each version in a folder of its own; the newest.
std::string find_programs() {
  std::vector<std::string> found;
  std::error_code failed;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", failed)) {
    const auto programs = version.path() / "bin";
    if (fs::exists(programs / "initdb") && fs::exists(programs / "postgres")) found.push_back(programs.string());
  }
  std::sort(found.begin(), found.end());
  return found.empty() ? std::string() : found.back();
}

}  // namespace

std::unique_ptr<PostgresServer> PostgresServer::make() {
  const auto programs = find_programs();
  if (programs.empty()) return nullptr;
  // The path of a Unix socket is short.
  std::string folder = ::testing::TempDir() + "snom-pg-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for PostgreSQL");
  return std::unique_ptr<PostgresServer>(new PostgresServer(programs, folder));
}

PostgresServer* PostgresServer::shared() {
  static const std::unique_ptr<PostgresServer> server = make();
  return server.get();
}

PostgresServer::PostgresServer(std::string programs, std::string folder)
    : programs_(std::move(programs)), folder_(std::move(folder)), as_root_(geteuid() == 0) {
  fs::permissions(folder_, fs::perms::all);
  run_as_its_user(
      fmt::format("{}/initdb -D {}/data -U admin -A trust --no-sync -E UTF8 --locale=C.UTF-8", programs_, folder_));
  start();
  sql("CREATE ROLE snomd LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE");
  sql("CREATE DATABASE snomd");
}

PostgresServer::~PostgresServer() {
  end(SIGQUIT);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void PostgresServer::run_as_its_user(const std::string& command) const {
  // PostgreSQL refuses to run as root.
  const auto whole =
      fmt::format("cd {} && {}{} > {}/log.txt 2>&1", folder_,
                  as_root_ ? "setpriv --reuid=nobody --regid=nogroup --clear-groups " : "", command, folder_);
  if (std::system(whole.c_str()) != 0) throw std::runtime_error("failed: " + whole);  // NOLINT(cert-env33-c)
}

void PostgresServer::start() {
  const auto program = programs_ + "/postgres";
  const auto data = folder_ + "/data";
  process_ = fork();
  if (process_ == 0) {
    setpgid(0, 0);
    const int log = open((folder_ + "/server.txt").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    std::vector<const char*> words;
    if (as_root_) words = {"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"};
    words.insert(words.end(), {program.c_str(), "-D", data.c_str(), "-k", folder_.c_str(), "-c",
                               "listen_addresses=", "-c", "max_connections=40", nullptr});
    execvp(words[0], const_cast<char**>(words.data()));
    _exit(127);
  }
  const auto url = fmt::format("postgresql://admin@/postgres?host={}", folder_);
  const auto by = std::chrono::steady_clock::now() + 30s;
  while (!PostgresConnection::connect(url, std::chrono::steady_clock::now() + 5s)) {
    if (std::chrono::steady_clock::now() > by) throw std::runtime_error("PostgreSQL does not start");
    std::this_thread::sleep_for(20ms);
  }
}

void PostgresServer::end(int signal) {
  if (process_ <= 0) return;
  kill(process_, SIGCONT);
  kill(process_, signal);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

void PostgresServer::kill_it() {
  // Its processes are groups of their own, and end when they see that the first has gone; killed with it here.
  signal_all("KILL");
  end(SIGKILL);
  // What the next start would otherwise wait for.
  std::this_thread::sleep_for(50ms);
}

void PostgresServer::stop_it() { end(SIGINT); }
void PostgresServer::signal_all(const char* name) const {
  const auto all = fmt::format("pkill -{} -P {}", name, process_);
  [[maybe_unused]] const int none_is_no_fault = std::system(all.c_str());  // NOLINT(cert-env33-c)
}

void PostgresServer::pause_sessions() {
  kill(process_, SIGSTOP);
  signal_all("STOP");
}
void PostgresServer::continue_sessions() {
  signal_all("CONT");
  kill(process_, SIGCONT);
}

void PostgresServer::sql(const std::string& statements) const {
  for (const char* database : {"snomd", "postgres"}) {
    auto connection = PostgresConnection::connect(
        fmt::format("postgresql://admin@/{}?host={}&options=-cdefault_transaction_read_only%3Doff", database, folder_),
        std::chrono::steady_clock::now() + 10s);
    if (!connection) continue;
    const auto done = (*connection)->run(statements, 10s);
    if (!done) throw std::runtime_error(done.error().text);
    return;
  }
  throw std::runtime_error("PostgreSQL is not there");
}

std::string PostgresServer::url_of_new_schema() {
  const auto schema = fmt::format("keys{}", ++schemas_);
  sql(fmt::format("CREATE SCHEMA {} AUTHORIZATION snomd", schema));
  return fmt::format("postgresql://snomd@/snomd?host={}&options=-csearch_path%3D{}", folder_, schema);
}

}  // namespace snom::store::testing
