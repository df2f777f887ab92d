#include "tls/relay_link.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <boost/asio/post.hpp>

#include "runtime/guard.h"
#include "tls/names.h"

namespace snom::tls {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

/// Of a peer that goes on saying something while others wait.
constexpr int most_rounds = 8;
constexpr std::chrono::seconds between_notes{10};
/// For the other end to hear that this one has ended.
constexpr std::chrono::seconds ending{5};
/// Of a handshake while others wait for theirs.
constexpr std::chrono::seconds short_handshake{1};

tcp::endpoint loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " or ") + name;
  return text;
}

bool would_block(const error_code& failed) {
  return failed == asio::error::would_block || failed == asio::error::try_again;
}

}  // namespace

void RelayShared::note(const std::string& what) {
  ++unnoted_;
  const auto now = Clock::now();
  if (now < next_note_) return;
  next_note_ = now + between_notes;
  if (log) log(fmt::format("SIP over TLS: {} connection{} failed: {}", unnoted_, unnoted_ == 1 ? "" : "s", what));
  unnoted_ = 0;
}

void RelayLink::Free::operator()(SSL* tls) const { SSL_free(tls); }

RelayLink::RelayLink(RelayShared& shared) : shared_(shared), outer_(shared.io), inner_(shared.io) {}

RelayLink::~RelayLink() = default;

void RelayLink::take(Socket outer, Peer peer, std::shared_ptr<SSL_CTX> context, std::uint16_t inner) {
  came_in_ = true;
  began_ = Clock::now();
  outer_ = std::move(outer);
  peer_ = std::move(peer);
  inner_port_ = inner;
  shared_.open.add(peer_.host);
  shared_.shaking.add(peer_.host);
  shaking_ = true;
  deadline_ = began_ + shared_.limits.handshake;
  error_code failed;
  outer_.non_blocking(true, failed);
  if (failed || !begin_tls(context)) return fail(NoTls::too_many, "out of memory");
  SSL_set_accept_state(tls_.get());
  shake_hands();
}

void RelayLink::bring(Socket inner, const Relay::Destination& to, std::shared_ptr<SSL_CTX> context, Told told) {
  began_ = Clock::now();
  inner_ = std::move(inner);
  peer_ = to.at;
  names_ = to.names;
  told_ = std::move(told);
  context_ = std::move(context);
  deadline_ = began_ + shared_.limits.handshake;
  error_code failed;
  const auto address = asio::ip::make_address(to.at.host, failed);
  if (!failed) outer_.open(address.is_v6() ? tcp::v6() : tcp::v4(), failed);
  if (!failed) outer_.non_blocking(true, failed);
  if (!failed) inner_.non_blocking(true, failed);
  if (!failed && !to.from.empty()) outer_.bind({asio::ip::make_address(to.from, failed), 0}, failed);
  if (failed) return fail(NoTls::unreachable, failed.message());
  outer_.async_connect({address, to.at.port}, [self = shared_from_this()](const error_code& refused) {
    runtime::guarded("a connection of SIP over TLS", [&] {
      if (self->state_ != State::connecting) return;
      if (refused) return self->fail(NoTls::unreachable, refused.message());
      if (!self->begin_tls(self->context_)) return self->fail(NoTls::too_many, "out of memory");
      SSL_set_connect_state(self->tls_.get());
      const std::string& name = self->names_.front();
      if (!is_address(name)) SSL_set_tlsext_host_name(self->tls_.get(), name.c_str());
      self->shake_hands();
    });
  });
}

bool RelayLink::begin_tls(const std::shared_ptr<SSL_CTX>& context) {
  state_ = State::handshake;
  error_code ignored;
  outer_.set_option(tcp::no_delay(true), ignored);
  context_ = context;
  if (!context_) return false;
  tls_.reset(SSL_new(context_.get()));
  const bool made = tls_ && SSL_set_fd(tls_.get(), outer_.native_handle()) == 1;
  ERR_clear_error();
  return made;
}

void RelayLink::shake_hands() {
  if (state_ != State::handshake) return;
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  if (result == 1) return handshake_done();
  const int kind = SSL_get_error(tls_.get(), result);
  if (kind == SSL_ERROR_WANT_READ) return wait_for(outer_, false, waits_outer_read_);
  if (kind == SSL_ERROR_WANT_WRITE) return wait_for(outer_, true, waits_outer_write_);
  fail(why_handshake_failed(kind));
}

