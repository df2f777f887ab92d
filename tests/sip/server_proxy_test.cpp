#include <gtest/gtest.h>

#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using Strings = std::vector<std::string>;

const std::string trusted_host = "127.0.0.1";
const std::string strange_host = "127.0.0.2";

/// A profile behind a proxy at 127.0.0.1, and users of whom the server has no password.
class BehindProxy : public ServerTest {
 protected:
  BehindProxy() { start_with(ProxyTrust::Identity::asserted); }
  void start_with(ProxyTrust::Identity identity, std::size_t max_users = 100) {
    ServerOptions options;
    options.max_proxied_users = max_users;
    options.profiles = {
        {"branch", {"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}, "example.com", ProxyTrust{{trusted_host}, identity}}};
    start(options);
  }
  /// A socket at `host` that says it is the user's phone, or that it passes on what that says.
  [[nodiscard]] TextPhone at(const std::string& host, const std::string& user = "2000") const {
    return {address("udp"), user, "", "example.com", host};
  }
  [[nodiscard]] static std::string path_of(TextPhone& proxy) { return "<sip:" + proxy.peer().address() + ";lr>"; }
  [[nodiscard]] static std::string copy(const std::string& path) {
    return "Contact: <sip:2000@10.0.0.5:5060;line=x>\r\nExpires: 30\r\nPath: " + path + "\r\n";
  }
  SipText passes_on_register(TextPhone& proxy) { return proxy.register_with(copy(path_of(proxy))); }
  static SipText presses(TextPhone& from, const std::string& more) {
    return from.ask(from.request("MESSAGE", "sip:open@example.com", "sip:open@example.com", more, "k=2"));
  }
  using ServerTest::presses;
};

TEST_F(BehindProxy, ACopiedRegisterIsTakenWithoutAPasswordAndKeepsItsPath) {
  auto proxy = at(trusted_host);
  const auto answer = passes_on_register(proxy);
  ASSERT_EQ(answer.status(), 200) << answer.text();
  const auto all = registrations();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].address_of_record(), "2000@example.com");
  EXPECT_EQ(all[0].profile, "branch");
  EXPECT_EQ(all[0].contact, "sip:2000@10.0.0.5:5060;line=x");
  EXPECT_EQ(all[0].call_id, proxy.call_id);
  EXPECT_EQ(all[0].user_agent, "snom370/8.7.5.35");
  EXPECT_FALSE(all[0].direct);
  const auto now = std::chrono::steady_clock::now();
  EXPECT_LE(all[0].expires_in_s(now), 30) << "the proxy has granted it: nothing is too brief here";

  auto outcome = start_sending({registrations().at(0), "", "text/plain", "hello"});
  const auto received = proxy.peer().receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->first_line(), "MESSAGE sip:2000@10.0.0.5:5060;line=x SIP/2.0") << "one contact, no fork";
  EXPECT_EQ(received->headers("Route"), (Strings{path_of(proxy), "<sip:2000@10.0.0.5:5060;line=x;lr>"}));
  proxy.peer().send(response_to(*received, 415, "Unsupported Media Type"));
  EXPECT_EQ(outcome.get().status, 415) << "the phone's own answer comes back";
}

TEST_F(BehindProxy, AStrangersRegisterIsRefusedWhateverItSays) {
  auto proxy = at(trusted_host);
  ASSERT_EQ(passes_on_register(proxy).status(), 200);
  auto stranger = at(strange_host);
  const std::string contact = "Contact: <sip:2000@127.0.0.2:5060>\r\nExpires: 600\r\n";
  const Strings lies{
      contact,
      contact + "Path: " + path_of(proxy) + "\r\n",
      contact + "Path: <sip:localhost;lr>\r\nP-Asserted-Identity: <sip:2000@example.com>\r\n",
      contact + "Via: SIP/2.0/UDP " + proxy.peer().address() + ";branch=z9hG4bKx;received=127.0.0.1\r\n",
      contact +
          "Authorization: Digest username=\"2000\", realm=\"example.com\", nonce=\"x\", uri=\"sip:example.com\", "
          "response=\"00000000000000000000000000000000\"\r\n",
      "Contact: *\r\nExpires: 0\r\n",
  };
  for (const std::string& lie : lies) {
    EXPECT_EQ(stranger.ask(stranger.register_request(lie)).status(), 403) << lie;
    // Its own first Via names the proxy, too.
    auto text = stranger.register_request(lie);
    const auto own = text.find(stranger.peer().address());
    text.replace(own, stranger.peer().address().size(), proxy.peer().address());
    EXPECT_EQ(stranger.ask(text).status(), 403) << lie;
  }
  const auto all = registrations();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].contact, "sip:2000@10.0.0.5:5060;line=x");
  ASSERT_EQ(observer_.refusals().size(), 2 * lies.size());
  EXPECT_EQ(observer_.refusals()[0], "REGISTER of 2000 from 127.0.0.2: not from a trusted proxy");
}

