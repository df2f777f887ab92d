#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

namespace snom::sip {

/// A call's UDP port for RTP: real and bound, and whatever arrives is discarded by the kernel.
class MediaPort final {
 public:
  /// Binds a free port of a numeric local address (without brackets).
  [[nodiscard]] static tl::expected<MediaPort, std::string> open(const std::string& address);
  ~MediaPort();
  MediaPort(MediaPort&& other) noexcept;
  MediaPort& operator=(MediaPort&& other) noexcept;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  MediaPort(int socket, std::uint16_t port) : socket_(socket), port_(port) {}
  int socket_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace snom::sip
