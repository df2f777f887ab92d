#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

control::OutgoingMessage buttons(const registration::Registration& to) {
  return {to, "", "application/x-buttons", "k=2\r\nc=on\r\nl=DND\r\n"};
}

class SendOverAll : public ServerTest, public ::testing::WithParamInterface<Way> {};
INSTANTIATE_TEST_SUITE_P(Send, SendOverAll, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(SendOverAll, ThePhoneGetsTheMessageAndItsAnswerIsTold) {
  TextPhone phone(address(GetParam().first, GetParam().second), "1000", "1234");
  phone.register_contact();
  const auto outcome = [&](int status, const char* phrase) {
    auto future = start_sending(buttons(registrations().at(0)));
    const auto message = phone.peer().receive();
    if (!message) return control::SipOutcome{-1, "no message"};
    EXPECT_EQ(message->first_line(), "MESSAGE " + phone.contact() + " SIP/2.0");
    EXPECT_TRUE(message->header("From").starts_with("<sip:1000@example.com>;tag=")) << message->header("From");
    EXPECT_EQ(message->header("To"), "<sip:1000@example.com>");
    EXPECT_EQ(message->header("Content-Type"), "application/x-buttons");
    EXPECT_EQ(message->header("Max-Forwards"), "70");
    EXPECT_TRUE(message->header("User-Agent").starts_with("snomd/"));
    EXPECT_EQ(message->header("Subject"), "");
    EXPECT_EQ(message->header("Contact"), "");
    EXPECT_EQ(message->body(), "k=2\r\nc=on\r\nl=DND\r\n");
    phone.peer().send(response_to(*message, status, phrase));
    return future.get();
  };
  const auto fine = outcome(200, "OK");
  EXPECT_EQ(fine.status, 200);
  EXPECT_EQ(fine.reason, "OK");
  EXPECT_EQ(outcome(202, "Accepted").status, 202);
  const auto busy = outcome(486, "Busy Here");
  EXPECT_EQ(busy.status, 486);
  EXPECT_EQ(busy.reason, "Busy Here");
  EXPECT_EQ(outcome(401, "Unauthorized").status, 401);
  EXPECT_EQ(outcome(302, "Moved").status, 302);
  EXPECT_EQ(outcome(408, "Request Timeout").status, 408);
  EXPECT_EQ(outcome(503, "Service Unavailable").status, 503);
}

TEST_P(SendOverAll, ANotifyIsSentWithoutASubscription) {
  TextPhone phone(address(GetParam().first, GetParam().second), "1000", "1234");
  phone.register_contact();
  auto future = start_sending({registrations().at(0), "", "application/snomxml", "<SnomIPPhoneSilent/>", "xml"});
  const auto message = phone.peer().receive();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->first_line(), "NOTIFY " + phone.contact() + " SIP/2.0");
  EXPECT_TRUE(message->header("From").starts_with("<sip:1000@example.com>;tag=")) << message->header("From");
  EXPECT_EQ(message->header("To"), "<sip:1000@example.com>");
  EXPECT_EQ(message->header("CSeq"), "1 NOTIFY");
  EXPECT_EQ(message->header("Event"), "xml");
  EXPECT_EQ(message->header("Subscription-State"), "terminated;reason=noresource");
  EXPECT_TRUE(message->header("Contact").starts_with("<sip:")) << message->header("Contact");
  EXPECT_EQ(message->header("Content-Type"), "application/snomxml");
  EXPECT_EQ(message->body(), "<SnomIPPhoneSilent/>");
  phone.peer().send(response_to(*message, 489, "Bad Event"));
  const auto outcome = future.get();
  EXPECT_EQ(outcome.status, 489);
  EXPECT_EQ(outcome.reason, "Bad Event");
}

TEST_P(SendOverAll, APhoneThatSaysNothingIsGivenUpAfterTheLimitAndLeftInPeace) {
  ServerOptions options;
  options.answer_timeout = milliseconds(700);
  start(options);
  TextPhone phone(address(GetParam().first, GetParam().second), "1000", "1234");
  phone.register_contact();
  const auto begin = Clock::now();
  const auto outcome = send(buttons(registrations().at(0)));
  const auto took = Clock::now() - begin;
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.reason, "no answer within 0.7 s");
  EXPECT_GE(took, milliseconds(690));
  EXPECT_LT(took, milliseconds(1500));
  while (phone.peer().receive(milliseconds(1))) {
  }
  EXPECT_FALSE(phone.peer().receive(milliseconds(1200))) << "repeated after it was given up";
}

