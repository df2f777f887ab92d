#include "http/web_socket_peer.h"

#include <openssl/sha.h>
#include <sys/socket.h>

#include <array>

#include "http/basic_credentials.h"

namespace snom::http::testing {

std::string WebSocketPeer::acceptance(const std::string& request) {
  constexpr std::string_view name = "Sec-WebSocket-Key: ";
  const auto at = request.find(name);
  if (at == std::string::npos) return "HTTP/1.1 400 Bad Request\r\n\r\n";
  const auto begin = at + name.size();
  const std::string text = request.substr(begin, request.find("\r\n", begin) - begin) +
                           "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // section 1.3
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
         base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) + "\r\n\r\n";
}

std::string WebSocketPeer::accept() {
  auto request = peer_.read_request();
  if (!request.empty() && !peer_.send(acceptance(request))) request.clear();
  return request;
}

std::string WebSocketPeer::frame(std::uint8_t opcode, std::string_view payload, bool last) {
  std::string bytes(1, static_cast<char>((last ? 0x80U : 0U) | opcode));
  const auto size = payload.size();
  if (size < 126) {
    bytes += static_cast<char>(size);
  } else {
    const int digits = size < 65536 ? 2 : 8;
    bytes += static_cast<char>(digits == 2 ? 126 : 127);
    for (int i = digits; i-- > 0;) bytes += static_cast<char>(size >> (8U * static_cast<unsigned>(i)));
  }
  bytes += payload;
  return bytes;
}

bool WebSocketPeer::read(std::size_t size, std::string& bytes) {
  bytes.resize(size);
  for (std::size_t got = 0; got < size;) {
    const auto count = ::recv(peer_.socket(), bytes.data() + got, size - got, 0);
    if (count <= 0) return false;
    got += static_cast<std::size_t>(count);
  }
  return true;
}

std::optional<WebSocketPeer::Frame> WebSocketPeer::receive() {
  std::string head;
  if (!read(2, head)) return std::nullopt;
  Frame frame;
  frame.opcode = static_cast<std::uint8_t>(head[0]) & 15U;
  frame.masked = (static_cast<std::uint8_t>(head[1]) & 0x80U) != 0;
  const std::size_t size = static_cast<std::uint8_t>(head[1]) & 0x7fU;
  std::string mask;
  // A client that is only listened to says no more than control frames hold (section 5.5).
  if (size > 125 || (frame.masked && !read(4, mask)) || !read(size, frame.payload)) return std::nullopt;
  for (std::size_t i = 0; i < size && frame.masked; ++i) {
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ mask[i % 4]);
  }
  return frame;
}

}  // namespace snom::http::testing