RelayLink::Failure RelayLink::why_handshake_failed(int kind) const {
  const long verified = SSL_get_verify_result(tls_.get());
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (verified != X509_V_OK) {
    return {NoTls::certificate, fmt::format("certificate not trusted: {}", X509_verify_cert_error_string(verified))};
  }
  if (kind == SSL_ERROR_SSL && error != 0) {
    const char* reason = ERR_reason_error_string(error);
    return {why_no_tls(kind, error), fmt::format("handshake failed: {}", reason == nullptr ? "unknown" : reason)};
  }
  return {why_no_tls(kind, 0), "the other end closed the connection before it said anything"};
}

void RelayLink::leave_handshake() {
  if (!std::exchange(shaking_, false)) return;
  shared_.shaking.remove(peer_.host);
  if (shared_.room) shared_.room();
}

void RelayLink::handshake_done() {
  if (!came_in_) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(tls_.get()), X509_free);
    const bool is_right = certificate && std::ranges::any_of(names_, [&](const std::string& name) {
                            return is_for(certificate.get(), name);
                          });
    if (!is_right) {
      return fail(NoTls::certificate, fmt::format("certificate not trusted: it is not for {}", listed(names_)));
    }
    count_as_open();
    return opened();
  }
  leave_handshake();
  count_as_open();
  join();
}

/// Its own port is known to all before the library can see the connection.
void RelayLink::join() {
  state_ = State::joining;
  error_code failed;
  inner_.open(tcp::v4(), failed);
  if (!failed) inner_.bind(loopback(0), failed);
  if (!failed) inner_.non_blocking(true, failed);
  const auto own = failed ? tcp::endpoint() : inner_.local_endpoint(failed);
  if (failed) return fail(std::nullopt, failed.message());
  entry_.emplace(own.port(), peer_);
  inner_.async_connect(loopback(inner_port_), [self = shared_from_this()](const error_code& refused) {
    runtime::guarded("a connection of SIP over TLS", [&] {
      if (self->state_ != State::joining) return;
      if (refused) return self->fail(std::nullopt, refused.message());
      self->opened();
    });
  });
}

void RelayLink::opened() {
  state_ = State::open;
  deadline_.reset();
  error_code ignored;
  inner_.set_option(tcp::no_delay(true), ignored);
  if (told_) told_("");
  pump();
}

Tally& RelayLink::tally() const {
  Tallies& tallies = shared_.store->tallies();
  return came_in_ ? tallies.sip_in : tallies.sip_out;
}

void RelayLink::count_as_open() {
  tally().opened();
  tallied_ = true;
}

void RelayLink::fail(std::optional<NoTls> kind, const std::string& why) {
  if (state_ == State::closed) return;
  if (kind) tally().refused(*kind);
  shared_.note(fmt::format("{} {}:{}: {}", came_in_ ? "from" : "to", peer_.host, peer_.port, why));
  if (told_) std::exchange(told_, nullptr)(why);
  if (!came_in_) {  // the library is to see that nothing was sent
    error_code ignored;
    inner_.set_option(asio::socket_base::linger(true, 0), ignored);
  }
  close();
}

// -- what is said goes on

bool RelayLink::to_inner(std::string_view bytes) {
  error_code failed;
  while (!bytes.empty()) {
    const std::size_t size = inner_.write_some(asio::buffer(bytes), failed);
    if (failed) break;
    bytes.remove_prefix(size);
  }
  if (failed && !would_block(failed)) {
    inner_ended_ = true;
    bytes = {};
  }
  for_inner_ = std::string(bytes);
  return bytes.empty();
}

bool RelayLink::to_outer(std::string_view bytes) {
  write_wants_data_ = false;
  if (outer_ended_) bytes = {};
  while (!bytes.empty()) {
    ERR_clear_error();
    const int size = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (size > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
      deadline_.reset();
      continue;
    }
    const int kind = SSL_get_error(tls_.get(), size);
    ERR_clear_error();
    write_wants_data_ = kind == SSL_ERROR_WANT_READ;
    if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE) {
      outer_ended_ = true;
      bytes = {};
    }
    break;
  }
  if (!bytes.empty() && !deadline_) deadline_ = Clock::now() + shared_.limits.stalled;
  for_outer_ = std::string(bytes);
  return bytes.empty();
}

