#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace snom::http {

/// GETs towards phones: libcurl's multi interface on a thread of its own; never waits longer than its limits.
/// Thread-safe. Basic and Digest (preferred), credentials only after a 401 and only to the host they were meant for;
/// http and https only, redirects followed within the limit; certificates must be trusted by the system. A proxy named
/// in the environment is not used. A kept-alive connection that the phone closed meanwhile is opened again.
class WebClient final {
 public:
  struct Options {
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds total_timeout{5000};  ///< from get() to the answer, redirects and waiting included
    int max_redirects = 5;
    std::size_t max_body = 64 * 1024;          ///< bytes; a longer answer is an error
    std::size_t max_connections = 1000;        ///< open at once; further requests wait (within total_timeout)
    std::size_t max_connections_per_host = 2;  ///< to one host and port: a phone is a weak computer
  };

  struct Request {
    std::string url;       ///< http or https; one with a user or password in it is refused
    std::string username;  ///< empty = no credentials
    std::string password;
  };

  struct Response {
    int status = 0;     ///< of the last answer after redirects; 0 = none, and `error` says why
    std::string error;  ///< for an administrator: "connection refused", "no answer within 5 s"; holds no secret
    std::string body;
  };

  explicit WebClient(Options options);
  /// Ends within 1 s however silent phones are: what is under way is told `error` = "stopping".
  ~WebClient();
  WebClient(const WebClient&) = delete;
  WebClient& operator=(const WebClient&) = delete;

  /// Any thread. `done` is called exactly once, on the client's thread, and must not wait.
  void get(Request request, std::function<void(Response)> done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snom::http