class Send : public ServerTest {};

TEST_F(Send, TheUserMayDifferAndNamesAreEncoded) {
  TextPhone desk(address("udp"), "front desk", "secret");
  desk.register_contact();
  auto message = buttons(registrations().at(0));
  message.from_user = "api+x";
  auto future = start_sending(message);
  const auto received = desk.peer().receive();
  ASSERT_TRUE(received);
  EXPECT_TRUE(received->header("From").starts_with("<sip:api+x@example.com>;tag=")) << received->header("From");
  EXPECT_EQ(received->header("To"), "<sip:front%20desk@example.com>");
  desk.peer().send(response_to(*received, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(Send, AProvisionalAnswerIsNoAnswer) {
  ServerOptions options;
  options.answer_timeout = milliseconds(700);
  start(options);
  TextPhone phone(address("udp"), "1000", "1234");
  phone.register_contact();
  auto future = start_sending(buttons(registrations().at(0)));
  const auto message = phone.peer().receive();
  ASSERT_TRUE(message);
  phone.peer().send(response_to(*message, 100, "Trying"));
  phone.peer().send(response_to(*message, 183, "Progress"));
  EXPECT_EQ(future.get().reason, "no answer within 0.7 s");
}

TEST_F(Send, ALostMessageIsRepeated) {
  TextPhone phone(address("udp"), "1000", "1234");
  phone.register_contact();
  auto future = start_sending(buttons(registrations().at(0)));
  const auto first = phone.peer().receive();
  const auto second = phone.peer().receive();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->text(), second->text());
  phone.peer().send(response_to(*second, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(Send, ARefusedConnectionIsToldAtOnce) {
  for (const std::string transport : {"udp", "tcp"}) {
    std::uint16_t dead_port = 0;
    {
      const SipPeer gone(transport, "127.0.0.1");
      dead_port = gone.port();
    }
    registration::Registration to;
    to.user = "1000";
    to.domain = "example.com";
    to.profile = "internal";
    to.contact = "sip:1000@127.0.0.1:" + std::to_string(dead_port);
    to.network_host = "127.0.0.1";
    to.network_port = dead_port;
    to.transport = transport;
    const auto begin = Clock::now();
    const auto outcome = send(buttons(to));
    EXPECT_EQ(outcome.status, 0) << transport;
    EXPECT_EQ(outcome.reason, "connection refused") << transport;
    EXPECT_LT(Clock::now() - begin, milliseconds(500)) << transport;
  }
}

TEST_F(Send, APhoneBehindNatIsReachedWhereItsRegisterCameFrom) {
  TextPhone phone(address("udp"), "1000", "1234");
  phone.via_parameters = "";  // even without rport
  phone.register_with("Contact: <sip:1000@10.1.2.3:5060;line=x>\r\n");
  auto future = start_sending(buttons(registrations().at(0)));
  const auto message = phone.peer().receive();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->first_line(), "MESSAGE sip:1000@10.1.2.3:5060;line=x SIP/2.0");
  EXPECT_EQ(message->header("Route"), "");
  phone.peer().send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(Send, ANameInTheContactIsNotLookedUp) {
  TextPhone phone(address("udp"), "1000", "1234");
  phone.register_with("Contact: <sip:1000@phone.invalid>\r\n");
  auto future = start_sending(buttons(registrations().at(0)));
  const auto message = phone.peer().receive();
  ASSERT_TRUE(message);
  phone.peer().send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(Send, WithRportThePortOfTheRegisterIsTakenAndWithoutThatOfTheContact) {
  SipPeer elsewhere("udp", "127.0.0.1");
  elsewhere.connect(address("udp"));
  TextPhone phone(address("udp"), "1000", "1234");
  const std::string contact = "Contact: <sip:1000@" + elsewhere.address() + ">\r\n";
  phone.register_with(contact);
  auto future = start_sending(buttons(registrations().at(0)));
  auto message = phone.peer().receive();
  ASSERT_TRUE(message);
  phone.peer().send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);

  phone.via_parameters = "";
  phone.register_with(contact);
  future = start_sending(buttons(registrations().at(0)));
  message = elsewhere.receive();
  ASSERT_TRUE(message);
  elsewhere.send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(Send, OverTcpTheConnectionOfTheRegisterIsUsedWhateverTheContactSays) {
  TextPhone phone(address("tcp"), "1000", "1234");
  phone.register_with("Contact: <sip:1000@10.1.2.3:5060>\r\n");
  auto future = start_sending(buttons(registrations().at(0)));
  const auto message = phone.peer().receive();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->first_line(), "MESSAGE sip:1000@10.1.2.3:5060 SIP/2.0");
  phone.peer().send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(Send, WhenThatConnectionIsGoneTheContactIsConnectedTo) {
  SipPeer door("tcp", "127.0.0.1");
  door.listen();
  TextPhone phone(address("tcp"), "1000", "1234");
  phone.register_with("Contact: <sip:1000@" + door.address() + ";transport=tcp>\r\n");
  phone.peer().close();
  loop_->run_and_wait([] {});
  TextPhone(address("udp"), "x", "").ask(TextPhone(address("udp"), "1", "").request("OPTIONS", "sip:a", "sip:a"));

  auto future = start_sending(buttons(registrations().at(0)));
  ASSERT_TRUE(door.accept());
  auto message = door.receive();
  ASSERT_TRUE(message);
  door.send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
  // And once more over the connection that was opened.
  future = start_sending(buttons(registrations().at(0)));
  message = door.receive();
  ASSERT_TRUE(message);
  door.send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(Send, AClosedTcpPhoneThatListensNowhereIsRefused) {
  std::uint16_t dead_port = 0;
  {
    const SipPeer gone("tcp", "127.0.0.1");
    dead_port = gone.port();
  }
  TextPhone phone(address("tcp"), "1000", "1234");
  phone.register_with("Contact: <sip:1000@127.0.0.1:" + std::to_string(dead_port) + ";transport=tcp>\r\n");
  phone.peer().close();
  for (int i = 0; i < 3; ++i) loop_->run_and_wait([] {});
  const auto outcome = send(buttons(registrations().at(0)));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.reason, "connection refused");
}

/// A phone with two flows under one contact URI (RFC 5626): one socket for each.
class TwoFlows : public ServerTest {
 protected:
  static constexpr milliseconds limit{2000};  // of two flows each has half: time enough on a busy machine
  TwoFlows() {
    ServerOptions options;
    options.answer_timeout = limit;
    start(options);
    for (auto* flow : {&first_, &second_}) {
      flow->emplace(address("udp"), "1000", "1234");
      const std::string reg_id = flow == &first_ ? "1" : "2";
      EXPECT_EQ((*flow)
                    ->register_with(
                        "Contact: <sip:1000@10.0.0.5:5060>;+sip.instance=\"<urn:uuid:1>\";reg-id=" + reg_id + "\r\n")
                    .status(),
                200);
    }
  }
  std::optional<TextPhone> first_;
  std::optional<TextPhone> second_;
};

TEST_F(TwoFlows, GetOneRequest) {
  ASSERT_EQ(registrations().size(), 1u);
  EXPECT_EQ(log().size(), 1u);
  auto future = start_sending(buttons(registrations().at(0)));
  const auto message = first_->peer().receive();
  ASSERT_TRUE(message);
  first_->peer().send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
  EXPECT_FALSE(second_->peer().receive(limit * 6 / 10));
}

TEST_F(TwoFlows, WhenTheFirstIsSilentTheSecondGetsTheSameRequestWithinTheLimit) {
  const auto begin = Clock::now();
  auto future = start_sending(buttons(registrations().at(0)));
  const auto lost = first_->peer().receive();
  const auto message = second_->peer().receive();
  ASSERT_TRUE(lost && message);
  EXPECT_EQ(lost->header("Call-ID"), message->header("Call-ID"));
  EXPECT_EQ(lost->header("From"), message->header("From"));
  EXPECT_NE(lost->header("Via"), message->header("Via"));
  second_->peer().send(response_to(*message, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
  EXPECT_LT(Clock::now() - begin, limit);
}

TEST_F(TwoFlows, TheMessageIsOverWhenTheSilentFlowIsNotAskedAnyMore) {
  auto message = buttons(registrations().at(0));
  auto way = std::make_shared<const int>(1);
  const auto under_way = std::weak_ptr(way);
  message.under_way = std::move(way);
  auto future = start_sending(std::move(message));
  const auto lost = first_->peer().receive();
  const auto taken = second_->peer().receive();
  ASSERT_TRUE(lost && taken);
  second_->peer().send(response_to(*taken, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
  const auto begin = Clock::now();
  EXPECT_FALSE(under_way.expired()) << "it is still repeated to the silent flow";
  EXPECT_TRUE(first_->peer().receive(limit)) << "so it is (sofia-sip 1.12 after 0.5 and 1.5 s, 1.13 after 1 s)";
  while (!under_way.expired() && Clock::now() - begin < 3 * limit) std::this_thread::sleep_for(milliseconds(10));
  EXPECT_TRUE(under_way.expired());
  while (first_->peer().receive(milliseconds(1))) {
  }
  EXPECT_FALSE(first_->peer().receive(limit / 2)) << "nothing of it comes any more";
}

TEST_F(TwoFlows, AProxyThatSaysThatTheFlowFailedIsBelieved) {
  auto future = start_sending(buttons(registrations().at(0)));
  const auto failed = first_->peer().receive();
  ASSERT_TRUE(failed);
  first_->peer().send(response_to(*failed, 430, "Flow Failed"));
  const auto message = second_->peer().receive(limit * 4 / 10);
  ASSERT_TRUE(message);
  second_->peer().send(response_to(*message, 486, "Busy Here"));
  EXPECT_EQ(future.get().status, 486);

  // From now on the second is asked first.
  auto next = start_sending(buttons(registrations().at(0)));
  const auto at_once = second_->peer().receive();
  ASSERT_TRUE(at_once);
  second_->peer().send(response_to(*at_once, 200, "OK"));
  EXPECT_EQ(next.get().status, 200);
  EXPECT_FALSE(first_->peer().receive(milliseconds(1)));
}

/// `asked`: how often it was to be repeated.
control::OutgoingMessage not_to_be_repeated(const registration::Registration& to, std::atomic<int>& asked) {
  auto made = buttons(to);
  made.may_repeat = [&asked] {
    ++asked;
    return false;
  };
  return made;
}

TEST_F(TwoFlows, WhatMayNotBeRepeatedIsSentByTheFirstAlone) {
  std::atomic<int> asked = 0;
  auto future = start_sending(not_to_be_repeated(registrations().at(0), asked));
  ASSERT_TRUE(first_->peer().receive());
  EXPECT_EQ(future.get().reason, "no answer within 2 s");
  EXPECT_GE(asked, 1);
  EXPECT_FALSE(second_->peer().receive(milliseconds(1)));
}

TEST_F(TwoFlows, WhenTheFirstFailsThatMayNotBeRepeatedThePhoneHasSaidNothing) {
  std::atomic<int> asked = 0;
  auto future = start_sending(not_to_be_repeated(registrations().at(0), asked));
  const auto failed = first_->peer().receive();
  ASSERT_TRUE(failed);
  first_->peer().send(response_to(*failed, 430, "Flow Failed"));
  const auto outcome = future.get();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.reason, "another program may speak to the phone now");
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(second_->peer().receive(milliseconds(1)));
}

TEST_F(TwoFlows, TheLimitIsThatOfOneWhenTheFirstFailsLate) {
  const auto begin = Clock::now();
  auto future = start_sending(buttons(registrations().at(0)));
  const auto failed = first_->peer().receive();
  ASSERT_TRUE(failed && second_->peer().receive());
  first_->peer().send(response_to(*failed, 430, "Flow Failed"));
  EXPECT_EQ(future.get().reason, "no answer within 2 s");
  EXPECT_LT(Clock::now() - begin, limit * 145 / 100);
}

TEST_F(TwoFlows, WhenBothAreSilentTheLimitIsThatOfOne) {
  const auto begin = Clock::now();
  EXPECT_EQ(send(buttons(registrations().at(0))).reason, "no answer within 2 s");
  EXPECT_GE(Clock::now() - begin, limit - milliseconds(10));
  EXPECT_LT(Clock::now() - begin, limit * 145 / 100);
}

TEST_F(Send, ALargeDocumentGoesOverUdpToo) {
  TextPhone phone(address("udp"), "1000", "1234");
  phone.register_contact();
  auto message = buttons(registrations().at(0));
  message.body = std::string(8000, 'x');
  auto future = start_sending(message);
  const auto received = phone.peer().receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->body().size(), 8000u);
  phone.peer().send(response_to(*received, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

TEST_F(Send, ManyAtOnceAreToldApart) {
  TextPhone phone(address("udp"), "1000", "1234");
  phone.register_contact();
  const auto to = registrations().at(0);
  std::vector<std::future<control::SipOutcome>> futures;
  for (int i = 0; i < 100; ++i) {
    auto message = buttons(to);
    message.body = std::to_string(i);
    futures.push_back(start_sending(message));
  }
  for (int i = 0; i < 100; ++i) {
    const auto received = phone.peer().receive();
    ASSERT_TRUE(received);
    phone.peer().send(response_to(*received, 400 + std::atoi(received->body().c_str()), "As Asked"));
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(futures[static_cast<std::size_t>(i)].get().status, 400 + i);
}

TEST_F(Send, WhoGotOneRequestCannotGuessWhatAnAnswerToAnotherOneHasToSay) {
  TextPhone phone(address("udp"), "1000", "1234");
  phone.register_contact();
  const auto to = registrations().at(0);
  std::set<std::string> beginnings;
  for (int i = 0; i < 3; ++i) {
    auto outcome = start_sending(buttons(to));
    const auto received = phone.peer().receive();
    ASSERT_TRUE(received);
    for (const auto& text : {received->header("Call-ID"), received->header("Call-ID").substr(8)}) {
      EXPECT_GE(text.size(), 8U);
      beginnings.insert(text.substr(0, 8));
    }
    phone.peer().send(response_to(*received, 200, "OK"));
    EXPECT_EQ(outcome.get().status, 200);
  }
  EXPECT_EQ(beginnings.size(), 6U);
}

TEST_F(Send, WhatIsUnderWayWhenTheServerEndsIsToldSo) {
  TextPhone phone(address("udp"), "1000", "1234");
  phone.register_contact();
  auto future = start_sending(buttons(registrations().at(0)));
  ASSERT_TRUE(phone.peer().receive());
  server_.reset();
  loop_->run_and_wait([] {});
  ASSERT_EQ(future.wait_for(seconds(0)), std::future_status::ready);
  const auto outcome = future.get();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.reason, "stopping");
}

TEST_F(Send, WhatCannotBeSentIsTold) {
  registration::Registration to;
  to.user = "1000";
  to.domain = "example.com";
  to.profile = "external";
  to.contact = "sip:1000@127.0.0.1";
  to.transport = "udp";
  EXPECT_EQ(send(buttons(to)).reason, "profile 'external' does not exist (there is: internal)");
  to.profile = "internal";
  EXPECT_EQ(send(buttons(to)).reason, "the address of 'sip:1000@127.0.0.1' is not known");

  ServerOptions options;
  options.profiles = {{"internal", {"udp:127.0.0.1:0"}, "example.com"}};
  start(options);
  to.network_host = "127.0.0.1";
  to.network_port = 5060;
  to.transport = "tcp";
  auto outcome = send(buttons(to));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.reason, "profile 'internal' has no IPv4 tcp address to send from to tcp:127.0.0.1:5060");
  to.network_host = "::1";
  to.transport = "udp";
  outcome = send(buttons(to));
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.reason, "profile 'internal' has no IPv6 udp address to send from to udp:[::1]:5060");
}

TEST_F(Send, WhatIsThrownWhenAPhoneRegistersPressesOrAnswersEndsNothing) {
  TextPhone phone(address("udp"), "1000", "1234");
  observer_.throw_up(true);
  // It is registered before anybody is told of it.
  EXPECT_EQ(phone.register_contact().status(), 200);
  EXPECT_EQ(phone.ask_with_password("MESSAGE", "sip:api+x@example.com", "sip:api+x@example.com").status(), 500);
  observer_.throw_up(false);

  const auto to = registrations().at(0);
  loop_->run_and_wait([&] { server_->send(buttons(to), [](const control::SipOutcome&) { throw std::bad_alloc(); }); });
  const auto first = phone.peer().receive();
  ASSERT_TRUE(first);
  phone.peer().send(response_to(*first, 200, "OK"));
  auto future = start_sending(buttons(to));
  const auto next = phone.peer().receive();
  ASSERT_TRUE(next);
  phone.peer().send(response_to(*next, 200, "OK"));
  EXPECT_EQ(future.get().status, 200);
}

}  // namespace
}  // namespace snom::sip::test
