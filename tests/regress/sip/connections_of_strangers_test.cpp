#include <gtest/gtest.h>

#include <algorithm>

#include "sip/server_fixture.h"

// A connection that sent no SIP was kept for three minutes, and there was no limit to how many anybody opened.
namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

class ConnectionsOfStrangers : public ServerTest {
 protected:
  void start_with(std::size_t in_all, std::size_t per_address) {
    ServerOptions options;
    options.max_connections = in_all;
    options.max_connections_per_address = per_address;
    start(options);
  }
  [[nodiscard]] std::unique_ptr<SipPeer> connected(const std::string& host = "127.0.0.1") const {
    auto peer = std::make_unique<SipPeer>("tcp", host);
    peer->connect(address("tcp", host));
    return peer;
  }
  /// It is answered: it was let in.
  [[nodiscard]] static bool serves(SipPeer& peer) {
    peer.send(
        "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK-1\r\nFrom: <sip:a@b>;tag=1\r\n"
        "To: <sip:example.com>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n");
    const auto answer = peer.receive();
    return answer && answer->status() == 200;
  }
};

TEST_F(ConnectionsOfStrangers, OneThatSendsNoSipIsClosedAtOnce) {
  for (const std::string text : {"FOO bar baz\r\n\r\n", "SIP/9 x\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    for (const std::string host : {"127.0.0.1", "::1"}) {
      const auto stranger = connected(host);
      stranger->send(text);
      EXPECT_TRUE(stranger->closed_by_peer()) << text;
    }
  }
}

TEST_F(ConnectionsOfStrangers, OneTooManyOfAnAddressIsClosed) {
  start_with(10, 2);
  auto first = connected();
  const auto second = connected();
  EXPECT_TRUE(serves(*first));
  EXPECT_TRUE(serves(*second));
  EXPECT_TRUE(connected()->closed_by_peer());
  const auto other = connected("::1");
  EXPECT_TRUE(serves(*other));
  EXPECT_TRUE(serves(*first));
  ASSERT_EQ(log().size(), 1U);
  EXPECT_EQ(log()[0],
            "warned SIP over TCP: 1 new connection refused: 127.0.0.1 has 2 connections ([limits] "
            "sip_connections_per_address)");
  first.reset();
  auto next = connected();
  for (int times = 0; times < 50 && next->closed_by_peer(milliseconds(20)); ++times) next = connected();
  EXPECT_TRUE(serves(*next));
}

// What failed while somebody was let in left the listener deaf.
TEST_F(ConnectionsOfStrangers, AreLetInAfterMemoryRanOutAtTheDoor) {
  start_with(10, 1);
  auto first = connected();
  EXPECT_TRUE(serves(*first));
  observer_.throw_up(true);  // when it is told of the second one
  EXPECT_TRUE(connected()->closed_by_peer());
  observer_.throw_up(false);
  EXPECT_TRUE(serves(*first));
  first.reset();
  auto next = connected();
  for (int times = 0; times < 50 && next->closed_by_peer(milliseconds(20)); ++times) next = connected();
  EXPECT_TRUE(serves(*next));
}

TEST_F(ConnectionsOfStrangers, OneTooManyInAllIsClosed) {
  start_with(2, 2);
  const auto first = connected();
  const auto second = connected("::1");
  EXPECT_TRUE(serves(*first));
  EXPECT_TRUE(serves(*second));
  EXPECT_TRUE(connected()->closed_by_peer());
  EXPECT_TRUE(serves(*second));
  ASSERT_EQ(log().size(), 1U);
  EXPECT_EQ(log()[0],
            "warned SIP over TCP: 1 new connection refused: there are 2 connections ([limits] sip_connections)");
}

TEST_F(ConnectionsOfStrangers, ManyAtOnceAreAllLetIn) {
  std::vector<std::unique_ptr<SipPeer>> peers(100);
  std::generate(peers.begin(), peers.end(), [this] { return connected(); });
  for (const auto& peer : peers) EXPECT_TRUE(serves(*peer));
}

}  // namespace
}  // namespace snom::sip::test
