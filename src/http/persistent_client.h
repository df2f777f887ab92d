#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace snom::http {

/// Requests to one server, on a few connections that stay open (RFC 9112 section 9.3), one at a time on each. Follows
/// no redirect. A thread of its own.
class PersistentClient final {
 public:
  struct Options {
    std::string host;  ///< a numeric address
    std::uint16_t port = 0;
    std::string username;                   ///< Basic; empty = none
    std::string password;                   ///< must show up nowhere else
    std::size_t connections = 8;            ///< at most, at least 1
    std::chrono::milliseconds limit{5000};  ///< from send() to the end of the answer; up to 50 ms more
    std::uint32_t longest_head = 16 * 1024;
    std::uint64_t longest_body = 64 * 1024;
    int most_interim = 16;                        ///< answers before the final one (RFC 9110 section 15.2); more fail
    std::size_t most_waiting = 64 * 1024 * 1024;  ///< bytes of requests that are not answered
  };
  struct Request {
    std::string method;
    std::string target;        ///< "/ari/endpoints"
    std::string content_type;  ///< of `content`
    std::string content;
    /// It may be sent once more if a connection that was kept open turns out to be closed before anything of its answer
    /// came (RFC 9112 section 9.3.1): what it does twice is as if it had been done once. Whether it was done the first
    /// time is not known.
    bool may_be_repeated = false;
  };
  struct Response {
    int status = 0;     ///< 0: there is no answer
    std::string error;  ///< and why there is none
    std::string body;
    bool was_sent = true;  ///< some of the request may have been
  };
  /// Called on the client's thread, once; must not wait.
  using Done = std::function<void(Response response)>;

  explicit PersistentClient(Options options);
  /// Ends at once: what is under way is told that it is "stopping".
  ~PersistentClient();
  PersistentClient(const PersistentClient&) = delete;
  PersistentClient& operator=(const PersistentClient&) = delete;

  /// Any thread.
  void send(const Request& request, Done done);

 private:
  class Connection;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snom::http
