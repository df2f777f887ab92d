#include "tls/relay.h"

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include <openssl/ssl.h>

#include "tls/certificates.h"
#include "tls/tls_peer.h"
#include "tls/trust.h"
#include "wait_until.h"

namespace snom::tls {
namespace {

using namespace std::chrono_literals;
using snom::testing::wait_until;
using testing::certificate_for;
using testing::Listening;
using testing::TlsPeer;

std::shared_ptr<Store> store_of(const Settings& settings) {
  auto made = Store::make(settings);
  if (!made) throw std::runtime_error(made.error());
  return *made;
}

/// A relay in front of a plain socket, which stands for the library's.
class RelayTest : public ::testing::Test {
 protected:
  void start(const Relay::Limits& limits = {}) {
    relay_ = std::make_unique<Relay>(store_, limits, [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      log_.push_back(line);
    });
    port_ = *relay_->listen({"127.0.0.1", 0}, inner_.port());
  }
  std::string log() {
    const std::lock_guard lock(mutex_);
    return log_.empty() ? "" : log_.back();
  }
  bool log_says(const std::string& text) {
    for (int i = 0; i < 300; ++i) {
      if (log().find(text) != std::string::npos) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  [[nodiscard]] Tallies& tallies() const { return store_->tallies(); }
  /// What the relay's thread counts a moment after the other end has seen it.
  template <typename Count>
  static std::size_t soon(Count count, std::size_t expected) {
    wait_until([&] { return count() == expected; }, 5s);
    return count();
  }

  Identity identity_ = certificate_for();
  std::shared_ptr<Store> store_ = store_of({.identity = identity_, .authorities = identity_.certificate});
  Listening inner_;
  std::mutex mutex_;
  std::vector<std::string> log_;
  std::unique_ptr<Relay> relay_;
  std::uint16_t port_ = 0;
};

TEST_F(RelayTest, BringsWhatIsSaidBothWaysAndTellsWhoSaysIt) {
  start();
  TlsPeer phone;
  ASSERT_TRUE(phone.connect(port_));
  ASSERT_TRUE(phone.shake_hands());
  TlsPeer library;
  library.use(inner_.accept());
  sockaddr_in from{};
  socklen_t size = sizeof from;
  ASSERT_EQ(getpeername(library.socket(), reinterpret_cast<sockaddr*>(&from), &size), 0);
  const auto peer = peer_at("127.0.0.1", ntohs(from.sin_port));
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->host, "127.0.0.1");
  EXPECT_EQ(peer->port, phone.own_port());

  ASSERT_TRUE(phone.send("REGISTER"));
  EXPECT_EQ(library.receive(), "REGISTER");
  ASSERT_TRUE(library.send("200"));
  EXPECT_EQ(phone.receive(), "200");
  phone.close();
  EXPECT_TRUE(library.ended());
  library.close();
  for (int i = 0; i < 300 && peer_at("127.0.0.1", ntohs(from.sin_port)); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(peer_at("127.0.0.1", ntohs(from.sin_port)));
}

TEST_F(RelayTest, WhatWasSaidBeforeTheEndArrivesAndIsStillKnown) {
  start();
  TlsPeer phone;
  ASSERT_TRUE(phone.connect(port_) && phone.shake_hands());
  ASSERT_TRUE(phone.send("last words"));
  phone.close();
  TlsPeer library;
  library.use(inner_.accept());
  std::this_thread::sleep_for(200ms);
  sockaddr_in from{};
  socklen_t size = sizeof from;
  ASSERT_EQ(getpeername(library.socket(), reinterpret_cast<sockaddr*>(&from), &size), 0);
  EXPECT_TRUE(peer_at("127.0.0.1", ntohs(from.sin_port)));
  EXPECT_FALSE(peer_at("127.0.0.2", ntohs(from.sin_port))) << "that port may be anybody's";
  EXPECT_EQ(library.receive(), "last words");
  EXPECT_TRUE(library.ended());
}

TEST_F(RelayTest, LosesNothingThatIsMoreThanSocketsHold) {
  start();
  TlsPeer phone;
  ASSERT_TRUE(phone.connect(port_) && phone.shake_hands());
  TlsPeer library;
  library.use(inner_.accept());
  std::string much;
  for (int i = 0; i < 6'000'000; ++i) much += static_cast<char>(i * 7);
  const auto carried = [&](TlsPeer& from, TlsPeer& to) {
    auto sent = std::async(std::launch::async, [&] {
      for (std::size_t at = 0; at < much.size(); at += 60'000) {
        if (!from.send(std::string_view(much).substr(at, 60'000))) return false;
      }
      return true;
    });
    std::this_thread::sleep_for(100ms);  // the other end reads later
    std::string got;
    while (got.size() < much.size()) {
      const auto piece = to.receive();
      if (piece.empty()) break;
      got += piece;
    }
    return sent.get() && got == much;
  };
  EXPECT_TRUE(carried(phone, library));
  EXPECT_TRUE(carried(library, phone));
}

TEST_F(RelayTest, SpeaksNoVersionBefore12AndDoesNotRenegotiate) {
  start();
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION}) {
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    TlsPeer phone;
    ASSERT_TRUE(phone.connect(port_));
    EXPECT_EQ(phone.shake_hands(context), version >= TLS1_2_VERSION) << version;
    if (version != TLS1_2_VERSION) continue;
    SSL_renegotiate(phone.ssl());
    EXPECT_NE(SSL_do_handshake(phone.ssl()), 1);
  }
}

TEST_F(RelayTest, TakesNoCipherWithoutForwardSecrecy) {
  start();
  for (const auto* cipher :
       {"ECDHE-ECDSA-AES128-GCM-SHA256", "AES128-GCM-SHA256", "AES128-SHA", "NULL-SHA256", "ADH-AES128-SHA256"}) {
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    ASSERT_EQ(SSL_CTX_set_cipher_list(context.get(), cipher), 1) << cipher;
    TlsPeer phone;
    ASSERT_TRUE(phone.connect(port_));
    EXPECT_EQ(phone.shake_hands(context), std::string(cipher).starts_with("ECDHE")) << cipher;
  }
  EXPECT_EQ(soon([&] { return tallies().sip_in.refused_for(NoTls::handshake); }, 4), 4U);
}

TEST_F(RelayTest, AHandshakeHasALimitOfTime) {
  start({.handshake = 300ms});
  TlsPeer silent;
  ASSERT_TRUE(silent.connect(port_));
  TlsPeer slow;
  ASSERT_TRUE(slow.connect(port_));
  ASSERT_TRUE(slow.send("\x16\x03\x01"));
  EXPECT_TRUE(silent.ended(2s));
  EXPECT_TRUE(slow.ended(2s));
  EXPECT_TRUE(log_says("no handshake within"));
  EXPECT_EQ(soon([&] { return tallies().sip_in.refused_for(NoTls::late); }, 2), 2U);
  EXPECT_EQ(soon([&] { return tallies().sip_in.open(); }, 0), 0U);
}

TEST_F(RelayTest, WhoHoldsHandshakesUpKeepsNobodyOut) {
  start({.in_handshake = 8, .in_handshake_per_address = 1000, .handshake = 30s});
  std::vector<std::unique_ptr<TlsPeer>> strangers;
  for (int i = 0; i < 40; ++i) {
    strangers.push_back(std::make_unique<TlsPeer>());
    ASSERT_TRUE(strangers.back()->connect(port_));
  }
  // Those before it have a second each, eight at a time.
  TlsPeer phone;
  ASSERT_TRUE(phone.connect(port_));
  const timeval limit{20, 0};
  setsockopt(phone.socket(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  EXPECT_TRUE(phone.shake_hands());
}

TEST_F(RelayTest, OneMoreThanTheLimitIsClosedAtOnce) {
  start({.in_all = 100, .per_address = 2});
  std::vector<std::unique_ptr<TlsPeer>> phones;
  for (int i = 0; i < 2; ++i) {
    phones.push_back(std::make_unique<TlsPeer>());
    ASSERT_TRUE(phones.back()->connect(port_) && phones.back()->shake_hands());
  }
  TlsPeer third;
  ASSERT_TRUE(third.connect(port_));
  EXPECT_FALSE(third.shake_hands());
  EXPECT_TRUE(log_says("[limits] sip_connections_per_address"));
  EXPECT_EQ(soon([&] { return tallies().sip_in.refused_for(NoTls::too_many); }, 1), 1U);
  EXPECT_EQ(soon([&] { return tallies().sip_in.handshakes(); }, 2), 2U);
  EXPECT_EQ(soon([&] { return tallies().sip_in.open(); }, 2), 2U);
  phones.clear();
  bool again = false;
  for (int i = 0; i < 100 && !again; ++i) {
    std::this_thread::sleep_for(20ms);
    TlsPeer later;
    again = later.connect(port_) && later.shake_hands();
    TlsPeer library;
    library.use(inner_.accept(0ms));
  }
  EXPECT_TRUE(again);
}

TEST_F(RelayTest, ANewCertificateIsForNewConnectionsAndEndsNoOther) {
  start();
  TlsPeer before;
  ASSERT_TRUE(before.connect(port_) && before.shake_hands());
  TlsPeer library;
  library.use(inner_.accept());
  const auto other = certificate_for("phone.example");
  ASSERT_TRUE(store_->use({.identity = other}));
  const auto trusts = make_client_context(other.certificate, std::nullopt).value();
  TlsPeer after;
  ASSERT_TRUE(after.connect(port_));
  EXPECT_TRUE(after.shake_hands(trusts));
  ASSERT_TRUE(before.send("still here"));
  EXPECT_EQ(library.receive(), "still here");
}

TEST_F(RelayTest, WantsCertificatesOfClientsWhenItIsTold) {
  const auto client = certificate_for("phone.example");
  ASSERT_TRUE(store_->use({.identity = identity_, .client_authorities = client.certificate}));
  start();
  TlsPeer without;
  ASSERT_TRUE(without.connect(port_));
  // With TLS 1.3 the client has done its part before it is refused.
  EXPECT_TRUE(!without.shake_hands() || without.receive().empty());
  EXPECT_TRUE(log_says("peer did not return a certificate"));
  EXPECT_EQ(soon([&] { return tallies().sip_in.refused_for(NoTls::certificate); }, 1), 1U);
  TlsPeer with;
  ASSERT_TRUE(with.connect(port_));
  ASSERT_TRUE(with.shake_hands(make_client_context(identity_.certificate, client).value()));
  ASSERT_TRUE(with.send("hello"));
  TlsPeer library;
  library.use(inner_.accept());
  EXPECT_EQ(library.receive(), "hello");
}

// -- outlets

/// Whom the relay calls.
class Server {
 public:
  explicit Server(const Identity& identity) : context_(make_server_context(identity).value()) {}
  [[nodiscard]] std::uint16_t port() const { return listening_.port(); }
  /// Handshake, and the first that is said.
  std::string first_words() {
    TlsPeer peer;
    peer.use(listening_.accept());
    if (!peer.take_handshake(context_)) return "no handshake";
    const auto words = peer.receive();
    peer.send("heard");
    return words;
  }

 private:
  std::shared_ptr<SSL_CTX> context_;
  Listening listening_;
};

TEST_F(RelayTest, AnOutletLeadsToItsDestinationByTls) {
  start();
  Server server(identity_);
  const auto outlet = relay_->outlet({{"127.0.0.1", server.port()}, {"127.0.0.1"}});
  ASSERT_TRUE(outlet) << outlet.error();
  EXPECT_EQ(relay_->outlet({{"127.0.0.1", server.port()}, {"127.0.0.1"}}), outlet);
  EXPECT_EQ(peer_at("127.0.0.1", *outlet)->port, server.port());
  auto heard = std::async(std::launch::async, [&] { return server.first_words(); });
  TlsPeer library;
  ASSERT_TRUE(library.connect(*outlet));
  ASSERT_TRUE(library.send("OPTIONS"));
  EXPECT_EQ(heard.get(), "OPTIONS");
  EXPECT_EQ(library.receive(), "heard");
  EXPECT_EQ(relay_->why_not(*outlet), "");
}

TEST_F(RelayTest, SaysNothingToWhoIsNotWhomItShouldBe) {
  start();
  struct Case {
    Identity identity;
    std::string why;
  };
  const std::vector<Case> cases = {
      {certificate_for("other.example"), "certificate not trusted: it is not for 127.0.0.1"},
      {certificate_for("127.0.0.1", -48h, -24h), "certificate not trusted: certificate has expired"},
  };
  for (const Case& wrong : cases) {
    ASSERT_TRUE(store_->use({.identity = identity_, .authorities = wrong.identity.certificate}));
    Server server(wrong.identity);
    const auto outlet = relay_->outlet({{"127.0.0.1", server.port()}, {"127.0.0.1"}});
    auto heard = std::async(std::launch::async, [&] { return server.first_words(); });
    TlsPeer library;
    ASSERT_TRUE(library.connect(*outlet));
    library.send("REGISTER");
    EXPECT_TRUE(library.ended());
    EXPECT_EQ(relay_->why_not(*outlet), wrong.why);
    EXPECT_NE(heard.get(), "REGISTER");
  }
  // Nobody's issuer is known.
  ASSERT_TRUE(store_->use({.authorities = certificate_for().certificate}));
  Server server(identity_);
  const auto outlet = relay_->outlet({{"127.0.0.1", server.port()}, {"127.0.0.1"}});
  auto heard = std::async(std::launch::async, [&] { return server.first_words(); });
  TlsPeer library;
  ASSERT_TRUE(library.connect(*outlet));
  EXPECT_TRUE(library.ended());
  EXPECT_EQ(relay_->why_not(*outlet).find("certificate not trusted: self"), 0U) << relay_->why_not(*outlet);
  EXPECT_EQ(heard.get(), "no handshake");
  EXPECT_EQ(soon([&] { return tallies().sip_out.refused_for(NoTls::certificate); }, 3), 3U);
  EXPECT_EQ(soon([&] { return tallies().sip_out.open(); }, 0), 0U);
}

TEST_F(RelayTest, OutletsThatAreUnusedMakeRoomForOthers) {
  start({.outlets = 2, .outlet_kept = 100ms});
  Server server(identity_);
  const auto to = [&](const std::string& name) {
    return relay_->outlet({{"127.0.0.1", server.port()}, {name, "127.0.0.1"}});
  };
  const auto used = to("a");
  auto heard = std::async(std::launch::async, [&] { return server.first_words(); });
  TlsPeer library;
  ASSERT_TRUE(library.connect(*used));
  ASSERT_TRUE(library.send("OPTIONS"));
  EXPECT_EQ(heard.get(), "OPTIONS");
  const auto unused = to("b");
  ASSERT_TRUE(unused);
  // Somebody may be about to connect to it.
  const auto refused = to("c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "there are 2 destinations of SIP over TLS in use");
  std::this_thread::sleep_for(150ms);
  const auto other = to("c");
  ASSERT_TRUE(other) << other.error();
  EXPECT_EQ(to("a"), used) << "a connection goes by it";
  const auto is_gone = [port = *unused] {
    TlsPeer late;
    return !late.connect(port);
  };
  EXPECT_TRUE(wait_until(is_gone));
  EXPECT_EQ(peer_at("127.0.0.1", *other)->port, server.port());
}

TEST_F(RelayTest, AnOutletIsForThisProcessOnly) {
  start();
  Server server(identity_);
  const auto outlet = relay_->outlet({{"127.0.0.1", server.port()}, {"127.0.0.1"}});
  const auto command = "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(*outlet) + "; echo hello >&3; read -t 3 x <&3";
  auto heard = std::async(std::launch::async, [&] { return server.first_words(); });
  EXPECT_NE(std::system(("bash -c '" + command + "' 2>/dev/null").c_str()), 0);
  EXPECT_EQ(heard.get(), "no handshake");  // nobody came
}

TEST_F(RelayTest, AThousandConnectionsAtATime) {
  start({.per_address = 2000, .in_handshake_per_address = 512});
  constexpr int count = 1000;
  std::vector<std::unique_ptr<TlsPeer>> phones;
  std::vector<std::unique_ptr<TlsPeer>> library;
  for (int i = 0; i < count; ++i) {
    phones.push_back(std::make_unique<TlsPeer>());
    ASSERT_TRUE(phones.back()->connect(port_) && phones.back()->shake_hands()) << i;
    library.push_back(std::make_unique<TlsPeer>());
    library.back()->use(inner_.accept());
  }
  for (int i = 0; i < count; ++i) ASSERT_TRUE(phones[static_cast<std::size_t>(i)]->send(std::to_string(i)));
  for (int i = 0; i < count; ++i) EXPECT_EQ(library[static_cast<std::size_t>(i)]->receive(), std::to_string(i));
}

}  // namespace
}  // namespace snom::tls
