#include <gtest/gtest.h>

#include "sip/notifier.h"
#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

const std::string phone_uri = "sip:1000@10.0.0.5:5060;line=ab%3A";

/// A profile that subscribes to the registrations of 1000 at a notifier.
class Watching : public ServerTest {
 protected:
  Watching() {
    ServerOptions options;
    options.answer_timeout = milliseconds(500);
    ProfileOptions profile{"branch", {"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}, "example.com"};
    profile.proxy = ProxyTrust{{"127.0.0.1"}, ProxyTrust::Identity::asserted};
    profile.watching = sip::Watching{{std::chrono::seconds(600), 10}, notifier_.via()};
    options.profiles = {profile};
    start(options);
    notifier_.peer().connect(address("udp"));
    loop_->run_and_wait([&] { server_->set_users({{"1000", "", ""}}); });
  }
  /// Takes the subscription to 1000.
  SipText subscription() {
    for (;;) {
      auto subscribe = notifier_.subscribed();
      if (!subscribe) {
        ADD_FAILURE() << "no SUBSCRIBE";
        return SipText("");
      }
      if (subscribe->first_line().find("1000@") == std::string::npos) continue;  // of before set_users()
      notifier_.accept(*subscribe);
      return *subscribe;
    }
  }
  static std::string contact(const std::string& call_id, const std::string& more = {}) {
    return Notifier::contact(phone_uri, call_id, "user_agent=\"snom370/8.7.5.35\" " + more);
  }
  int tells(const SipText& subscription, const std::string& contacts) {
    return notifier_.tell(notifier_.notify(subscription, Notifier::document("1000", contacts)));
  }

  Notifier notifier_;
};

TEST_F(Watching, ASubscribeIsWhatRfc3680Wants) {
  const auto subscribe = subscription();
  EXPECT_EQ(subscribe.first_line(), "SUBSCRIBE sip:1000@example.com SIP/2.0");
  EXPECT_EQ(subscribe.header("Event"), "reg");
  EXPECT_EQ(subscribe.header("Accept"), "application/reginfo+xml");
  EXPECT_EQ(subscribe.header("Expires"), "600");
  EXPECT_EQ(subscribe.header("Contact"), "<sip:" + address("udp").substr(4) + ">");
  EXPECT_EQ(subscribe.header("To"), "<sip:1000@example.com>");
}

TEST_F(Watching, WhoIsToldOfIsRegisteredAndIsReachedByTheNotifier) {
  const auto dialog = subscription();
  EXPECT_EQ(tells(dialog, contact("r1", "received=\"sip:192.0.2.9:1024;transport=tcp\" path=\"\"")), 200);
  ASSERT_TRUE(observer_.wait_for_entries(1));
  EXPECT_EQ(log(), Strings{"registered 1000@example.com " + phone_uri});
  const auto known = registrations().at(0);
  EXPECT_EQ(known.profile, "branch");
  EXPECT_EQ(known.call_id, "r1");
  EXPECT_EQ(known.user_agent, "snom370/8.7.5.35");
  EXPECT_EQ(known.network_host, "127.0.0.1");
  EXPECT_EQ(known.network_port, notifier_.peer().port());
  EXPECT_FALSE(known.direct);
  EXPECT_LE(known.expires_in_s(std::chrono::steady_clock::now()), 60);

  auto outcome = start_sending({known, "", "text/plain", "hello"});
  const auto received = notifier_.peer().receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->first_line(), "MESSAGE " + phone_uri + " SIP/2.0");
  EXPECT_EQ(received->headers("Route"),
            (Strings{"<sip:" + notifier_.peer().address() + ";lr;received=sip:192.0.2.9:1024%3Btransport%3Dtcp>",
                     "<" + phone_uri + ";lr>"}));
  notifier_.peer().send(response_to(*received, 404, "No Such Key"));
  EXPECT_EQ(outcome.get().status, 404) << "the phone's own answer";
}

TEST_F(Watching, APathThatIsToldIsGoneBehindTheNotifier) {
  const auto dialog = subscription();
  EXPECT_EQ(tells(dialog, contact("r1",
                                  "received=\"sip:192.0.2.9:1\" path=\"&lt;sip:192.0.2.1;lr&gt;, "
                                  "&lt;sip:192.0.2.2;lr;x=a,b&gt;\"")),
            200);
  ASSERT_TRUE(observer_.wait_for_entries(1));
  auto outcome = start_sending({registrations().at(0), "", "text/plain", "hello"});
  const auto received = notifier_.peer().receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->headers("Route"), (Strings{"<sip:" + notifier_.peer().address() + ";lr>", "<sip:192.0.2.1;lr>",
                                                 "<sip:192.0.2.2;lr;x=a,b>", "<" + phone_uri + ";lr>"}));
  notifier_.peer().send(response_to(*received, 200, "OK"));
  outcome.get();
}

