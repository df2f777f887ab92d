#pragma once

#include <sys/types.h>
#include <chrono>
#include <memory>
#include <string>

namespace snom::store::testing {

/// A PostgreSQL server of the test's own: data folder, Unix socket, no TCP. It goes with the object.
class PostgresServer final {
 public:
  /// nullptr: there is no PostgreSQL on this machine.
  [[nodiscard]] static std::unique_ptr<PostgresServer> make();
  /// The one that the tests of this process share; nullptr as make().
  [[nodiscard]] static PostgresServer* shared();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// Where a new schema of that name is: a connection URI of the role `snomd`, which may do nothing outside of it.
  [[nodiscard]] std::string url_of_new_schema();
  /// The same as the superuser, for what the role may not do.
  void sql(const std::string& statements) const;

  void start();
  /// kill -9 of the server and all that it started.
  void kill_it();
  /// As `systemctl stop`: sessions are ended.
  void stop_it();
  /// SIGSTOP to the server and its sessions: it is reached and says nothing.
  void pause_sessions();
  void continue_sessions();

 private:
  PostgresServer(std::string programs, std::string folder);
  void run_as_its_user(const std::string& command) const;
  void end(int signal);
  void signal_all(const char* name) const;

  const std::string programs_;
  const std::string folder_;
  const bool as_root_;
  pid_t process_ = -1;
  int schemas_ = 0;
};

}  // namespace snom::store::testing
