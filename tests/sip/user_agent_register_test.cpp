#include <gtest/gtest.h>

#include "language/digest.h"
#include "sip/user_agent_fixture.h"

namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// -- against our own registrar

class PhoneRegistersOverAll : public ServerTest, public ::testing::WithParamInterface<Way> {
 protected:
  [[nodiscard]] std::string server() const { return address(GetParam().first, GetParam().second); }
};
INSTANTIATE_TEST_SUITE_P(UserAgent, PhoneRegistersOverAll, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(PhoneRegistersOverAll, AnswersTheChallengeAndIsRegistered) {
  TestPhone phone(*loop_, server());
  EXPECT_EQ(phone.register_now(), "registered 600");
  const auto all = registrations();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].address_of_record(), "1000@example.com");
  EXPECT_EQ(all[0].user_agent, "snom370/8.7.5.35");
  EXPECT_NE(all[0].contact.find(";line="), std::string::npos) << all[0].contact;
  EXPECT_EQ(phone.line().log(), std::vector<std::string>{"registered 600"});
}

TEST_P(PhoneRegistersOverAll, TakesItsContactAwayAndComesBack) {
  TestPhone phone(*loop_, server());
  ASSERT_EQ(phone.register_now(), "registered 600");
  phone.log_off();
  EXPECT_EQ(phone.line().wait_for("unregistered"), "unregistered");
  EXPECT_EQ(phone.line().wait_for("log_off_done"), "log_off_done");
  EXPECT_TRUE(registrations().empty());
  EXPECT_EQ(phone.register_now(), "registered 600");
  EXPECT_EQ(registrations().size(), 1U);
}

TEST_P(PhoneRegistersOverAll, RefreshesBeforeItsTimeIsOver) {
  ServerOptions options;
  options.min_expires = seconds(1);
  start(options);
  TestPhone::Wishes wishes;
  wishes.expires = seconds(1);
  TestPhone phone(*loop_, server(), wishes);
  ASSERT_EQ(phone.register_now(), "registered 1");
  EXPECT_EQ(phone.line().wait_for("registered"), "registered 1");
  EXPECT_EQ(registrations().size(), 1U);
  EXPECT_EQ(log().size(), 1U) << "a refresh is no new registration";
}

class UserAgentRegisters : public ServerTest {};

TEST_F(UserAgentRegisters, AWrongPasswordIsTold) {
  TestPhone::Wishes wishes;
  wishes.password = "wrong";
  TestPhone phone(*loop_, address("udp"), wishes);
  EXPECT_EQ(phone.register_now(), "registration_failed 401 Unauthorized");
  EXPECT_TRUE(registrations().empty());
}

TEST_F(UserAgentRegisters, AsksForMoreTimeWhenTheRegistrarWantsIt) {
  TestPhone::Wishes wishes;
  wishes.expires = seconds(5);
  TestPhone phone(*loop_, address("udp"), wishes);
  EXPECT_EQ(phone.register_now(), "registered 60");
}

TEST_F(UserAgentRegisters, AfterARestartItIsANewRegistration) {
  TestPhone phone(*loop_, address("udp"));
  ASSERT_EQ(phone.register_now(), "registered 600");
  const std::string before = registrations().at(0).call_id;
  phone.log_on();
  ASSERT_EQ(phone.line().wait_for("registered"), "registered 600");
  EXPECT_EQ(registrations().at(0).call_id, before);
  phone.start_afresh();
  phone.log_on();
  ASSERT_EQ(phone.line().wait_for("registered"), "registered 600");
  EXPECT_NE(registrations().at(0).call_id, before);
  EXPECT_EQ(registrations().size(), 1U);
}

TEST_F(UserAgentRegisters, AConnectionOfAStrangersThatIsNoSipIsClosedAtOnce) {
  TestPhone phone(*loop_, address("udp"));
  ASSERT_EQ(phone.register_now(), "registered 600");
  const std::string there = phone.listening().substr(phone.listening().find(':') + 1);
  SipPeer peer("tcp", "127.0.0.1");
  peer.connect("tcp:" + there);
  peer.send("FOO bar baz\r\n\r\n");
  EXPECT_TRUE(peer.closed_by_peer());
}

TEST_F(UserAgentRegisters, ManyPhonesShareOneAddress) {
  TestPhone phone(*loop_, address("udp"));
  RecordingLine other;
  AccountOptions options;
  options.user = "1001";
  options.password = "5678";
  options.domain = "example.com";
  Account* account = nullptr;
  loop_->run_and_wait([&] {
    account = phone.agent().add(options, other);
    EXPECT_EQ(phone.agent().add(options, other), nullptr) << "the same user twice";
  });
  ASSERT_NE(account, nullptr);
  loop_->run_and_wait([&] { account->log_on(); });
  EXPECT_EQ(other.wait_for("regist"), "registered 3600");
  EXPECT_EQ(phone.register_now(), "registered 600");
  EXPECT_EQ(registrations().size(), 2U);
}

