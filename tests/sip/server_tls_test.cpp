#include <gtest/gtest.h>

#include <thread>

#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

control::OutgoingMessage buttons(const registration::Registration& to) {
  control::OutgoingMessage message;
  message.to = to;
  message.content_type = "application/x-buttons";
  message.body = "k=2\r\nc=on\r\n";
  return message;
}

class OverTls : public ServerTest {};

TEST_F(OverTls, RequestsSayTlsAndTheAddressThatPhonesSee) {
  TextPhone phone(address("tls"), "1000", "1234");
  ASSERT_EQ(phone.register_contact().status(), 200);
  const auto known = registrations().at(0);
  EXPECT_EQ(known.transport, "tls");
  EXPECT_EQ(known.network_host, "127.0.0.1");
  EXPECT_EQ(known.network_port, phone.peer().port());
  auto future = start_sending(buttons(known));
  const auto message = phone.peer().receive();
  ASSERT_TRUE(message);
  const std::string server = address("tls").substr(4);
  EXPECT_TRUE(message->header("Via").starts_with("SIP/2.0/TLS " + server + ";")) << message->header("Via");
  phone.peer().send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(OverTls, AnswersNameWhereTheRequestCameFrom) {
  TextPhone phone(address("tls"), "1000", "1234");
  std::string request = phone.request("OPTIONS", "sip:example.com", "sip:example.com");
  request.replace(request.find(phone.peer().address()), phone.peer().address().size(), "phone.example:5070");
  const auto answer = phone.ask(request);
  EXPECT_EQ(answer.status(), 200);
  const std::string via = answer.header("Via");
  EXPECT_NE(via.find("received=127.0.0.1"), std::string::npos) << via;
  EXPECT_NE(via.find("rport=" + std::to_string(phone.peer().port())), std::string::npos) << via;
}

TEST_F(OverTls, ASipsContactIsReachedByItsConnection) {
  TextPhone phone(address("tls"), "1000", "1234");
  ASSERT_EQ(phone.register_with("Contact: <sips:1000@10.1.2.3:5061;line=x>\r\n").status(), 200);
  auto future = start_sending(buttons(registrations().at(0)));
  const auto message = phone.peer().receive();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->first_line(), "MESSAGE sips:1000@10.1.2.3:5061;line=x SIP/2.0");
  phone.peer().send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(OverTls, WhoseConnectionIsClosedIsCalledNowhereElse) {
  SipPeer door("tls", "127.0.0.1");
  door.listen();
  TextPhone phone(address("tls"), "1000", "1234");
  ASSERT_EQ(phone.register_with("Contact: <sip:1000@" + door.address() + ";transport=tls>\r\n").status(), 200);
  phone.peer().close();
  control::SipOutcome outcome;
  for (int i = 0; i < 100 && outcome.reason.find("closed") == std::string::npos; ++i) {
    std::this_thread::sleep_for(milliseconds(20));
    outcome = send(buttons(registrations().at(0)));
  }
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.reason, "the TLS connection that it registered over is closed");
  EXPECT_FALSE(door.accept(milliseconds(100)));
}

TEST_F(OverTls, AViaOfAnotherTransportIsNotAnswered) {
  for (const auto& [listener, claimed] : {std::pair("tls", "TCP"), std::pair("tcp", "TLS")}) {
    TextPhone phone(address(listener), "1000", "1234");
    std::string text = phone.request("OPTIONS", "sip:example.com", "sip:example.com");
    const std::string spoken = listener == std::string("tls") ? "SIP/2.0/TLS" : "SIP/2.0/TCP";
    text.replace(text.find(spoken), spoken.size(), std::string("SIP/2.0/") + claimed);
    phone.peer().send(text);
    const auto answer = phone.peer().receive(milliseconds(500));
    EXPECT_TRUE(!answer || answer->status() >= 400) << answer->text();
  }
}

TEST_F(OverTls, NobodyListensWithoutACertificate) {
  EventLoop loop;
  RecordingObserver observer;
  ServerOptions options;
  options.profiles = {{"internal", {"tls:127.0.0.1:0"}, "example.com"}};
  EXPECT_EQ(Server::open(loop, options, {}, observer).error(),
            "profile 'internal': cannot listen on tls:127.0.0.1:0: there is no certificate for TLS");
}

/// A phone with a certificate that registers nowhere.
class ListedOverTls : public ServerTest {
 protected:
  void start_asking(const std::string& tls_name = "") {
    phone_.listen();
    ServerOptions options;
    options.answer_timeout = milliseconds(500);
    ProfileOptions profile{"listed", {"udp:127.0.0.1:0", "tls:127.0.0.1:0"}, "example.com"};
    profile.asking = sip::Asking{{milliseconds(200), 10}, ""};
    profile.tls_name = tls_name;
    options.profiles = {profile};
    start(options);
    loop_->run_and_wait([&] { server_->set_users({{"1000", "", "", "sips:1000@" + phone_.address()}}); });
  }
  SipPeer phone_{"tls", "127.0.0.1"};
};

TEST_F(ListedOverTls, IsCalledAtItsAddress) {
  start_asking();
  ASSERT_TRUE(phone_.accept());
  const auto asked = phone_.receive();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->first_line(), "OPTIONS sips:1000@" + phone_.address() + " SIP/2.0");
  const std::string server = address("tls").substr(4);
  EXPECT_TRUE(asked->header("Via").starts_with("SIP/2.0/TLS " + server + ";")) << asked->header("Via");
  EXPECT_EQ(asked->header("Contact"), "<sip:" + server + ";transport=tls>");
  phone_.send(response_to(*asked, 200, "OK"));
  ASSERT_TRUE(observer_.wait_for_entries(1));
  EXPECT_EQ(log(), Strings{"registered 1000@example.com sips:1000@" + phone_.address()});

  auto future = start_sending(buttons(registrations().at(0)));
  for (;;) {
    const auto message = phone_.receive();
    ASSERT_TRUE(message);
    phone_.send(response_to(*message, 200, "OK"));
    if (message->first_line().starts_with("MESSAGE ")) break;
  }
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(ListedOverTls, IsToldNothingWhenItsCertificateIsForAnother) {
  start_asking("pbx.example");
  EXPECT_TRUE(phone_.accept());  // the handshake is before the names
  EXPECT_FALSE(phone_.receive(milliseconds(500)));
  EXPECT_TRUE(registrations().empty());
  for (int i = 0; i < 100 && log().empty(); ++i) std::this_thread::sleep_for(milliseconds(20));
  ASSERT_FALSE(log().empty());
  EXPECT_NE(log().at(0).find("certificate not trusted: it is not for pbx.example"), std::string::npos) << log().at(0);
}

}  // namespace
}  // namespace snom::sip::test