TEST_F(BehindProxy, AStrangerThatRepeatsWhatTheProxySentIsNotAnsweredFromThePast) {
  auto proxy = at(trusted_host);
  ASSERT_EQ(passes_on_register(proxy).status(), 200);
  auto stranger = at(strange_host);
  EXPECT_EQ(stranger.ask(proxy.last_request()).status(), 403);
}

TEST_F(BehindProxy, OverTcpItIsTheConnectionsOtherEndThatCounts) {
  TextPhone stranger(address("tcp"), "2000", "", "example.com", strange_host);
  EXPECT_EQ(stranger.ask(stranger.register_request(copy("<sip:127.0.0.1;lr;transport=tcp>"))).status(), 403);
  TextPhone proxy(address("tcp"), "2000", "", "example.com", trusted_host);
  EXPECT_EQ(proxy.ask(proxy.register_request(copy("<sip:127.0.0.1;lr;transport=tcp>"))).status(), 200);
}

TEST_F(BehindProxy, ACopyWithoutPathIsRefused) {
  auto proxy = at(trusted_host);
  const auto answer = proxy.register_with("Contact: <sip:2000@10.0.0.5>\r\n");
  EXPECT_EQ(answer.status(), 421);
  EXPECT_EQ(answer.header("Require"), "path");
  EXPECT_TRUE(registrations().empty());
  EXPECT_EQ(observer_.refusals(), Strings{"REGISTER of 2000 from 127.0.0.1: a proxy that adds no Path"});
}

TEST_F(BehindProxy, ARegisterThatGoesOnWithADialogIsNoCopy) {
  auto proxy = at(trusted_host);
  auto text = proxy.register_request(copy("<sip:127.0.0.1;lr>"));
  const auto end = text.find("\r\n", text.find("\r\nTo: ") + 2);
  text.insert(end, ";tag=made-up");
  EXPECT_EQ(proxy.ask(text).status(), 403);
  EXPECT_TRUE(registrations().empty());
  EXPECT_EQ(observer_.refusals(), Strings{"REGISTER of 2000 from 127.0.0.1: a tag in To"});
}

TEST_F(BehindProxy, APathThatNamesAnotherMachineLeadsBackToTheProxyAndNoNameIsLookedUp) {
  auto proxy = at(trusted_host);
  for (const std::string path : {"<sip:127.0.0.2:9;lr>", "<sip:elsewhere.example:9;lr>"}) {
    ASSERT_EQ(proxy.register_with(copy(path)).status(), 200);
    auto outcome = start_sending({registrations().at(0), "", "text/plain", "hello"});
    const auto received = proxy.peer().receive();
    ASSERT_TRUE(received) << path;
    EXPECT_EQ(received->headers("Route").at(0), path);
    proxy.peer().send(response_to(*received, 200, "OK"));
    EXPECT_EQ(outcome.get().status, 200);
  }
}

TEST_F(BehindProxy, APressIsOfWhomTheProxyAsserts) {
  auto proxy = at(trusted_host, "mallory");
  EXPECT_EQ(presses(proxy, "P-Asserted-Identity: \"Desk\" <sip:2000@example.com>\r\n").status(), 202);
  EXPECT_EQ(presses(proxy, "P-Asserted-Identity: <tel:+49301234>, <sip:2001@example.com>\r\n").status(), 202);
  const auto told = presses();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].from->address_of_record(), "2000@example.com");
  EXPECT_EQ(told[0].target, "open");
  EXPECT_EQ(told[0].body, "k=2");
  EXPECT_EQ(told[1].from->address_of_record(), "2001@example.com");
}

TEST_F(BehindProxy, APressWithoutOneAssertedSenderIsRefused) {
  auto proxy = at(trusted_host);
  const std::pair<std::string, std::string> cases[] = {
      {"", "no P-Asserted-Identity"},
      {"P-Asserted-Identity: <tel:+49301234>\r\n", "a P-Asserted-Identity without a SIP URI"},
      {"P-Asserted-Identity: <sip:2000@example.com>, <sip:2001@example.com>\r\n",
       "a P-Asserted-Identity that names several"},
      {"P-Asserted-Identity: <sip:2000@example.com>\r\nP-Asserted-Identity: <sip:2001@example.com>\r\n",
       "a P-Asserted-Identity that names several"},
      {"P-Asserted-Identity: <sip:2000@elsewhere.example>\r\n", "a sender of another domain"},
      {"P-Asserted-Identity: <sip:example.com>\r\n", "no user's name"},
      {"P-Asserted-Identity: <sip:20%0d%0a00@example.com>\r\n", "no user's name"},
      {"P-Preferred-Identity: <sip:2000@example.com>\r\n", "no P-Asserted-Identity"},
  };
  for (const auto& [header, why] : cases) {
    EXPECT_EQ(presses(proxy, header).status(), 403) << header;
    EXPECT_EQ(observer_.refusals().back(), "MESSAGE of 2000 from 127.0.0.1: " + why);
  }
  EXPECT_TRUE(presses().empty());
}

