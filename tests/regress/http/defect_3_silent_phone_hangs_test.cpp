#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "http/raw_server.h"
#include "http/web_client.h"

// The original asked a phone's page without any limit of time: a silent phone held the call, the unloading of the
// module and the end of the whole process for ever.
namespace snom::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::RawServer;

WebClient::Options quick() { return {.connect_timeout = 300ms, .total_timeout = 300ms}; }

/// What came within ten seconds, and after which time.
std::pair<WebClient::Response, Clock::duration> ask(WebClient& client, const std::string& url) {
  const auto answered = std::make_shared<std::promise<WebClient::Response>>();
  auto future = answered->get_future();
  const auto began = Clock::now();
  client.get({url, "", ""}, [answered](WebClient::Response response) { answered->set_value(std::move(response)); });
  if (future.wait_for(10s) != std::future_status::ready) {
    ADD_FAILURE() << "no outcome within 10 s";
    return {};
  }
  return {future.get(), Clock::now() - began};
}

class Defect3SilentPhoneHangs : public ::testing::TestWithParam<std::pair<const char*, RawServer::Script>> {};

TEST_P(Defect3SilentPhoneHangs, ItIsGivenUpAfterTheLimit) {
  RawServer phone(GetParam().second);
  WebClient client(quick());
  const auto [response, took] = ask(client, phone.url() + "/command.htm?key=enter");
  EXPECT_EQ(response.status, 0);
  EXPECT_TRUE(response.error.ends_with("answer within 300 ms")) << response.error;
  EXPECT_GE(took, 290ms);
  EXPECT_LT(took, 5s);
}

INSTANTIATE_TEST_SUITE_P(Phones, Defect3SilentPhoneHangs,
                         ::testing::
                             Values(std::pair<const char*, RawServer::Script>{"Mute",
                                                                              [](RawServer::Peer& peer) {
                                                                                peer.read_request();
                                                                                peer.wait_for_the_end();
                                                                              }},
                                    std::pair<const char*, RawServer::Script>{"StopsInTheHead",
                                                                              [](RawServer::Peer& peer) {
                                                                                peer.read_request();
                                                                                (void)peer.send(
                                                                                    "HTTP/1.1 200 OK\r\nContent-");
                                                                                peer.wait_for_the_end();
                                                                              }},
                                    std::pair<const char*, RawServer::Script>{
                                        "StopsInTheBody",
                                        [](RawServer::Peer& peer) {
                                          peer.read_request();
                                          (void)peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
                                          peer.wait_for_the_end();
                                        }}),
                         [](const auto& one) { return one.param.first; });

TEST(Defect3SilentPhoneHangsNobody, TheEndOfTheClientWaitsForNoPhone) {
  RawServer phone([](RawServer::Peer& peer) {
    peer.read_request();
    peer.wait_for_the_end();
  });
  std::promise<WebClient::Response> told;
  const auto began = Clock::now();
  {
    WebClient client({.connect_timeout = 60s, .total_timeout = 60s});
    client.get({phone.url(), "", ""}, [&](WebClient::Response response) { told.set_value(std::move(response)); });
  }
  EXPECT_LT(Clock::now() - began, 5s);
  EXPECT_EQ(told.get_future().get().status, 0);
}

TEST(Defect3SilentPhoneHangsNobody, OtherPhonesAreAskedMeanwhile) {
  RawServer silent([](RawServer::Peer& peer) {
    peer.read_request();
    peer.wait_for_the_end();
  });
  RawServer quick_one([](RawServer::Peer& peer) {
    peer.read_request();
    (void)peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  std::promise<WebClient::Response> told;
  WebClient client({.connect_timeout = 60s, .total_timeout = 60s});
  client.get({silent.url(), "", ""}, [&](WebClient::Response response) { told.set_value(std::move(response)); });
  EXPECT_EQ(ask(client, quick_one.url()).first.status, 200);
  EXPECT_EQ(told.get_future().wait_for(0s), std::future_status::timeout);
}

}  // namespace
}  // namespace snom::http
