#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/raw_server.h"

namespace snom::http::testing {

/// The server's side of a WebSocket (RFC 6455), written by hand: it can be wrong on purpose. A connection's own thread.
class WebSocketPeer final {
 public:
  enum Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, closing = 8, ping = 9, pong = 10 };
  struct Frame {
    std::uint8_t opcode = 0;
    bool masked = false;
    std::string payload;
  };

  explicit WebSocketPeer(RawServer::Peer& peer) : peer_(peer) {}

  /// Reads the request and accepts it; its head, empty when the client is gone.
  std::string accept();
  /// The answer that accepts this request.
  [[nodiscard]] static std::string acceptance(const std::string& request);
  /// One frame, not masked, as servers send them.
  [[nodiscard]] static std::string frame(std::uint8_t opcode, std::string_view payload, bool last = true);

  [[nodiscard]] bool send(std::string_view bytes) const { return peer_.send(bytes); }
  /// The client's next frame; nullopt when it is gone.
  std::optional<Frame> receive();
  void wait_for_the_end() {
    while (receive()) {
    }
  }

 private:
  [[nodiscard]] bool read(std::size_t size, std::string& bytes);
  RawServer::Peer& peer_;
};

}  // namespace snom::http::testing
