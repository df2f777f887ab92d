#include <gtest/gtest.h>

#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

/// A phone at an address of its own that registers nowhere, and a profile that asks it.
class Asking : public ServerTest {
 protected:
  /// `via`: through the peer, as a proxy.
  void start_asking(bool via = false, milliseconds interval = milliseconds(200)) {
    ServerOptions options;
    options.answer_timeout = milliseconds(150);
    ProfileOptions profile{"listed", {"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}, "example.com"};
    profile.asking = sip::Asking{{interval, 10}, via ? "udp:" + phone_.address() : ""};
    if (via) profile.proxy = ProxyTrust{{"127.0.0.1"}, ProxyTrust::Identity::asserted};
    options.profiles = {profile};
    start(options);
    phone_.connect(address("udp"));
    loop_->run_and_wait([&] { server_->set_users({user(via ? "" : contact())}); });
  }
  [[nodiscard]] static User user(const std::string& contact) { return {"1000", "", "", contact}; }
  [[nodiscard]] std::string contact() const { return "sip:1000@" + phone_.address() + ";line=x"; }
  /// Answers questions until the observer has so many entries.
  void answer_until(std::size_t entries, int status = 200) {
    for (int i = 0; i < 40 && log().size() < entries; ++i) {
      if (const auto asked = phone_.receive(milliseconds(100))) {
        if (asked->first_line().find("sip:1000@") == std::string::npos) continue;  // of before set_users()
        questions_.push_back(asked->first_line());
        phone_.send(with_agent(response_to(*asked, status, "Said")));
      }
    }
    EXPECT_EQ(log().size(), entries);
  }
  static std::string with_agent(std::string response) {
    response.insert(response.find("\r\n") + 2, "User-Agent: snomD862/10.1\r\n");
    return response;
  }

  SipPeer phone_{"udp", "127.0.0.1"};
  Strings questions_;
};

TEST_F(Asking, APhoneIsThereFromItsFirstAnswerOn) {
  start_asking();
  EXPECT_TRUE(registrations().empty());
  answer_until(1);
  EXPECT_EQ(questions_.at(0), "OPTIONS " + contact() + " SIP/2.0");
  EXPECT_EQ(log(), Strings{"registered 1000@example.com " + contact()});
  const auto known = registrations().at(0);
  EXPECT_EQ(known.profile, "listed");
  EXPECT_EQ(known.contact, contact());
  EXPECT_EQ(known.user_agent, "snomD862/10.1");
  EXPECT_EQ(known.network_host, "127.0.0.1");
  EXPECT_EQ(known.network_port, phone_.port());
  EXPECT_EQ(known.transport, "udp");
  EXPECT_TRUE(known.direct);
}

TEST_F(Asking, WhateverAPhoneAnswersItIsThere) {
  start_asking();
  answer_until(1, 481);
  EXPECT_EQ(registrations().size(), 1u);
}

TEST_F(Asking, SilenceEndsItAndTheNextAnswerIsARestart) {
  start_asking();
  answer_until(1);
  const auto before = registrations().at(0).call_id;
  ASSERT_TRUE(observer_.wait_for_entries(2));
  EXPECT_EQ(log().at(1), "unregistered 1000@example.com " + contact() + ": silent");
  EXPECT_TRUE(registrations().empty());
  answer_until(3);
  EXPECT_NE(registrations().at(0).call_id, before);
}

TEST_F(Asking, SilenceToAMessageEndsItToo) {
  start_asking(false, std::chrono::seconds(60));
  answer_until(1);
  const auto outcome = send({registrations().at(0), "", "text/plain", "hello"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.reason, "no answer within 0.15 s");
  ASSERT_TRUE(observer_.wait_for_entries(2));
  EXPECT_EQ(log().at(1), "unregistered 1000@example.com " + contact() + ": silent");
  answer_until(3);
}

TEST_F(Asking, MessagesGoStraightToThePhoneAndItsAnswerComesBack) {
  start_asking(false, std::chrono::seconds(60));
  answer_until(1);
  auto outcome = start_sending({registrations().at(0), "", "text/plain", "hello"});
  auto received = phone_.receive();
  while (received && received->first_line().starts_with("OPTIONS")) received = phone_.receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->first_line(), "MESSAGE " + contact() + " SIP/2.0");
  phone_.send(response_to(*received, 404, "No Such Key"));
  EXPECT_EQ(outcome.get().status, 404);
  EXPECT_EQ(registrations().size(), 1u);
}

TEST_F(Asking, NobodyRegistersOrPressesBySip) {
  start_asking();
  TextPhone phone(address("udp"), "1000", "");
  EXPECT_EQ(phone.register_contact().status(), 403);
  EXPECT_EQ(phone.ask(phone.request("MESSAGE", "sip:open@example.com", "sip:open@example.com")).status(), 403);
  EXPECT_EQ(phone.ask(phone.request("INVITE", "sip:1000@example.com", "sip:1000@example.com")).status(), 405);
  EXPECT_EQ(phone.ask(phone.request("OPTIONS", "sip:example.com", "sip:example.com")).header("Allow"), "OPTIONS");
  EXPECT_EQ(observer_.refusals(), (Strings{"REGISTER of 1000 from 127.0.0.1: nobody registers here",
                                           "MESSAGE of 1000 from 127.0.0.1: presses come by HTTP here"}));
  EXPECT_TRUE(presses().empty());
}

TEST_F(Asking, WhoIsListedNoMoreGoes) {
  start_asking();
  answer_until(1);
  loop_->run_and_wait([&] { server_->set_users({}); });
  EXPECT_EQ(log().at(1), "unregistered 1000@example.com " + contact() + ": user removed");
  std::optional<std::string> account;
  loop_->run_and_wait([&] { account = server_->account({"", "1000", ""}); });
  EXPECT_EQ(account, std::nullopt);
}

TEST_F(Asking, AUserOfAnotherProfileIsNotAskedHere) {
  start_asking();
  auto other = user(contact());
  other.profile = "elsewhere";
  loop_->run_and_wait([&] { server_->set_users({other}); });
  std::optional<std::string> account;
  loop_->run_and_wait([&] { account = server_->account({"", "1000", ""}); });
  EXPECT_EQ(account, std::nullopt);
}

TEST_F(Asking, ByWayOfAProxyTheAddressOfRecordIsAsked) {
  start_asking(true);
  answer_until(1);
  EXPECT_EQ(questions_.at(0), "OPTIONS sip:1000@example.com SIP/2.0");
  const auto known = registrations().at(0);
  EXPECT_EQ(known.contact, "sip:1000@example.com");
  EXPECT_FALSE(known.direct);
  EXPECT_EQ(known.network_port, phone_.port());
  answer_until(2, 480);
  EXPECT_EQ(log().at(1), "unregistered 1000@example.com sip:1000@example.com: silent");
}

TEST_F(Asking, APressByWayOfTheProxyIsHeardOfThePhone) {
  start_asking(true, std::chrono::seconds(60));
  for (int i = 0; i < 5; ++i) {  // the first question, which the proxy does not answer
    if (!phone_.receive(milliseconds(100))) break;
  }
  loop_->run_and_wait([] {});
  TextPhone proxy(address("udp"), "1000", "");
  EXPECT_EQ(proxy
                .ask(proxy.request("MESSAGE", "sip:open@example.com", "sip:open@example.com",
                                   "P-Asserted-Identity: <sip:1000@example.com>\r\n"))
                .status(),
            202);
  answer_until(1);
}

}  // namespace
}  // namespace snom::sip::test
