#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>

#include "tls/identity.h"
#include "tls/store.h"

namespace snom::sip::test {

/// A SIP message as text, read without the library under test.
class SipText {
 public:
  explicit SipText(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string first_line() const;
  /// 0 for a request.
  [[nodiscard]] int status() const;
  /// Value of the first header of this name (long or short form as sent), empty when there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> headers(std::string_view name) const;
  [[nodiscard]] std::string body() const;

 private:
  std::string text_;
};

/// Of everybody in these tests who shows a certificate: for 127.0.0.1, ::1 and localhost.
const tls::Identity& test_identity();
/// Who shows it, and trusts who shows it.
std::shared_ptr<tls::Store> test_certificates();

/// A UDP or TCP socket on loopback, or one with TLS, that speaks hand-written SIP. One thread.
class SipPeer {
 public:
  /// "udp", "tcp" or "tls", "127.0.0.1" or "::1". TCP sockets are connected with connect() or taken with accept().
  SipPeer(std::string transport, const std::string& host);
  ~SipPeer();
  SipPeer(const SipPeer&) = delete;
  SipPeer& operator=(const SipPeer&) = delete;

  /// "udp:127.0.0.1:5060".
  void connect(const std::string& server);
  void close();
  /// A TCP socket that others can connect to; accept() waits for one (false after the limit).
  void listen();
  bool accept(std::chrono::milliseconds limit = std::chrono::seconds(3));

  [[nodiscard]] const std::string& transport() const { return transport_; }
  /// Own address, "127.0.0.1:40000" or "[::1]:40000".
  [[nodiscard]] std::string address() const;
  [[nodiscard]] std::uint16_t port() const;

  void send(std::string_view message);
  /// True once the other side closed the connection, false after the limit. What came before is lost.
  bool closed_by_peer(std::chrono::milliseconds limit = std::chrono::seconds(3));
  /// The next whole message; nullopt when none comes within the limit.
  std::optional<SipText> receive(std::chrono::milliseconds limit = std::chrono::seconds(3));

 private:
  bool wait_readable(std::chrono::steady_clock::time_point until);
  bool is_for_us();
  /// As recv() and send().
  long read_some(char* bytes, std::size_t size);
  long write_some(std::string_view bytes);

  std::string transport_;
  std::string host_;
  int socket_ = -1;
  int listening_ = -1;
  std::string buffer_;  // of a stream
  std::shared_ptr<SSL> tls_;
};

/// The 2xx or other answer to a request that the peer received.
std::string response_to(const SipText& request, int status, std::string_view phrase);

}  // namespace snom::sip::test
