// A server that is no PostgreSQL, or one that somebody else answers for: whatever it says, a statement ends.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "store/postgres.h"

namespace snom::store {
namespace {

using namespace std::chrono_literals;

/// A message of the server's (PostgreSQL's "Message Formats").
std::string message(char type, const std::string& body) {
  const auto length = htonl(static_cast<std::uint32_t>(body.size() + 4));
  return type + std::string(reinterpret_cast<const char*>(&length), sizeof length) + body;
}

std::string notice(const std::string& text) {
  return message(
      'N', "SWARNING" + std::string(1, '\0') + "C01000" + std::string(1, '\0') + "M" + text + std::string(2, '\0'));
}

const std::string ready = message('Z', "I");
const std::string done = message('C', std::string("SELECT 0") + '\0');
const std::string copy_in = message('G', std::string(3, '\0'));

/// Takes one connection, lets it in with `welcome`, and answers its first statement by `answer`, again and again if
/// `without_end`.
class StrangeServer final {
 public:
  StrangeServer(std::string welcome, std::string answer, bool without_end)
      : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no socket");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, welcome = std::move(welcome), answer = std::move(answer), without_end] {
      const int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      const timeval limit{0, 100000};
      ::setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
      read_one(peer);
      // AuthenticationOk
      say(peer, message('R', std::string(4, '\0')) + welcome + ready);
      read_one(peer);
      do {
        say(peer, answer);
      } while (without_end && !stop_);
      while (!stop_ && read_one(peer)) {
      }
      ::close(peer);
    });
  }
  ~StrangeServer() {
    stop_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  StrangeServer(const StrangeServer&) = delete;
  StrangeServer& operator=(const StrangeServer&) = delete;

  [[nodiscard]] std::string url() const {
    return "postgresql://snomd@127.0.0.1:" + std::to_string(port_) + "/snomd?sslmode=disable&gssencmode=disable";
  }

 private:
  static bool read_one(int peer) {
    char bytes[4096];
    return ::recv(peer, bytes, sizeof bytes, 0) > 0;
  }
  static void say(int peer, const std::string& bytes) { ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

std::unique_ptr<PostgresConnection> connect(const StrangeServer& server) {
  auto made = PostgresConnection::connect(server.url(), std::chrono::steady_clock::now() + 10s);
  if (!made) throw std::runtime_error(made.error().text);
  return std::move(*made);
}

TEST(PostgresWithoutEnd, ACopyThatNobodyAskedForEndsTheConnection) {
  const StrangeServer server("", copy_in, false);
  const auto connection = connect(server);
  const auto answered = connection->run("SELECT 1", 10s);
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().kind, SqlError::Kind::away);
  EXPECT_EQ(answered.error().text, "postgresql://127.0.0.1/snomd answers something else than what was asked");
}

TEST(PostgresWithoutEnd, ResultsThatNeverEndAreWaitedForNoLongerThanAnAnswer) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += done;
  const StrangeServer server("", many, true);
  const auto connection = connect(server);
  const auto answered = connection->run("SELECT 1", 300ms);
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().text, "postgresql://127.0.0.1/snomd does not answer in time");
}

/// One column and row after row of it.
TEST(PostgresWithoutEnd, RowsThatNeverEndAreReadUntilItIsToEnd) {
  const std::string column = std::string("c\0", 2) + std::string(6, '\0') + std::string("\0\0\0\x19", 4) +
                             std::string("\xff\xff\xff\xff\xff\xff\0\0", 8);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += message('D', std::string("\0\1\0\0\0\1x", 7));
  const StrangeServer server("", message('T', std::string("\0\1", 2) + column) + many, false);
  std::atomic<int> seen = 0;
  auto connection = connect(server);
  connection->set_give_up([&seen] { return seen > 500; });
  const auto answered = connection->run("SELECT c", 20s, [&seen](const PostgresConnection::Row& row) {
    EXPECT_EQ(row.text(0), "x");
    ++seen;
    return SqlResult<void>{};
  });
  ASSERT_FALSE(answered);
  EXPECT_LT(seen, 1000);
  EXPECT_EQ(answered.error().kind, SqlError::Kind::away);
}

TEST(PostgresWithoutEnd, WhatItSaysBeforeItLetsUsInIsNotOnOurStandardError) {
  const StrangeServer server(notice("\x1b]0;owned\a"), done + ready, false);
  ::testing::internal::CaptureStderr();
  const auto connection = connect(server);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace snom::store
