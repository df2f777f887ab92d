#include "snomd/daemon.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "http/web_client.h"

namespace snom::snomd {
namespace {

Config configuration() {
  auto config = parse_config(R"([[profile]]
name = "internal"
listen = ["udp:127.0.0.1:0"]
domain = "example.test"
[[user]]
name = "1000"
password = "1234"
[http]
listen = "127.0.0.1:0"
[store]
path = ""
)",
                             "snomd.toml");
  if (!config) throw std::runtime_error(config.error());
  return std::move(*config);
}

/// Asks for one page after another, eight at a time, until nobody answers any more.
class Asker {
 public:
  explicit Asker(std::string url) : url_(std::move(url)), client_({.max_connections_per_host = 8}) {
    for (int i = 0; i < at_once; ++i) ask();
  }
  ~Asker() { ended_ = true; }
  [[nodiscard]] int answers() const { return answers_; }
  /// Each of those at a time has come to an end. False when one still waits after ten seconds.
  [[nodiscard]] bool none_waits() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (unanswered_ < at_once && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return unanswered_ == at_once;
  }

 private:
  static constexpr int at_once = 8;
  void ask() {
    client_.get({url_}, [this](const http::WebClient::Response& response) {
      if (response.status == 200) ++answers_;
      if (response.status == 0) ++unanswered_;
      if (!ended_ && response.status != 0) ask();
    });
  }

  const std::string url_;
  std::atomic<bool> ended_ = false;
  std::atomic<int> answers_ = 0;
  std::atomic<int> unanswered_ = 0;
  http::WebClient client_;
};

/// Requests never stop coming, and each stage of the end meets some of them: a sanitizer sees who is used too late.
TEST(DaemonStopping, WhileRequestsComeIn) {
  for (int i = 0; i < 20; ++i) {
    auto daemon = Daemon::start(configuration());
    ASSERT_TRUE(daemon) << daemon.error();
    const std::string listening = (*daemon)->listening().back();
    ASSERT_TRUE(listening.starts_with("http ")) << listening;
    const auto url = "http://" + listening.substr(5);
    Asker phones(url + "/v1/phones");
    Asker buttons(url + "/v1/buttons");
    while (phones.answers() < 20 || buttons.answers() < 20) std::this_thread::yield();
    daemon->reset();
    EXPECT_TRUE(phones.none_waits());
    EXPECT_TRUE(buttons.none_waits());
  }
}

}  // namespace
}  // namespace snom::snomd