// -- against a registrar of our making

class PhoneRegistersAtText : public ::testing::TestWithParam<Way> {
 protected:
  EventLoop loop_;
  TextServer server_{GetParam().first, GetParam().second};
};
INSTANTIATE_TEST_SUITE_P(UserAgent, PhoneRegistersAtText, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(PhoneRegistersAtText, IsWhatASnomSends) {
  TestPhone phone(loop_, server_.url());
  server_.meet(phone);
  phone.log_on();
  const SipText request = server_.next("REGISTER");
  EXPECT_EQ(request.first_line(), "REGISTER sip:example.com SIP/2.0");
  EXPECT_EQ(request.header("To"), "<sip:1000@example.com>");
  EXPECT_TRUE(request.header("From").starts_with("<sip:1000@example.com>;tag=")) << request.header("From");
  EXPECT_EQ(request.header("User-Agent"), "snom370/8.7.5.35");
  EXPECT_EQ(request.header("Expires"), "600");
  EXPECT_EQ(request.header("Authorization"), "");
  // A stream needs none: the answer comes the way that the request went.
  if (GetParam().first == "udp") {
    EXPECT_NE(request.header("Via").find(";rport"), std::string::npos) << request.text();
  }
  const std::string contact = request.header("Contact");
  const std::string host = GetParam().second == "::1" ? "[::1]" : GetParam().second;
  EXPECT_TRUE(contact.starts_with("<sip:1000@" + host + ":")) << contact;
  for (const std::string stream : {"tcp", "tls"}) {
    EXPECT_EQ(contact.find(";transport=" + stream) != std::string::npos, GetParam().first == stream) << contact;
  }
  EXPECT_NE(contact.find(";line="), std::string::npos) << contact;
  EXPECT_NE(contact.find("+sip.instance=\"<urn:uuid:"), std::string::npos) << contact;
  server_.reply_to(request, 200, "OK", "Contact: " + contact + ";expires=120\r\n");
  EXPECT_EQ(phone.line().wait_for("regist"), "registered 120");
}

TEST_P(PhoneRegistersAtText, ItsTimeIsWhatTheAnswerSaysOfARewrittenContact) {
  TestPhone phone(loop_, server_.url());
  server_.meet(phone);
  const std::string stranger = "<sip:1000@198.51.100.2:5060>;expires=90";
  const auto granted = [&](const std::string& contacts) {
    phone.log_on();
    server_.reply_to(server_.next("REGISTER"), 200, "OK", "Contact: " + contacts + "\r\nExpires: 500\r\n");
    return phone.line().wait_for("regist");
  };
  phone.log_on();
  const std::string contact = server_.accept_registration();
  const std::string line = contact.substr(contact.find(";line="));
  ASSERT_EQ(phone.line().wait_for("regist"), "registered 600");
  EXPECT_EQ(granted("<sip:1000@203.0.113.9:1024>;expires=120"), "registered 120") << "the only one";
  EXPECT_EQ(granted(stranger + ", <sip:1000@203.0.113.9:1024" + line + ">;expires=130"), "registered 130")
      << "its line";
  EXPECT_EQ(granted(stranger + ", <sip:1000@203.0.113.9>;expires=60"), "registered 60") << "none of them is known";
  phone.log_on();
  const SipText request = server_.next("REGISTER");
  const std::string instance = request.header("Contact").substr(request.header("Contact").find("+sip.instance="));
  server_.reply_to(request, 200, "OK",
                   "Contact: " + stranger + ", <sip:x@203.0.113.9>;expires=140;" + instance + "\r\n");
  EXPECT_EQ(phone.line().wait_for("regist"), "registered 140") << "its instance";
}

TEST_P(PhoneRegistersAtText, ATimeBeyondAllNumbersIsTheLongestThereIsAndNotOver) {
  TestPhone phone(loop_, server_.url());
  server_.meet(phone);
  const auto granted = [&](const std::string& more, const std::string& time) {
    phone.log_on();
    const SipText request = server_.next("REGISTER");
    server_.reply_to(request, 200, "OK",
                     "Contact: " + request.header("Contact") + more + "\r\nExpires: " + time + "\r\n");
    return phone.line().wait_for("regist");
  };
  EXPECT_EQ(granted(";expires=600000000000000000", "600"), "registered 4294967295");
  EXPECT_EQ(granted(";expires=99999999999999999999999999", "600"), "registered 4294967295");
  EXPECT_EQ(granted("", "600000000000000000"), "registered 4294967295");
  EXPECT_EQ(server_.next("REGISTER", milliseconds(800)).text(), "") << "it is not refreshed at once";
}

TEST_P(PhoneRegistersAtText, AStaleNonceIsAnsweredWithTheNewOneAndNobodyIsTold) {
  TestPhone phone(loop_, server_.url());
  server_.meet(phone);
  const auto challenge = [](const std::string& nonce, const std::string& more) {
    return "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"" + nonce + "\", qop=\"auth\"" + more + "\r\n";
  };
  const auto given = [](const SipText& request) {
    return language::parse_digest_credentials(request.header("Authorization")).value_or(language::DigestCredentials{});
  };
  phone.log_on();
  server_.reply_to(server_.next("REGISTER"), 401, "Unauthorized", challenge("first", ""));
  SipText request = server_.next("REGISTER");
  EXPECT_EQ(given(request).nonce, "first");
  EXPECT_TRUE(language::response_matches(given(request), "1234", "REGISTER"));
  server_.reply_to(request, 200, "OK", "Contact: " + request.header("Contact") + ";expires=1\r\n");
  EXPECT_EQ(phone.line().wait_for("regist"), "registered 1");

  request = server_.next("REGISTER");  // the refresh uses the nonce again
  EXPECT_EQ(given(request).nonce, "first");
  EXPECT_EQ(given(request).nc, "00000002");
  server_.reply_to(request, 401, "Unauthorized", challenge("second", ", stale=true"));
  request = server_.next("REGISTER");
  EXPECT_EQ(given(request).nonce, "second");
  EXPECT_EQ(given(request).nc, "00000001");
  server_.reply_to(request, 200, "OK", "Contact: " + request.header("Contact") + ";expires=600\r\n");
  EXPECT_EQ(phone.line().wait_for("regist"), "registered 600");
}

TEST_P(PhoneRegistersAtText, ARegistrarThatIsBusyIsAskedAgain) {
  TestPhone phone(loop_, server_.url());
  server_.meet(phone);
  phone.log_on();
  const SipText first = server_.next("REGISTER");
  server_.reply_to(first, 503, "Service Unavailable");
  EXPECT_EQ(phone.line().wait_for("regist"), "registration_failed 503 Service Unavailable");
  const SipText second = server_.next("REGISTER");
  EXPECT_EQ(second.header("Call-ID"), first.header("Call-ID"));
  EXPECT_NE(second.header("CSeq"), first.header("CSeq"));
  server_.reply_to(second, 200, "OK", "Expires: 90\r\n");
  EXPECT_EQ(phone.line().wait_for("regist"), "registered 90");
}

TEST_P(PhoneRegistersAtText, APasswordThatIsRefusedIsNotSentOverAndOver) {
  TestPhone phone(loop_, server_.url());
  server_.meet(phone);
  phone.log_on();
  const std::string challenge = "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n\"\r\n";
  server_.reply_to(server_.next("REGISTER"), 401, "Unauthorized", challenge);
  server_.reply_to(server_.next("REGISTER"), 401, "Unauthorized", challenge);
  EXPECT_EQ(phone.line().wait_for("regist"), "registration_failed 401 Unauthorized");
  EXPECT_EQ(server_.next("REGISTER", milliseconds(300)).text(), "") << "at once instead of after a pause";
}

TEST(UserAgentRegistration, ARegistrarThatIsNotThereIsToldAndFoundLater) {
  EventLoop loop;
  auto server = std::make_unique<SipPeer>("tcp", "127.0.0.1");  // bound, but not listening: refused
  TestPhone phone(loop, "tcp:" + server->address());
  EXPECT_TRUE(phone.register_now().starts_with("registration_failed 0 "));
  server->listen();
  ASSERT_TRUE(server->accept(seconds(5)));
  const auto request = server->receive();
  ASSERT_TRUE(request);
  server->send(reply(*request, 200, "OK", "Expires: 90\r\n"));
  EXPECT_EQ(phone.line().wait_for("registered"), "registered 90");
}

TEST(UserAgentOpen, SaysWhatIsWrongWithTheServerOrTheAddress) {
  EventLoop loop;
  UserAgentOptions options;
  options.server_host = "no such host";
  const auto nowhere = UserAgent::open(loop, options);
  ASSERT_FALSE(nowhere);
  EXPECT_TRUE(nowhere.error().starts_with("server no such host: ")) << nowhere.error();
  options.server_host = "127.0.0.1";
  options.listen = "192.0.2.1";
  EXPECT_EQ(UserAgent::open(loop, options).error(), "cannot listen on 192.0.2.1: Cannot assign requested address");
  options.listen = "127.0.0.2";
  const auto agent = UserAgent::open(loop, options);
  ASSERT_TRUE(agent);
  EXPECT_TRUE((*agent)->listening().starts_with("udp:127.0.0.2:")) << (*agent)->listening();
}

}  // namespace
}  // namespace snom::sip::test
