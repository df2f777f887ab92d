#include "phone/fleet.h"

#include <algorithm>
#include <future>

#include <nlohmann/json.hpp>

#include "http/web_client.h"
#include "sip/server_fixture.h"

namespace snom::phone {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Lines of events, and waiting for one.
class Lines {
 public:
  Fleet::Sink sink() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      lines_.push_back(json::parse(line));
      changed_.notify_all();
    };
  }
  /// The first event of this name and user; null after the limit.
  json wait_for(const std::string& name, const std::string& user) {
    std::unique_lock lock(mutex_);
    json found;
    changed_.wait_for(lock, seconds(8), [&] {
      for (const json& line : lines_) {
        if (line["event"] == name && line["user"] == user) found = line;
      }
      return !found.is_null();
    });
    return found;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return lines_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<json> lines_;
};

class FleetTest : public sip::test::ServerTest {
 protected:
  FleetTest() {
    loop_->run_and_wait([this] { server_->set_users({{"1000", "pw", ""}, {"1001", "pw", ""}, {"1002", "pw", ""}}); });
  }
  FleetOptions options(std::vector<std::string> users) {
    FleetOptions wanted;
    const std::string address = this->address("udp");
    wanted.server_host = "127.0.0.1";
    wanted.server_port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    wanted.domain = "example.com";
    wanted.users = std::move(users);
    wanted.password = "pw";
    return wanted;
  }
  std::unique_ptr<Fleet> open(FleetOptions wanted) {
    auto opened = Fleet::open(std::move(wanted), lines_.sink());
    if (!opened) throw std::runtime_error(opened.error());
    return std::move(*opened);
  }
  /// An answer of the user's web page.
  http::WebClient::Response get(const std::string& user, const std::string& path) {
    std::promise<http::WebClient::Response> answered;
    http::WebClient client({.connect_timeout = milliseconds(2000), .total_timeout = milliseconds(2000)});
    client.get({lines_.wait_for("listening", user)["web"].get<std::string>() + path, "", ""},
               [&](http::WebClient::Response response) { answered.set_value(std::move(response)); });
    return answered.get_future().get();
  }

  Lines lines_;
};

TEST_F(FleetTest, EachPhoneRegistersAndHasAPageOfItsOwn) {
  auto wanted = options({"1000", "1001", "1002"});
  wanted.web_host = "127.0.0.1";
  const auto fleet = open(wanted);
  for (const char* user : {"1000", "1001", "1002"}) {
    EXPECT_EQ(lines_.wait_for("registered", user)["expires_s"], 3600);
    const json state = json::parse(get(user, "/state.json").body);
    EXPECT_EQ(state["user"], user);
    EXPECT_EQ(state["registered"], true);
    EXPECT_EQ(state["domain"], "example.com");
  }
  const auto all = registrations();
  ASSERT_EQ(all.size(), 3U);
  const std::string sip = lines_.wait_for("listening", "1000")["sip"];
  for (const auto& one : all)
    EXPECT_EQ(one.transport + ":" + one.network_host + ":" + std::to_string(one.network_port), sip)
        << "one SIP address for all";
}

TEST_F(FleetTest, LogsOffWithinItsLimit) {
  const auto fleet = open(options({"1000", "1001"}));
  ASSERT_FALSE(lines_.wait_for("registered", "1000").is_null());
  ASSERT_FALSE(lines_.wait_for("registered", "1001").is_null());
  fleet->log_off(seconds(5));
  EXPECT_TRUE(registrations().empty());
}

TEST_F(FleetTest, TheEndWaitsForNoRegistrarThatIsGone) {
  auto fleet = open(options({"1000"}));
  ASSERT_FALSE(lines_.wait_for("registered", "1000").is_null());
  server_.reset();
  const auto began = std::chrono::steady_clock::now();
  fleet->log_off(milliseconds(200));
  fleet.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(3));
}

TEST_F(FleetTest, AQuietOneSaysNothing) {
  auto wanted = options({"1000"});
  wanted.quiet = true;
  const auto fleet = open(wanted);
  ASSERT_TRUE(observer_.wait_for_entries(1));
  EXPECT_EQ(lines_.count(), 0U);
}

TEST_F(FleetTest, WebFaults) {
  auto wanted = options({"1000"});
  wanted.web_host = "127.0.0.1";
  wanted.faults.web_status = 500;
  wanted.faults.web_delay = milliseconds(150);
  auto fleet = open(wanted);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(get("1000", "/command.htm?key=P1").status, 500);
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(150));
  fleet.reset();

  Lines others;
  wanted.faults = {};
  wanted.faults.web_silent = true;
  auto silent = Fleet::open(wanted, others.sink());
  ASSERT_TRUE(silent);
  std::promise<http::WebClient::Response> answered;
  http::WebClient client({.connect_timeout = milliseconds(300), .total_timeout = milliseconds(300)});
  client.get({others.wait_for("listening", "1000")["web"].get<std::string>(), "", ""},
             [&](http::WebClient::Response response) { answered.set_value(std::move(response)); });
  EXPECT_EQ(answered.get_future().get().error, "no answer within 300 ms");
}

TEST_F(FleetTest, WhatCannotBeBoundOrFoundIsNamed) {
  const auto error_of = [](FleetOptions wanted) {
    auto opened = Fleet::open(std::move(wanted), [](const std::string&) {});
    return opened ? std::string("no error") : opened.error();
  };
  auto wanted = options({"1000"});
  wanted.server_host = "no such host";
  EXPECT_TRUE(error_of(wanted).starts_with("server no such host: ")) << error_of(wanted);
  wanted = options({"1000"});
  wanted.listen = "192.0.2.1";
  EXPECT_EQ(error_of(wanted), "cannot listen on 192.0.2.1: Cannot assign requested address");
  wanted = options({"1000"});
  wanted.web_host = "192.0.2.1";
  wanted.web_port = 8081;
  EXPECT_TRUE(error_of(wanted).starts_with("web page: ")) << error_of(wanted);
  EXPECT_NE(error_of(wanted).find("192.0.2.1:8081"), std::string::npos) << error_of(wanted);
}

}  // namespace
}  // namespace snom::phone
