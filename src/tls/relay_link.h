#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <openssl/types.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "tls/peer_counts.h"
#include "tls/peer_table.h"
#include "tls/relay.h"
#include "tls/tally.h"

namespace snom::tls {

class RelayLink;

/// What the links of a relay share. Relay's thread.
struct RelayShared {
  RelayShared(std::shared_ptr<const Store> certificates, const Relay::Limits& with, Relay::Log to)
      : store(std::move(certificates)),
        limits(with),
        log(std::move(to)),
        open({with.in_all, with.per_address}),
        shaking({with.in_handshake, with.in_handshake_per_address}) {}

  const std::shared_ptr<const Store> store;
  const Relay::Limits limits;
  const Relay::Log log;
  boost::asio::io_context io{1};
  std::unordered_set<std::shared_ptr<RelayLink>> links;  ///< all that are open: this keeps them
  PeerCounts open;                                       ///< of those that came in; those in handshake, too
  PeerCounts shaking;                                    ///< those in handshake
  /// What is read lands here first: a whole TLS record.
  std::array<char, 16 * 1024 + 256> scratch{};
  std::function<void()> room;  ///< one in handshake less

  /// Tells the log, now and then.
  void note(const std::string& what);

 private:
  std::chrono::steady_clock::time_point next_note_;
  std::size_t unnoted_ = 0;
};

/// One connection with TLS at its outer and plain TCP at its inner end. Relay's thread.
class RelayLink final : public std::enable_shared_from_this<RelayLink> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using TimePoint = std::chrono::steady_clock::time_point;
  using Told = std::function<void(const std::string& why)>;  ///< empty: it is open

  explicit RelayLink(RelayShared& shared);
  ~RelayLink();
  RelayLink(const RelayLink&) = delete;
  RelayLink& operator=(const RelayLink&) = delete;

  /// A connection that came in from `peer`; what it says goes to 127.0.0.1:`inner`.
  void take(Socket outer, Peer peer, std::shared_ptr<SSL_CTX> context, std::uint16_t inner);
  /// The library's connection, which is to go on to `to`. `told` hears what comes of it.
  void bring(Socket inner, const Relay::Destination& to, std::shared_ptr<SSL_CTX> context, Told told);

  /// Closes it when its time is over; `at_once`: when it has been in handshake for a second.
  void check(TimePoint now, bool at_once);
  void close();

 private:
  enum class State { connecting, handshake, joining, open, closing, closed };

  [[nodiscard]] bool begin_tls(const std::shared_ptr<SSL_CTX>& context);
  void shake_hands();
  void handshake_done();
  struct Failure {
    NoTls kind;
    std::string text;
  };
  [[nodiscard]] Failure why_handshake_failed(int kind) const;
  void leave_handshake();
  void join();
  void opened();
  /// `kind`: nullopt when it was not TLS that failed.
  void fail(std::optional<NoTls> kind, const std::string& why);
  void fail(const Failure& failure) { fail(failure.kind, failure.text); }
  [[nodiscard]] Tally& tally() const;
  void count_as_open();

  void pump();
  [[nodiscard]] bool from_outer();  ///< true when something moved
  [[nodiscard]] bool from_inner();
  [[nodiscard]] bool to_inner(std::string_view bytes);  ///< true when all is written; else the rest is kept
  [[nodiscard]] bool to_outer(std::string_view bytes);
  void end_if_done();
  void wait();
  void wait_for(Socket& socket, bool writable, bool& waits);
  void again();

  RelayShared& shared_;
  Socket outer_;
  Socket inner_;
  struct Free {
    void operator()(SSL* tls) const;
  };
  std::shared_ptr<SSL_CTX> context_;
  std::unique_ptr<SSL, Free> tls_;
  State state_ = State::connecting;
  bool came_in_ = false;
  bool shaking_ = false;  ///< counted as one in handshake
  bool tallied_ = false;  ///< counted as one that is open
  Peer peer_;
  std::uint16_t inner_port_ = 0;
  std::vector<std::string> names_;
  Told told_;
  std::optional<PeerEntry> entry_;

  std::string for_inner_;  ///< what it has not taken yet
  std::string for_outer_;
  bool heard_ = false;  ///< something from the other end
  bool outer_ended_ = false;
  bool inner_ended_ = false;
  bool told_inner_end_ = false;
  bool read_wants_room_ = false;
  bool write_wants_data_ = false;
  bool waits_outer_read_ = false;
  bool waits_outer_write_ = false;
  bool waits_inner_read_ = false;
  bool waits_inner_write_ = false;
  TimePoint began_;
  std::optional<TimePoint> deadline_;
};

}  // namespace snom::tls
