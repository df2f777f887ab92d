#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "http/host_names.h"
#include "http/pin_store.h"

namespace snom::http {

/// GETs towards phones: libcurl's multi interface on a thread of its own; never waits longer than its limits, never
/// keeps more of an answer than its limit (of headers, trailers included, 64 KiB). Thread-safe. Basic and Digest
/// (preferred; MD5 and SHA-256), credentials only after a 401 and only to the host they were meant for; http and https
/// only. Redirects (301, 302, 303, 307, 308) are followed within the limit; to another host, or to another port than
/// from http to https, without credentials. A proxy named in the environment is not used. Names are looked up 16 at
/// once (host_names.h), and what was found is used for a minute. A kept-alive connection that the phone closed
/// meanwhile is opened again.
class WebClient final {
 public:
  /// Which certificates are trusted. Nothing is sent to who shows another.
  enum class Verify {
    system,  ///< issued by one of the system's store, or of `ca_file`, for this host, and valid now
    pin,     ///< whatever is met first under a phone's name is remembered in `pins`, and nothing else taken after
    off,     ///< all
  };

  struct Options {
    std::chrono::milliseconds connect_timeout{2000};  ///< TLS handshake included
    std::chrono::milliseconds total_timeout{5000};    ///< from get() to the answer, redirects and waiting included
    int max_redirects = 5;
    std::size_t max_body = 64 * 1024;          ///< bytes; a longer answer is an error
    std::size_t max_connections = 1000;        ///< open at once; further requests wait (within total_timeout)
    std::size_t max_connections_per_host = 2;  ///< to one host and port: a phone is a weak computer
    Verify verify = Verify::system;
    std::string ca_file = {};                          ///< PEM, for Verify::system in place of the system's store
    std::shared_ptr<PinStore> pins = {};               ///< for Verify::pin; empty: remembered in memory
    std::function<void(const std::string&)> log = {};  ///< what an administrator should know; client's thread
    LookUp look_up = look_up_by_system;                ///< names of hosts
  };

  struct Request {
    std::string url;            ///< http or https; one with a user or password in it is refused
    std::string username = {};  ///< empty = no credentials
    std::string password = {};
    std::string pin_name = {};  ///< whose certificate it is: an address of record; empty = the URL's host:port
    std::size_t max_body = 0;   ///< bytes; 0 = as in Options. A phone's screen.bmp has up to 2 MB
    bool digest_only = false;   ///< no Basic, which shows the password to whoever is there
  };

  struct Response {
    int status = 0;     ///< of the last answer after redirects; 0 = none, and `error` says why
    std::string error;  ///< for an administrator: "connection refused", "no answer within 5 s"; holds no secret
    std::string body;
    std::string content_type = {};
  };

  /// `options.log` is told, before this returns, when certificates are not verified.
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
