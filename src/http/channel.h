#pragma once

#include <memory>
#include <span>

#include <openssl/types.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "tls/store.h"

namespace snom::http {

/// A connected TCP socket, bare or under TLS as its server: what a connection reads and writes. Nothing here waits:
/// what cannot be done now fails with would_block. The TLS handshake is part of the first reads. Server's thread.
class Channel final {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Error = boost::system::error_code;

  /// `tls` empty: a bare socket. `store`: where that is from, which counts what becomes of it; empty with it.
  Channel(Socket socket, std::shared_ptr<SSL_CTX> tls, std::shared_ptr<const tls::Store> store);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  [[nodiscard]] bool is_secure() const { return context_ != nullptr; }
  /// Once, before anything else.
  void open(Error& failed);
  /// A buffer for reading must take a whole TLS record (16 KiB): what is left of one would wait without a wake-up.
  [[nodiscard]] std::size_t read_some(boost::asio::mutable_buffer into, Error& failed);
  [[nodiscard]] std::size_t write_some(std::span<const boost::asio::const_buffer> from, Error& failed);
  /// Tells the peer that no more comes.
  void shut_down_sending(Error& failed);
  void close();
  /// Likewise, because the peer took its time.
  void close_late();

  /// Calls back once reading may go on (in the middle of a TLS handshake that can be when there is room to write).
  template <class Handler>
  void wait_readable(Handler handler) {
    socket_.async_wait(read_wants_room_ ? Socket::wait_write : Socket::wait_read, std::move(handler));
  }
  template <class Handler>
  void wait_writable(Handler handler) {
    socket_.async_wait(Socket::wait_write, std::move(handler));
  }

 private:
  struct Free {
    void operator()(SSL* tls) const;
  };
  [[nodiscard]] Error why(int result);
  void count_handshake();
  void count_end(tls::NoTls why_not);

  Socket socket_;
  const std::shared_ptr<SSL_CTX> context_;
  const std::shared_ptr<const tls::Store> store_;
  std::unique_ptr<SSL, Free> tls_;
  bool read_wants_room_ = false;
  bool is_counted_ = false;  ///< as one that is open
  bool has_ended_ = false;   ///< counted as one that is not open any more, or never was
};

}  // namespace snom::http
