#include "http/channel.h"

#include <algorithm>
#include <climits>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <boost/asio/error.hpp>

namespace snom::http {

namespace asio = boost::asio;

void Channel::Free::operator()(SSL* tls) const { SSL_free(tls); }

Channel::Channel(Socket socket, std::shared_ptr<SSL_CTX> tls, std::shared_ptr<const tls::Store> store)
    : socket_(std::move(socket)), context_(std::move(tls)), store_(std::move(store)) {}

Channel::~Channel() { count_end(tls::NoTls::closed); }

void Channel::open(Error& failed) {
  Error ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, failed);
  if (failed || !context_) return;
  tls_.reset(SSL_new(context_.get()));
  if (!tls_ || SSL_set_fd(tls_.get(), socket_.native_handle()) != 1) {
    ERR_clear_error();
    failed = asio::error::no_memory;
    return;
  }
  SSL_set_accept_state(tls_.get());
}

std::size_t Channel::read_some(asio::mutable_buffer into, Error& failed) {
  if (!tls_) return socket_.read_some(into, failed);
  ERR_clear_error();
  const int length = SSL_read(tls_.get(), into.data(), static_cast<int>(std::min<std::size_t>(into.size(), INT_MAX)));
  read_wants_room_ = length <= 0 && SSL_get_error(tls_.get(), length) == SSL_ERROR_WANT_WRITE;
  count_handshake();
  if (length > 0) return static_cast<std::size_t>(length);
  failed = why(length);
  return 0;
}

std::size_t Channel::write_some(std::span<const asio::const_buffer> from, Error& failed) {
  if (!tls_) return socket_.write_some(from, failed);
  const auto first = std::ranges::find_if(from, [](const asio::const_buffer& buffer) { return buffer.size() > 0; });
  if (first == from.end()) return 0;
  ERR_clear_error();
  const int length =
      SSL_write(tls_.get(), first->data(), static_cast<int>(std::min<std::size_t>(first->size(), INT_MAX)));
  count_handshake();
  if (length > 0) return static_cast<std::size_t>(length);
  failed = why(length);
  return 0;
}

void Channel::shut_down_sending(Error& failed) {
  if (tls_ && SSL_is_init_finished(tls_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());  // the notice only: nobody waits for the peer's
  }
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, failed);
}

void Channel::close() {
  count_end(tls::NoTls::closed);
  Error ignored;
  socket_.close(ignored);
}

void Channel::close_late() {
  count_end(tls::NoTls::late);
  close();
}

void Channel::count_handshake() {
  if (is_counted_ || has_ended_ || !store_ || SSL_is_init_finished(tls_.get()) != 1) return;
  is_counted_ = true;
  store_->tallies().http_in.opened();
}

void Channel::count_end(tls::NoTls why_not) {
  if (!store_ || std::exchange(has_ended_, true)) return;
  if (is_counted_) {
    store_->tallies().http_in.ended();
  } else {
    store_->tallies().http_in.refused(why_not);
  }
}

Channel::Error Channel::why(int result) {
  const int kind = SSL_get_error(tls_.get(), result);
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  switch (kind) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return asio::error::eof;
    default:
      if (!is_counted_) count_end(tls::why_no_tls(kind, error));
      return asio::error::connection_reset;
  }
}

}  // namespace snom::http