bool RelayLink::from_outer() {
  if (!for_inner_.empty() && !to_inner(std::exchange(for_inner_, {}))) return false;
  if (outer_ended_ || inner_ended_) return false;
  ERR_clear_error();
  const int size = SSL_read(tls_.get(), shared_.scratch.data(), static_cast<int>(shared_.scratch.size()));
  if (size > 0) {
    heard_ = true;
    return to_inner({shared_.scratch.data(), static_cast<std::size_t>(size)});
  }
  const int kind = SSL_get_error(tls_.get(), size);
  read_wants_room_ = kind == SSL_ERROR_WANT_WRITE;
  outer_ended_ = kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE;
  // By TLS 1.3 a client has done its part before the server has looked at its certificate.
  if (outer_ended_ && !came_in_ && !heard_) fail(why_handshake_failed(kind));
  ERR_clear_error();
  return false;
}

bool RelayLink::from_inner() {
  if (!for_outer_.empty() && !to_outer(std::exchange(for_outer_, {}))) return false;
  if (inner_ended_) return false;
  error_code failed;
  const std::size_t size = inner_.read_some(asio::buffer(shared_.scratch), failed);
  if (!failed && outer_ended_) return true;  // to nobody
  if (!failed) return to_outer({shared_.scratch.data(), size});
  inner_ended_ = !would_block(failed);
  return false;
}

void RelayLink::pump() {
  int rounds = 0;
  bool moved = true;
  while (moved && rounds++ < most_rounds) {
    if (state_ != State::open && state_ != State::closing) return;
    moved = from_outer();
    if (state_ == State::closed) return;
    moved = from_inner() || moved;
  }
  if (moved) return again();
  end_if_done();
  if (state_ != State::closed) wait();
}

/// One end has ended: the other hears all that came before, and then that.
void RelayLink::end_if_done() {
  if (inner_ended_ && for_outer_.empty()) {
    if (!outer_ended_) {
      ERR_clear_error();
      SSL_shutdown(tls_.get());  // the notice only: nobody waits for the peer's
      ERR_clear_error();
    }
    return close();
  }
  if (inner_ended_ && outer_ended_) return close();
  if (!outer_ended_ || !for_inner_.empty() || std::exchange(told_inner_end_, true)) return;
  // Who it was is known until the library has read all of it, and closed its end.
  error_code failed;
  inner_.shutdown(Socket::shutdown_send, failed);
  if (failed) return close();
  state_ = State::closing;
  deadline_ = Clock::now() + ending;
}

void RelayLink::wait() {
  if (!outer_ended_) {
    if (for_inner_.empty() || write_wants_data_) wait_for(outer_, false, waits_outer_read_);
    if (!for_outer_.empty() || read_wants_room_) wait_for(outer_, true, waits_outer_write_);
  }
  if (inner_ended_) return;
  if (!for_inner_.empty()) wait_for(inner_, true, waits_inner_write_);
  if (for_outer_.empty()) wait_for(inner_, false, waits_inner_read_);
}

void RelayLink::wait_for(Socket& socket, bool writable, bool& waits) {
  if (std::exchange(waits, true)) return;
  socket.async_wait(writable ? Socket::wait_write : Socket::wait_read,
                    [self = shared_from_this(), &waits](const error_code& cancelled) {
                      waits = false;
                      if (cancelled || self->state_ == State::closed) return;
                      runtime::guarded("a connection of SIP over TLS", [&] {
                        if (self->state_ == State::handshake) return self->shake_hands();
                        self->pump();
                      });
                    });
}

void RelayLink::again() {
  asio::post(shared_.io,
             [self = shared_from_this()] { runtime::guarded("a connection of SIP over TLS", [&] { self->pump(); }); });
}

// -- the end

void RelayLink::check(TimePoint now, bool at_once) {
  const bool late = deadline_ && *deadline_ <= now;
  const bool in_the_way = at_once && shaking_ && now - began_ >= short_handshake;
  if (!late && !in_the_way) return;
  switch (state_) {
    case State::connecting:
    case State::handshake:
    case State::joining:
      return fail(NoTls::late,
                  fmt::format("no handshake within {:g} s", std::chrono::duration<double>(now - began_).count()));
    default:
      return close();
  }
}

void RelayLink::close() {
  if (std::exchange(state_, State::closed) == State::closed) return;
  leave_handshake();
  if (std::exchange(tallied_, false)) tally().ended();
  error_code ignored;
  outer_.close(ignored);
  entry_.reset();  // before anybody else can have its port
  inner_.close(ignored);
  if (came_in_) shared_.open.remove(peer_.host);
  shared_.links.erase(shared_from_this());
}

}  // namespace snom::tls
