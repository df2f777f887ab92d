#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace snom::http {

/// Keeps a WebSocket (RFC 6455) to a server open and tells what comes; comes back by itself, with growing pauses. A
/// thread of its own.
class WebSocketClient final {
 public:
  struct Options {
    std::string host;  ///< a numeric address
    std::uint16_t port = 0;
    std::string target;    ///< "/ari/events?app=snomd"
    std::string username;  ///< Basic; empty = none
    std::string password;  ///< must show up nowhere else
    std::chrono::milliseconds connect_limit{5000};
    std::chrono::milliseconds idle_limit{60000};  ///< without a sign of life, pings included
    /// For the other side to close a connection that is over: it said so, or sent what is no message. At most twice
    /// that.
    std::chrono::milliseconds close_limit{1000};
    std::chrono::milliseconds first_pause{1000};  ///< before it connects again; doubled each time, less up to a half
    std::chrono::milliseconds longest_pause{30000};
    std::size_t longest_message = 256 * 1024;  ///< bytes; a longer one closes the connection
  };
  /// Called on the client's thread; must not wait.
  struct Told {
    std::function<void()> opened;
    std::function<void(std::string why)> closed;  ///< also when it could not be opened
    std::function<void(std::string text)> message;
  };

  WebSocketClient(Options options, Told told);
  /// Ends within 1 s; nothing is told any more.
  ~WebSocketClient();
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

 private:
  class Session;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace snom::http