TEST_F(Watching, ANewCallIdIsARestartAndWhatEndedOrIsMissingIsGone) {
  const auto dialog = subscription();
  const std::string second = "sip:1000@10.0.0.6:5060";
  EXPECT_EQ(tells(dialog, contact("r1") + Notifier::contact(second, "r2")), 200);
  ASSERT_TRUE(observer_.wait_for_entries(2));
  EXPECT_EQ(tells(dialog, contact("r1") + Notifier::contact(second, "r2")), 200);
  EXPECT_EQ(tells(dialog, contact("r3") + Notifier::contact(second, "r2")), 200);
  ASSERT_TRUE(observer_.wait_for_entries(3));
  EXPECT_EQ(log().at(2), "registered 1000@example.com " + phone_uri) << "and nothing of the one that is as it was";
  EXPECT_EQ(tells(dialog, contact("r3") + Notifier::contact(second, "r2", "", "terminated")), 200);
  ASSERT_TRUE(observer_.wait_for_entries(4));
  EXPECT_EQ(log().at(3), "unregistered 1000@example.com " + second + ": removed");
  EXPECT_EQ(tells(dialog, ""), 200);
  ASSERT_TRUE(observer_.wait_for_entries(5));
  EXPECT_EQ(log().at(4), "unregistered 1000@example.com " + phone_uri + ": removed");
  EXPECT_TRUE(registrations().empty());
}

TEST_F(Watching, OneContactThatIsToldTwiceIsOne) {
  const auto dialog = subscription();
  EXPECT_EQ(tells(dialog, Notifier::contact(phone_uri, "old", "", "terminated") + contact("r1")), 200);
  ASSERT_TRUE(observer_.wait_for_entries(1));
  EXPECT_EQ(registrations().size(), 1u);
  EXPECT_EQ(registrations().at(0).call_id, "r1");
}

TEST_F(Watching, WhatIsToldOfOthersIsNotHeeded) {
  const auto dialog = subscription();
  EXPECT_EQ(notifier_.tell(notifier_.notify(dialog, Notifier::document("1001", contact("r1")))), 200);
  auto elsewhere = Notifier::document("1000", contact("r1"));
  elsewhere.replace(elsewhere.find("example.com"), 11, "example.org");
  EXPECT_EQ(notifier_.tell(notifier_.notify(dialog, elsewhere)), 200);
  EXPECT_TRUE(registrations().empty());
}

TEST_F(Watching, AContactThatCannotBeReachedIsToldToTheAdministrator) {
  const auto dialog = subscription();
  EXPECT_EQ(tells(dialog, Notifier::contact("mailto:a@b", "r1")), 200);
  ASSERT_TRUE(observer_.wait_for_entries(1));
  EXPECT_EQ(log().at(0), "warned profile 'branch' at " + notifier_.via() +
                             ": contact 'mailto:a@b' of '1000' is not reached: it is no SIP URI");
  EXPECT_EQ(tells(dialog, contact("r1", "path=\"&lt;sip:192.0.2.1&gt;\"")), 200);
  EXPECT_TRUE(registrations().empty()) << "a strict router";
}

TEST_F(Watching, ANotifyIsTakenFromTheTrustedOnlyAndInOurDialogsOnly) {
  const auto dialog = subscription();
  const auto notify = notifier_.notify(dialog, Notifier::document("1000", contact("r1")));
  TextPhone stranger(address("udp"), "1000", "", "example.com", "127.0.0.2");
  EXPECT_EQ(stranger.ask(notify).status(), 403);
  EXPECT_EQ(observer_.refusals(), Strings{"NOTIFY of 1000 from 127.0.0.2: not from a trusted proxy"});
  auto other = notify;
  other.replace(other.find("Call-ID: ") + 9, 3, "xyz");
  EXPECT_EQ(notifier_.tell(other), 481);
  other = notify;
  other.replace(other.find("Event: reg"), 10, "Event: xyz");
  EXPECT_EQ(notifier_.tell(other), 489);
  EXPECT_TRUE(registrations().empty());
  EXPECT_EQ(notifier_.tell(notify), 200);
}

