#include "asterisk/ami_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "asterisk/main_loop.h"

namespace snom::asterisk {
namespace {

using testing::MainLoop;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// The other end of the connection, spoken by hand from the test's thread.
class Server {
 public:
  Server() : listening_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    EXPECT_TRUE(bound && listen(listening_, 4) == 0);
    socklen_t size = sizeof address;
    getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~Server() {
    hang_up();
    close(listening_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  bool accept_one() {
    pollfd waiting{listening_, POLLIN, 0};
    if (poll(&waiting, 1, 10000) != 1) return false;
    peer_ = accept(listening_, nullptr, nullptr);
    return peer_ >= 0;
  }
  void say(const std::string& text) const {
    EXPECT_EQ(send(peer_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  /// Whether the other end still takes what it is sent.
  [[nodiscard]] bool goes_on(const std::string& text) const {
    return send(peer_, text.data(), text.size(), MSG_NOSIGNAL) > 0;
  }
  /// The next whole action.
  std::string hear() {
    while (heard_.find("\r\n\r\n") == std::string::npos) {
      pollfd waiting{peer_, POLLIN, 0};
      char bytes[4096];
      if (poll(&waiting, 1, 10000) != 1) return "nothing";
      const auto size = recv(peer_, bytes, sizeof bytes, 0);
      if (size <= 0) return "closed";
      heard_.append(bytes, static_cast<std::size_t>(size));
    }
    const auto end = heard_.find("\r\n\r\n") + 4;
    auto action = heard_.substr(0, end);
    heard_.erase(0, end);
    return action;
  }
  /// Into how many what waits falls, each of which one read gives.
  int pieces() {
    int count = 0;
    for (pollfd waiting{peer_, POLLIN, 0}; poll(&waiting, 1, count == 0 ? 10000 : 100) == 1; ++count) {
      char bytes[65536];
      const auto size = recv(peer_, bytes, sizeof bytes, 0);
      if (size <= 0) break;
      heard_.append(bytes, static_cast<std::size_t>(size));
    }
    return count;
  }
  void hang_up() {
    if (peer_ >= 0) close(peer_);
    peer_ = -1;
    heard_.clear();
  }

  std::uint16_t port = 0;

 private:
  int listening_;
  int peer_ = -1;
  std::string heard_;
};

std::string line_of(const std::string& action, const std::string& name) {
  const auto begin = action.find("\r\n" + name + ": ");
  if (begin == std::string::npos) return {};
  const auto value = begin + 4 + name.size();
  return action.substr(value, action.find("\r\n", value) - value);
}

Fields hundred_kilobytes(int number) {
  Fields fields{{"N", std::to_string(number)}};
  fields.resize(101, {"X", std::string(1000, 'x')});
  return fields;
}

class AmiClientTest : public ::testing::Test, public AmiClient::Listener {
 protected:
  AmiClientTest() { start({}); }
  void start(AmiClient::Options options) {
    options.host = "127.0.0.1";
    options.port = server.port;
    options.user = "snomd";
    options.secret = "hush";
    options.first_pause = 1ms;
    options.longest_pause = 20ms;
    client.emplace(options, loop, loop, *this);
    client->start();
  }
  ~AmiClientTest() override { client.reset(); }

  void log_in() {
    ASSERT_TRUE(server.accept_one());
    server.say("Asterisk Call Manager/11.0.0\r\n");
    const auto login = server.hear();
    ASSERT_TRUE(login.starts_with("Action: Login\r\n")) << login;
    EXPECT_EQ(line_of(login, "Username"), "snomd");
    EXPECT_EQ(line_of(login, "Secret"), "hush");
    server.say("Response: Success\r\nActionID: " + line_of(login, "ActionID") +
               "\r\nMessage: Authentication accepted\r\n\r\n");
    server.say("Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n");
    const auto before = connections;
    ASSERT_TRUE(loop.run_until([&] { return connections > before; }));
  }

  /// Another client, that waits so long for the answer to its login, and then for the end of booting.
  void start_anew(milliseconds connect_limit, milliseconds boot_limit) {
    ASSERT_TRUE(server.accept_one());
    client.reset();
    server.hang_up();
    AmiClient::Options options;
    options.connect_limit = connect_limit;
    options.boot_limit = boot_limit;
    start(options);
  }
  /// Is asked to log in, and agrees; has not booted yet.
  void agree_to_login() {
    ASSERT_TRUE(server.accept_one());
    server.say("Asterisk Call Manager/11.0.0\r\n");
    server.say("Response: Success\r\nActionID: " + line_of(server.hear(), "ActionID") + "\r\nMessage: x\r\n\r\n");
  }

  /// The next action that it is asked for: what is asked goes when control's turn is over.
  std::string next_action() {
    loop.turn();
    return server.hear();
  }

  // As the listener.
  void connected(const std::string& banner) override {
    ++connections;
    last_banner = banner;
  }
  void disconnected(const std::string& why) override { whys.push_back(why); }
  void event(const AmiMessage& message) override { events.push_back(message); }

  Ami::Done note() {
    return [this](const Ami::Answer& answer) { answers.push_back(answer); };
  }

  Server server;
  MainLoop loop;
  std::optional<AmiClient> client;
  std::atomic<bool> said = false;  ///< enough, to a thread that speaks for the server
  int connections = 0;
  std::string last_banner;
  std::vector<std::string> whys;
  std::vector<AmiMessage> events;
  std::vector<Ami::Answer> answers;
};

TEST_F(AmiClientTest, LogsInAndAsks) {
  log_in();
  EXPECT_EQ(last_banner, "Asterisk Call Manager/11.0.0");
  client->ask("Ping", {{"X", "y"}}, 5s, note());
  const auto action = next_action();
  EXPECT_TRUE(action.starts_with("Action: Ping\r\n"));
  EXPECT_EQ(line_of(action, "X"), "y");
  server.say("Response: Success\r\nActionID: " + line_of(action, "ActionID") + "\r\nPing: Pong\r\n\r\n");
  ASSERT_TRUE(loop.run_until([&] { return answers.size() == 1; }));
  EXPECT_TRUE(answers[0].ok);
  EXPECT_EQ(answers[0].response.get("Ping"), "Pong");
  EXPECT_EQ(client->under_way(), 0U);
}

TEST_F(AmiClientTest, GathersLists) {
  log_in();
  client->ask("PJSIPShowContacts", {}, 5s, note());
  const auto id = "ActionID: " + line_of(next_action(), "ActionID") + "\r\n";
  server.say("Response: Success\r\n" + id + "EventList: start\r\nMessage: A listing\r\n\r\n");
  server.say("Event: ContactList\r\n" + id + "Uri: a\r\n\r\nEvent: ContactList\r\nUri: forged\r\n\r\n");
  server.say("Event: ContactList\r\n" + id + "Uri: b\r\n\r\nEvent: ContactListComplete\r\n" + id +
             "EventList: Complete\r\nListItems: 2\r\n\r\n");
  ASSERT_TRUE(loop.run_until([&] { return answers.size() == 1; }));
  EXPECT_TRUE(answers[0].ok);
  ASSERT_EQ(answers[0].items.size(), 2U);
  EXPECT_EQ(answers[0].items[1].get("Uri"), "b");
}

TEST_F(AmiClientTest, WhatHasNoActionIdOfOursAnswersNothing) {
  log_in();
  client->ask("Ping", {}, 5s, note());
  const auto id = line_of(next_action(), "ActionID");
  EXPECT_GT(id.size(), 32U) << "nobody guesses it";
  server.say("Response: Success\r\nActionID: 1\r\n\r\n");
  server.say("Response: Success\r\nActionID: " + id + "0\r\n\r\n");
  server.say("Response: Success\r\n\r\n");
  server.say("Event: ContactStatus\r\nURI: sip:a@b\r\n\r\n");
  ASSERT_TRUE(loop.run_until([&] { return events.size() == 1; }));
  EXPECT_TRUE(answers.empty());
}

TEST_F(AmiClientTest, HandsOnOnlyWhatSomebodyIsInterestedIn) {
  log_in();
  server.say("Event: Newchannel\r\nChannel: x\r\n\r\nEvent: UserEvent\r\nUserEvent: SnomPress\r\n\r\n");
  ASSERT_TRUE(loop.run_until([&] { return !events.empty(); }));
  EXPECT_EQ(events[0].get("Event"), "UserEvent");
}

TEST_F(AmiClientTest, HandsOnOnlyThatOfWhatCameBeforeItHadBooted) {
  agree_to_login();
  server.say("Event: Newchannel\r\nChannel: x\r\n\r\nEvent: UserEvent\r\nUserEvent: SnomPress\r\n\r\n");
  server.say("Event: FullyBooted\r\n\r\n");
  ASSERT_TRUE(loop.run_until([&] { return !events.empty(); }));
  EXPECT_EQ(events[0].get("Event"), "UserEvent");
}

TEST_F(AmiClientTest, KeepsABoundedNumberOfEventsUntilItHasBooted) {
  const std::string event = "Event: UserEvent\r\nX: " + std::string(60000, 'x') + "\r\n\r\n";
  agree_to_login();
  for (int i = 0; i < 1000 && server.goes_on(event);) ++i;
  ASSERT_TRUE(loop.run_until([&] { return !whys.empty(); }));
  EXPECT_NE(whys[0].find("more than 65536 events, or 16 MiB of them, before it has booted"), std::string::npos)
      << whys[0];
  EXPECT_EQ(connections, 0);
}

TEST_F(AmiClientTest, TheLimitsOfALoginHoldForWhoKeepsSending) {
  const std::string event = "Event: Newchannel\r\nChannel: x\r\n\r\n";
  start_anew(50ms, 50ms);
  ASSERT_TRUE(server.accept_one());
  server.say("Asterisk Call Manager/11.0.0\r\n");
  server.hear();
  const auto limit = std::chrono::steady_clock::now() + 10s;
  while (server.goes_on(event) && std::chrono::steady_clock::now() < limit) {
  }
  ASSERT_TRUE(loop.run_until([&] { return !whys.empty(); }));
  EXPECT_TRUE(whys[0].ends_with("no answer to the login")) << whys[0];
  server.hang_up();
  // Who is let in and not told the end of booting goes on when that has taken long enough.
  agree_to_login();
  std::thread sending([&] {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!said && server.goes_on(event) && std::chrono::steady_clock::now() < end) {
    }
  });
  EXPECT_TRUE(loop.run_until([&] { return connections > 0; }));
  said = true;
  sending.join();
}

TEST_F(AmiClientTest, AnErrorIsToldAsItIs) {
  log_in();
  client->ask("MessageSend", {}, 5s, note());
  server.say("Response: Error\r\nActionID: " + line_of(next_action(), "ActionID") +
             "\r\nMessage: Message failed to send.\r\n\r\n");
  ASSERT_TRUE(loop.run_until([&] { return answers.size() == 1; }));
  EXPECT_FALSE(answers[0].ok);
  EXPECT_FALSE(answers[0].lost);
  EXPECT_EQ(answers[0].message, "Message failed to send.");
}

TEST_F(AmiClientTest, WhatIsAskedInOneTurnGoesInOnePiece) {
  log_in();
  for (int i = 0; i < 3; ++i) client->ask("Ping", {{"X", std::to_string(i)}}, 5s, note());
  loop.turn();
  EXPECT_EQ(server.pieces(), 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(line_of(server.hear(), "X"), std::to_string(i));
}

TEST_F(AmiClientTest, WhatTheSocketDoesNotTakeGoesLater) {
  log_in();
  constexpr int many = 120;  // more than the buffers of a connection hold
  for (int i = 0; i < many; ++i) client->ask("Ping", hundred_kilobytes(i), 60s, note());
  loop.turn();
  for (int i = 0; i < many; ++i) ASSERT_EQ(line_of(server.hear(), "N"), std::to_string(i));
}

TEST_F(AmiClientTest, WhoDoesNotReadIsNotWrittenToForEver) {
  log_in();
  int asked = 0;
  while (answers.empty() && asked < 1000) {
    client->ask("Ping", hundred_kilobytes(asked++), 60s, note());
    loop.turn();
  }
  ASSERT_FALSE(answers.empty());
  EXPECT_EQ(answers[0].message, "Asterisk's manager does not read");
  EXPECT_GT(asked, 160) << "16 MB are kept";
}

/// Each by itself would wake three threads.
TEST_F(AmiClientTest, WhileManyAnswersAreDueThoseOfAMomentAreReadTogether) {
  log_in();
  constexpr std::size_t many = 64;
  constexpr std::size_t first = 40;  // behind them still more are due than a moment brings
  for (std::size_t i = 0; i < many; ++i) client->ask("Ping", {}, 60s, note());
  loop.turn();
  std::vector<std::chrono::steady_clock::duration> took;
  for (std::size_t i = 0; i < first; ++i) {
    const auto id = line_of(server.hear(), "ActionID");
    const auto at = std::chrono::steady_clock::now();
    server.say("Response: Success\r\nActionID: " + id + "\r\n\r\n");
    ASSERT_TRUE(loop.run_until([&] { return answers.size() == i + 1; }));
    took.push_back(std::chrono::steady_clock::now() - at);
  }
  std::sort(took.begin(), took.end());
  EXPECT_GE(took[first / 2], 900us);
}

TEST_F(AmiClientTest, SilenceHasALimit) {
  log_in();
  client->ask("Ping", {}, 50ms, note());
  ASSERT_TRUE(loop.run_until([&] { return answers.size() == 1; }));
  EXPECT_EQ(answers[0].message, "no answer of Asterisk's manager within 0.05 s");
  EXPECT_TRUE(answers[0].lost);
}

TEST_F(AmiClientTest, WhatCannotBeWrittenIsRefusedLater) {
  log_in();
  client->ask("Ping", {{"X", "a\r\nAction: Command"}}, 5s, note());
  EXPECT_TRUE(answers.empty());
  ASSERT_TRUE(loop.run_until([&] { return answers.size() == 1; }));
  EXPECT_EQ(answers[0].message, "X: a manager's line holds no line end and no NUL");
}

TEST_F(AmiClientTest, ComesBackByItself) {
  log_in();
  client->ask("Ping", {}, 5s, note());
  (void)next_action();
  server.hang_up();
  ASSERT_TRUE(loop.run_until([&] { return whys.size() == 1 && answers.size() == 1; }));
  EXPECT_TRUE(answers[0].lost);
  EXPECT_EQ(answers[0].message, "the connection to Asterisk's manager was lost");
  EXPECT_TRUE(whys[0].ends_with("Asterisk closed the connection")) << whys[0];
  EXPECT_FALSE(client->is_connected());
  client->ask("Ping", {}, 5s, note());
  ASSERT_TRUE(loop.run_until([&] { return answers.size() == 2; }));
  EXPECT_EQ(answers[1].message, "no connection to Asterisk's manager");
  log_in();
  EXPECT_TRUE(client->is_connected());
}

TEST_F(AmiClientTest, AWrongSecretIsSaidOnceAndTriedAgain) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(server.accept_one());
    server.say("Asterisk Call Manager/11.0.0\r\n");
    server.say("Response: Error\r\nActionID: " + line_of(server.hear(), "ActionID") +
               "\r\nMessage: Authentication failed\r\n\r\n");
    EXPECT_EQ(server.hear(), "closed");
    server.hang_up();
  }
  ASSERT_TRUE(loop.run_until([&] { return !whys.empty(); }));
  ASSERT_TRUE(server.accept_one());
  ASSERT_EQ(whys.size(), 1U);
  EXPECT_TRUE(whys[0].ends_with("it refuses the login of ami_user 'snomd': Authentication failed")) << whys[0];
  EXPECT_EQ(whys[0].find("hush"), std::string::npos);
}

TEST_F(AmiClientTest, WhatIsNoAsteriskIsLeft) {
  ASSERT_TRUE(server.accept_one());
  server.say("HTTP/1.0 400 Bad Request\r\n\r\n");
  ASSERT_TRUE(loop.run_until([&] { return !whys.empty(); }));
  EXPECT_NE(whys[0].find("its first line is 'HTTP/1.0 400 Bad Request'"), std::string::npos) << whys[0];
}

TEST_F(AmiClientTest, StoppingTellsWhoWaits) {
  log_in();
  client->ask("Ping", {}, 5s, note());
  client->stop();
  ASSERT_TRUE(loop.run_until([&] { return answers.size() == 1; }));
  EXPECT_EQ(answers[0].message, "stopping");
  client->ask("Ping", {}, 5s, note());
  ASSERT_TRUE(loop.run_until([&] { return answers.size() == 2; }));
  EXPECT_EQ(answers[1].message, "stopping");
}

TEST_F(AmiClientTest, EndsWhileNobodyAnswersTheLogin) {
  ASSERT_TRUE(server.accept_one());
  const auto begin = std::chrono::steady_clock::now();
  client.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
}

}  // namespace
}  // namespace snom::asterisk
