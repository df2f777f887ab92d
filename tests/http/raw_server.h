#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace snom::http::testing {

/// A server that behaves as badly as a test wants: for each connection a thread runs the test's script.
class RawServer final {
 public:
  class Peer {
   public:
    Peer(int socket, const std::atomic<bool>& ending) : socket_(socket), ending_(ending) {}
    /// The next request's head; "" when the client is gone or the server ends.
    std::string read_request();
    /// False when the client is gone.
    [[nodiscard]] bool send(std::string_view bytes) const;
    /// Stays silent until the client or the server is gone.
    void wait_for_the_end();
    [[nodiscard]] bool ending() const { return ending_; }
    [[nodiscard]] int socket() const { return socket_; }

   private:
    int socket_;
    const std::atomic<bool>& ending_;
    std::string input_;
  };
  using Script = std::function<void(Peer&)>;

  explicit RawServer(Script script);
  /// Ends all connections.
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  /// "http://127.0.0.1:34567"
  [[nodiscard]] std::string url() const { return "http://" + address(); }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return accepted_; }

 private:
  void accept_all();

  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> ending_ = false;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace snom::http::testing