TEST_F(Watching, ARepetitionIsAnsweredAgainAndDoesNothing) {
  const auto dialog = subscription();
  const auto first = notifier_.notify(dialog, Notifier::document("1000", contact("r1")));
  EXPECT_EQ(notifier_.tell(first), 200);
  EXPECT_EQ(notifier_.tell(notifier_.notify(dialog, Notifier::document("1000", ""))), 200);
  ASSERT_TRUE(observer_.wait_for_entries(2));
  EXPECT_EQ(notifier_.tell(first), 200) << "it was late";
  EXPECT_TRUE(registrations().empty());
}

TEST_F(Watching, NobodyRegistersHereAndPressesComeByTheProxy) {
  const auto dialog = subscription();
  EXPECT_EQ(tells(dialog, contact("r1")), 200);
  TextPhone proxy(address("udp"), "1000", "");
  EXPECT_EQ(proxy.register_contact().status(), 403);
  EXPECT_EQ(proxy.ask(proxy.request("INVITE", "sip:1000@example.com", "sip:1000@example.com")).status(), 405);
  EXPECT_EQ(proxy.ask(proxy.request("OPTIONS", "sip:example.com", "sip:example.com")).header("Allow"),
            "MESSAGE, NOTIFY, INVITE, ACK, CANCEL, OPTIONS, SUBSCRIBE");
  EXPECT_EQ(proxy
                .ask(proxy.request("MESSAGE", "sip:open@example.com", "sip:open@example.com",
                                   "P-Asserted-Identity: <sip:1000@example.com>\r\n"))
                .status(),
            202);
  ASSERT_EQ(presses().size(), 1u);
}

TEST_F(Watching, WhoIsNoUserAnyMoreGoesAndIsNotSubscribedTo) {
  const auto dialog = subscription();
  EXPECT_EQ(tells(dialog, contact("r1")), 200);
  ASSERT_TRUE(observer_.wait_for_entries(1));
  loop_->run_and_wait([&] { server_->set_users({}); });
  EXPECT_EQ(log().at(1), "unregistered 1000@example.com " + phone_uri + ": user removed");
  const auto last = notifier_.subscribed();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->header("Expires"), "0");
  EXPECT_EQ(last->header("Call-ID"), dialog.header("Call-ID"));
  EXPECT_EQ(last->header("To"), "<sip:1000@example.com>;tag=notifier");
  EXPECT_EQ(last->first_line(), "SUBSCRIBE sip:" + notifier_.peer().address() + " SIP/2.0") << "its Contact";
  EXPECT_EQ(tells(dialog, contact("r1")), 481);
}

TEST_F(Watching, RecordRoutesAreGoneAlongAndNowhereElse) {
  auto subscribe = notifier_.subscribed();
  while (subscribe && subscribe->first_line().find("1000@") == std::string::npos) subscribe = notifier_.subscribed();
  ASSERT_TRUE(subscribe);
  notifier_.peer().send(Notifier::answer(*subscribe, 200,
                                         "Record-Route: <sip:192.0.2.1;lr>\r\nRecord-Route: <sip:192.0.2.2;lr>\r\n"
                                         "Expires: 600\r\nContact: <sip:192.0.2.3:5070>\r\n"));
  EXPECT_EQ(tells(*subscribe, contact("r1")), 200);
  ASSERT_TRUE(observer_.wait_for_entries(1));
  loop_->run_and_wait([&] { server_->set_users({}); });
  const auto last = notifier_.subscribed();
  ASSERT_TRUE(last) << "to the notifier that is configured";
  EXPECT_EQ(last->headers("Route"), (Strings{"<sip:192.0.2.2;lr>", "<sip:192.0.2.1;lr>"}));
}

}  // namespace
}  // namespace snom::sip::test
