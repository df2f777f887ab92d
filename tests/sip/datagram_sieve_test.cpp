#include "sip/datagram_sieve.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace snom::sip {
namespace {

class LoopbackSocket {
 public:
  LoopbackSocket() : descriptor(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(descriptor, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  ~LoopbackSocket() { close(descriptor); }
  LoopbackSocket(const LoopbackSocket&) = delete;
  LoopbackSocket& operator=(const LoopbackSocket&) = delete;

  void send(const LoopbackSocket& to, const std::string& text) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(to.port);
    sendto(descriptor, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  /// The next datagram; empty when there is none.
  [[nodiscard]] std::string receive() const {
    char text[2048];
    const auto size = recv(descriptor, text, sizeof text, MSG_DONTWAIT);
    return size < 0 ? std::string() : std::string(text, static_cast<std::size_t>(size));
  }

  int descriptor;
  std::uint16_t port = 0;
};

class ADatagramSieve : public ::testing::Test {
 protected:
  ADatagramSieve() {
    const int buffer = 64 * 1024;
    setsockopt(server_.descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    known_.add("127.0.0.1", phone_.port);
  }
  void send_as_stranger(int count) {
    for (int i = 0; i < count; ++i) stranger_.send(server_, std::string(600, 's'));
  }

  LoopbackSocket server_, phone_, stranger_;
  Sources known_;
  DatagramSieve sieve_{server_.descriptor, known_};
};

TEST_F(ADatagramSieve, ServesEverybodyWhileThereIsRoom) {
  send_as_stranger(3);
  EXPECT_EQ(sieve_.sift(), 0U);
  EXPECT_EQ(server_.receive(), std::string(600, 's'));
}

TEST_F(ADatagramSieve, ThrowsStrangersAwayUntilAPhoneIsNext) {
  send_as_stranger(5);
  phone_.send(server_, "answer");
  send_as_stranger(500);
  EXPECT_EQ(sieve_.sift(), 5U);
  EXPECT_EQ(sieve_.sift(), 0U);
  EXPECT_EQ(server_.receive(), "answer");
}

TEST_F(ADatagramSieve, LeavesWhatThereIsRoomFor) {
  send_as_stranger(500);
  EXPECT_GT(sieve_.sift(), 0U);
  EXPECT_EQ(sieve_.sift(), 0U);
  EXPECT_EQ(server_.receive(), std::string(600, 's'));
}

TEST_F(ADatagramSieve, TellsPortsAndAddressesApart) {
  known_.clear();
  known_.add("127.0.0.2", phone_.port);
  known_.add("not an address", 1);
  EXPECT_EQ(known_.size(), 1U);
  phone_.send(server_, "answer");
  send_as_stranger(500);
  EXPECT_GT(sieve_.sift(), 1U);
}

}  // namespace
}  // namespace snom::sip