TEST_F(BehindProxy, AStrangersPressIsRefusedWhateverItAsserts) {
  for (const auto identity : {ProxyTrust::Identity::asserted, ProxyTrust::Identity::from}) {
    start_with(identity);
    auto stranger = at(strange_host);
    EXPECT_EQ(presses(stranger, "P-Asserted-Identity: <sip:2000@example.com>\r\n").status(), 403);
    EXPECT_EQ(presses(stranger, "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKx\r\n").status(), 403);
    EXPECT_EQ(presses(stranger, "Record-Route: <sip:127.0.0.1;lr>\r\n").status(), 403);
  }
  EXPECT_TRUE(presses().empty());
  EXPECT_EQ(observer_.refusals().back(), "MESSAGE of 2000 from 127.0.0.2: not from a trusted proxy");
}

TEST_F(BehindProxy, FromCountsOnlyWhereTheProfileSaysSoAndNothingIsAsserted) {
  start_with(ProxyTrust::Identity::from);
  auto proxy = at(trusted_host);
  EXPECT_EQ(presses(proxy, "").status(), 202);
  EXPECT_EQ(presses(proxy, "P-Asserted-Identity: <sip:2001@example.com>\r\n").status(), 202);
  EXPECT_EQ(presses(proxy, "P-Asserted-Identity: <tel:+49301234>\r\n").status(), 403) << "From is no way around it";
  const auto told = presses();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].from->user, "2000");
  EXPECT_EQ(told[1].from->user, "2001");
}

TEST_F(BehindProxy, UsersAreCountedAndTheirNamesChecked) {
  start_with(ProxyTrust::Identity::asserted, 2);
  const auto status = [&](const std::string& user) {
    auto proxy = at(trusted_host, user);
    return passes_on_register(proxy).status();
  };
  EXPECT_EQ(status("2000"), 200);
  EXPECT_EQ(status("2001"), 200);
  EXPECT_EQ(status("2002"), 403);
  EXPECT_EQ(observer_.refusals().back(), "REGISTER of 2002 from 127.0.0.1: too many users");
  EXPECT_EQ(status("2001"), 200) << "those that are here may refresh";
  EXPECT_EQ(status("20%2000"), 403);
  EXPECT_EQ(observer_.refusals().back(), "REGISTER of 20 00 from 127.0.0.1: no user's name");
}

TEST_F(BehindProxy, CallsAreTheProxysAndMethodsAreToldSo) {
  auto proxy = at(trusted_host);
  const auto answer = proxy.ask(proxy.request("INVITE", "sip:2000@example.com", "sip:2000@example.com"));
  EXPECT_EQ(answer.status(), 405);
  EXPECT_EQ(answer.header("Allow"), "REGISTER, MESSAGE, INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE");
}

TEST_F(BehindProxy, AnAccountIsOneThatIsConfiguredOrRegistered) {
  const auto account = [&](const std::string& user) {
    std::optional<std::string> answer;
    loop_->run_and_wait([&] { answer = server_->account({"", user, ""}); });
    return answer;
  };
  EXPECT_EQ(account("1000"), "1000@example.com") << "a [[user]]";
  EXPECT_EQ(account("2000"), std::nullopt);
  auto proxy = at(trusted_host);
  ASSERT_EQ(passes_on_register(proxy).status(), 200);
  EXPECT_EQ(account("2000"), "2000@example.com");
  loop_->run_and_wait([&] { server_->set_users({}); });
  EXPECT_EQ(registrations().size(), 1u) << "no [[user]] is needed to stay";
}

TEST_F(ServerTest, AUserWithoutAPasswordCannotAuthenticate) {
  loop_->run_and_wait([&] { server_->set_users({{"1000", "", ""}}); });
  TextPhone phone(address("udp"), "1000", "");
  EXPECT_EQ(phone.register_contact().status(), 401);
  EXPECT_TRUE(registrations().empty());
  EXPECT_EQ(observer_.refusals(), Strings{"REGISTER of 1000 from 127.0.0.1: no such user"});
}

}  // namespace
}  // namespace snom::sip::test
