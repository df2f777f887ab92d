#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "sip/calls_at_text.h"
#include "sip/client_requests.h"

/// Keys that watch the dialogs of others: SUBSCRIBE from the phone's side (RFC 6665 section 4.1).
namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

const std::string key_2 = "sip:snom+1000-2@example.com";
const std::string type = "Content-Type: application/dialog-info+xml\r\n";

std::string document(int version, const std::string& state) {
  return "<?xml version=\"1.0\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"" +
         std::to_string(version) + "\" state=\"full\" entity=\"" + key_2 + "\"><dialog id=\"a\"><state>" + state +
         "</state></dialog></dialog-info>";
}

// -- with our own server at the other end

class WatchesOverAll : public ServerTest, public ::testing::WithParamInterface<Way> {
 protected:
  [[nodiscard]] std::string server() const { return address(GetParam().first, GetParam().second); }
};
INSTANTIATE_TEST_SUITE_P(UserAgent, WatchesOverAll, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(WatchesOverAll, AKeyIsWatchedFromItsFirstStateOn) {
  observer_.show("1000@example.com", {"2", language::Light::on});
  TestPhone phone(*loop_, server());
  ASSERT_EQ(phone.register_now(), "registered 600");
  phone.watch(key_2);
  EXPECT_EQ(phone.line().wait_for("watched"), "watched " + key_2 + " 0 confirmed");
  loop_->run_and_wait([&] {
    server_->notify(server_->all().at(0), {{"2", language::Light::hold}}, nullptr, [](const control::SipOutcome&) {});
  });
  EXPECT_EQ(phone.line().wait_for("watched"), "watched " + key_2 + " 1 confirmed held");
  phone.log_off();
  EXPECT_EQ(phone.line().wait_for("log_off_done"), "log_off_done");
}

TEST_P(WatchesOverAll, AListIsWatchedKeyByKey) {
  observer_.show("1000@example.com", {"1", language::Light::on});
  observer_.show("1000@example.com", {"2", language::Light::off});
  TestPhone phone(*loop_, server());
  ASSERT_EQ(phone.register_now(), "registered 600");
  phone.watch_list("sip:snom+1000-*@example.com");
  EXPECT_EQ(phone.line().wait_for("watched"), "watched sip:snom+1000-1@example.com 0 confirmed");
  EXPECT_EQ(phone.line().wait_for("watched"), "watched " + key_2 + " 0 terminated");
  loop_->run_and_wait([&] {
    server_->notify(server_->all().at(0), {{"2", language::Light::hold}}, nullptr, [](const control::SipOutcome&) {});
  });
  EXPECT_EQ(phone.line().wait_for("watched"), "watched " + key_2 + " 1 confirmed held");
}

TEST_P(WatchesOverAll, AfterAStartOneSubscriptionIsLeft) {
  TestPhone phone(*loop_, server());
  ASSERT_EQ(phone.register_now(), "registered 600");
  phone.watch(key_2);
  ASSERT_EQ(phone.line().wait_for("watched"), "watched " + key_2 + " 0 terminated");
  phone.start_afresh();
  ASSERT_EQ(phone.register_now(), "registered 600");
  observer_.show("1000@example.com", {"2", language::Light::pickup});
  phone.watch(key_2);
  EXPECT_EQ(phone.line().wait_for("watched"), "watched " + key_2 + " 0 early");
}

TEST_P(WatchesOverAll, WhatIsRefusedIsTold) {
  TestPhone phone(*loop_, server());
  ASSERT_EQ(phone.register_now(), "registered 600");
  phone.watch("sip:snom+1001-2@example.com");
  EXPECT_EQ(phone.line().wait_for("watch_failed"), "watch_failed sip:snom+1001-2@example.com 403 Forbidden");
}

// -- with a server of our making

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

class WatchesAtText : public CallsAtText {
 protected:
  explicit WatchesAtText(const TestPhone::Wishes& wishes = {}) : CallsAtText(wishes) {}
  SipText subscribe(int expires, const std::string& more = {}) {
    const SipText request = server_.next("SUBSCRIBE");
    server_.reply_to(request, 200, "OK",
                     "Contact: <" + server_.contact() + ">\r\nExpires: " + std::to_string(expires) + "\r\n" + more);
    return request;
  }
  /// The status that it is answered with.
  int notify(const SipText& request, unsigned cseq, const std::string& headers, const std::string& body) {
    server_.send(server_.in_dialog_of_phone("NOTIFY", request, cseq, "Event: dialog\r\n" + headers, body));
    return server_.next_answer("NOTIFY").status();
  }
};

/// A NOTIFY's type and body: the first key is this far, in a list of that version.
std::string list_type() { return "Require: eventlist\r\nContent-Type: multipart/related;boundary=b\r\n"; }
std::string list_body(int version, bool full, const std::string& state, const std::string& more = {}) {
  return "--b\r\nContent-ID: <l@x>\r\nContent-Type: application/rlmi+xml\r\n\r\n<list uri=\"sip:l@example.com\" "
         "version=\"" +
         std::to_string(version) + "\" fullState=\"" + (full ? "true" : "false") + "\"><resource uri=\"" + key_2 +
         "\"><instance id=\"1\" state=\"active\" cid=\"k@x\"/></resource>" + more +
         "</list>\r\n--b\r\nContent-ID: <k@x>\r\nContent-Type: application/dialog-info+xml\r\n\r\n" +
         document(version, state) + "\r\n--b--\r\n";
}

INSTANTIATE_TEST_SUITE_P(UserAgent, WatchesAtText, ::testing::ValuesIn(all_ways()), way_name);

/// Who does not wait long for the first NOTIFY.
class ImpatientWatchesAtText : public WatchesAtText {
 protected:
  ImpatientWatchesAtText() : WatchesAtText(wishes()) {}
  static TestPhone::Wishes wishes() {
    TestPhone::Wishes made;
    made.notify_limit = milliseconds(700);
    return made;
  }
};
INSTANTIATE_TEST_SUITE_P(UserAgent, ImpatientWatchesAtText, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(WatchesAtText, OfAListThatMissedSomethingTheWholeIsAskedFor) {
  phone_.watch_list("sip:l@example.com");
  const auto request = subscribe(600);
  EXPECT_EQ(request.header("Supported"), "eventlist");
  EXPECT_EQ(request.header("Accept"), "application/dialog-info+xml, multipart/related, application/rlmi+xml");
  const std::string active = "Subscription-State: active;expires=600\r\n";
  const std::string other = "<resource uri=\"sip:other@example.com\"/>";
  EXPECT_EQ(notify(request, 1, active + list_type(), list_body(0, true, "confirmed", other)), 200);
  EXPECT_EQ(phone_.line().wait_for("watched"), "watched " + key_2 + " 0 confirmed");
  EXPECT_EQ(notify(request, 2, active + list_type(), list_body(2, false, "early")), 200);
  const auto again = subscribe(600);
  EXPECT_EQ(again.header("Call-ID"), request.header("Call-ID")) << "within the dialog";
  EXPECT_EQ(notify(request, 3, active + list_type(), list_body(3, true, "confirmed")), 200);
  EXPECT_EQ(phone_.line().wait_for("watched"), "watched " + key_2 + " 3 confirmed")
      << "what did not fit was passed over";
  EXPECT_EQ(phone_.line().wait_for("watched"), "watched sip:other@example.com 3 terminated")
      << "it is in the list no more";
  EXPECT_EQ(notify(request, 4, active + list_type(), "--b\r\n"), 400);
}

TEST_P(WatchesAtText, ATimeBeyondAllNumbersIsNotOverAtOnce) {
  phone_.watch(key_2);
  server_.reply_to(server_.next("SUBSCRIBE"), 200, "OK",
                   "Contact: <" + server_.contact() + ">\r\nExpires: 18446744073709551000\r\n");
  EXPECT_EQ(server_.next("SUBSCRIBE", std::chrono::milliseconds(800)).text(), "");
}

TEST_P(WatchesAtText, TheRequestIsAsTheRfcHasItAndIsRefreshedInItsDialog) {
  phone_.watch(key_2);
  const SipText first = subscribe(1);
  EXPECT_EQ(first.first_line(), "SUBSCRIBE " + key_2 + " SIP/2.0");
  EXPECT_EQ(first.header("Event"), "dialog");
  EXPECT_EQ(first.header("Accept"), "application/dialog-info+xml");
  EXPECT_EQ(first.header("To"), "<" + key_2 + ">");
  EXPECT_NE(first.header("Contact").find("+sip.instance="), std::string::npos) << first.text();
  EXPECT_EQ(notify(first, 1, "Subscription-State: active;expires=1\r\n" + type, document(0, "early")), 200);
  EXPECT_EQ(phone_.line().wait_for("watched"), "watched " + key_2 + " 0 early");
  const SipText again = subscribe(600);
  EXPECT_EQ(again.first_line(), "SUBSCRIBE " + server_.contact() + " SIP/2.0") << "the notifier's Contact";
  EXPECT_EQ(again.header("Call-ID"), first.header("Call-ID"));
  EXPECT_EQ(again.header("From"), first.header("From"));
  EXPECT_EQ(again.header("To"), "<" + key_2 + ">;tag=server");
  EXPECT_EQ(again.header("CSeq"), "2 SUBSCRIBE");
}

TEST_P(WatchesAtText, WhatIsOldOrForeignChangesNothing) {
  phone_.watch(key_2);
  const SipText first = subscribe(600);
  const std::string active = "Subscription-State: active\r\n";
  EXPECT_EQ(notify(first, 5, active + type, document(3, "confirmed")), 200);
  EXPECT_EQ(phone_.line().wait_for("watched"), "watched " + key_2 + " 3 confirmed");
  EXPECT_EQ(notify(first, 6, active + type, document(2, "early")), 200);
  EXPECT_EQ(notify(first, 4, active + type, document(9, "early")), 500) << "its CSeq has been";
  EXPECT_EQ(notify(first, 7, active + "Content-Type: text/plain\r\n", "early"), 415);
  EXPECT_EQ(notify(first, 8, active + type, "<dialog-info"), 400);
  server_.send(server_.request("NOTIFY", contact_, "Event: dialog\r\n" + active + type, document(9, "early")));
  EXPECT_EQ(server_.next_answer("NOTIFY").status(), 200) << "to no watch of its: the phone's own affair";
  EXPECT_EQ(notify(SipText(replaced(first.text(), first.header("Call-ID"), "another")), 9, active + type,
                   document(9, "early")),
            481)
      << "another dialog";
  EXPECT_EQ(notify(first, 9, active + type, document(4, "terminated")), 200);
  EXPECT_EQ(phone_.line().wait_for("watched"), "watched " + key_2 + " 4 terminated");
  EXPECT_EQ(phone_.line().count("watched"), 2U);
}

TEST_P(WatchesAtText, WhatWasLostIsBegunAnew) {
  phone_.watch(key_2);
  const SipText first = subscribe(1);
  const SipText refresh = server_.next("SUBSCRIBE");
  server_.reply_to(refresh, 481, "Subscription Does Not Exist");
  const SipText anew = subscribe(600);
  EXPECT_NE(anew.header("Call-ID"), first.header("Call-ID"));
  EXPECT_EQ(anew.first_line(), "SUBSCRIBE " + key_2 + " SIP/2.0");
  // And so is one that the notifier ends.
  EXPECT_EQ(notify(anew, 1, "Subscription-State: terminated;reason=deactivated\r\n", ""), 200);
  EXPECT_EQ(phone_.line().wait_for("watch_failed"), "watch_failed " + key_2 + " 0 ended: deactivated");
  EXPECT_NE(subscribe(600).header("Call-ID"), anew.header("Call-ID"));
}

TEST_P(WatchesAtText, HeadersInAUriAreNoneOfTheRequest) {
  const std::string headers = "?X-Evil=1&Route=%3Csip:192.0.2.66%3Blr%3E";
  phone_.watch(key_2 + headers);
  const SipText first = server_.next("SUBSCRIBE");
  EXPECT_EQ(first.first_line(), "SUBSCRIBE " + key_2 + " SIP/2.0");
  EXPECT_EQ(first.header("To"), "<" + key_2 + ">");
  EXPECT_EQ(first.header("X-Evil") + first.header("Route"), "");
  server_.reply_to(first, 200, "OK", "Contact: <" + server_.contact() + headers + ">\r\nExpires: 1\r\n");
  const SipText again = server_.next("SUBSCRIBE");
  EXPECT_EQ(again.first_line(), "SUBSCRIBE " + server_.contact() + " SIP/2.0");
  EXPECT_EQ(again.header("X-Evil") + again.header("Route"), "");
  phone_.call("sip:1001@example.com" + headers);
  const SipText invite = server_.next("INVITE");
  EXPECT_EQ(invite.first_line(), "INVITE sip:1001@example.com SIP/2.0");
  EXPECT_EQ(invite.header("X-Evil") + invite.header("Route"), "");
}

TEST_P(WatchesAtText, OfAForkTheNotifyThatIsFirstMakesTheDialog) {
  phone_.watch(key_2);
  const SipText first = server_.next("SUBSCRIBE");
  const auto from = [](const std::string& text) { return replaced(text, ";tag=server", ";tag=other"); };
  const auto notify_of_other = [&](unsigned cseq, const std::string& body) {
    server_.send(from(server_.in_dialog_of_phone("NOTIFY", first, cseq,
                                                 "Event: dialog\r\nSubscription-State: active\r\n" + type, body)));
    return server_.next_answer("NOTIFY").status();
  };
  EXPECT_EQ(notify_of_other(100, document(0, "early")), 200);
  server_.reply_to(first, 200, "OK", "Contact: <sip:elsewhere@192.0.2.1>\r\nExpires: 1\r\n");
  EXPECT_EQ(notify(first, 1, "Subscription-State: active\r\n" + type, document(0, "early")), 481);
  EXPECT_EQ(notify_of_other(101, document(1, "confirmed")), 200);
  EXPECT_EQ(phone_.line().wait_for("watched"), "watched " + key_2 + " 0 early");
  EXPECT_EQ(phone_.line().wait_for("watched"), "watched " + key_2 + " 1 confirmed");
  const SipText again = server_.next("SUBSCRIBE");
  EXPECT_EQ(again.first_line(), "SUBSCRIBE " + server_.contact() + " SIP/2.0") << "the Contact of the NOTIFY";
  EXPECT_EQ(again.header("To"), "<" + key_2 + ">;tag=other");
}

TEST_P(WatchesAtText, WhatIsAnsweredAfterItsEndIsOverAllTheSame) {
  phone_.watch(key_2);
  const SipText first = server_.next("SUBSCRIBE");
  EXPECT_EQ(notify(first, 1, "Subscription-State: terminated;reason=deactivated\r\n", ""), 200);
  server_.reply_to(first, 200, "OK", "Contact: <" + server_.contact() + ">\r\nExpires: 600\r\n");
  EXPECT_EQ(notify(first, 2, "Subscription-State: active\r\n" + type, document(0, "early")), 481);
  const SipText anew = subscribe(600);
  EXPECT_NE(anew.header("Call-ID"), first.header("Call-ID"));
}

TEST_P(WatchesAtText, AListThatIsNeverToldWholeIsAskedForLessAndLess) {
  phone_.watch_list("sip:l@example.com");
  const auto request = subscribe(600);
  const std::string active = "Subscription-State: active;expires=600\r\n";
  unsigned cseq = 0;
  const auto miss = [&] {
    ++cseq;
    return notify(request, cseq, active + list_type(), list_body(static_cast<int>(10 * cseq), false, "early"));
  };
  EXPECT_EQ(miss(), 200);
  const SipText again = server_.next("SUBSCRIBE");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(miss(), 200);
  for (int i = 0; i < 3; ++i) {
    const SipText other = server_.next("SUBSCRIBE", milliseconds(200));
    EXPECT_TRUE(other.text().empty() || other.header("CSeq") == again.header("CSeq")) << "repeated at most";
  }
  server_.reply_to(again, 200, "OK", "Contact: <" + server_.contact() + ">\r\nExpires: 600\r\n");
  EXPECT_EQ(miss(), 200);
  EXPECT_EQ(server_.next("SUBSCRIBE", milliseconds(300)).text(), "") << "it had been of no use";
  EXPECT_EQ(server_.next("SUBSCRIBE").header("CSeq"), "3 SUBSCRIBE");
}

TEST_P(WatchesAtText, OfAListNoMoreIsKeptThanADocumentMayHave) {
  phone_.watch_list("sip:l@example.com");
  const auto request = subscribe(600);
  const std::string active = "Subscription-State: active;expires=600\r\n";
  std::string others;
  for (int i = 0; i < 400; ++i) others += "<resource uri=\"sip:" + std::to_string(i) + "@example.com\"/>";
  EXPECT_EQ(notify(request, 1, active + list_type(), list_body(0, true, "confirmed", others)), 200);
  others.clear();
  for (int i = 400; i < 800; ++i) others += "<resource uri=\"sip:" + std::to_string(i) + "@example.com\"/>";
  EXPECT_EQ(notify(request, 2, active + list_type(), list_body(1, false, "early", others)), 200);
  // What was in the list and is no more is told: no more than were kept.
  EXPECT_EQ(notify(request, 3, active + list_type(), list_body(2, true, "confirmed")), 200);
  EXPECT_EQ(phone_.line().wait_for("watched sip:510@example.com"), "watched sip:510@example.com 2 terminated");
  EXPECT_EQ(phone_.line().count("watched sip:511@example.com"), 0U);
}

TEST_P(ImpatientWatchesAtText, OneThatIsTakenAndNeverToldIsBegunAnew) {
  phone_.watch(key_2);
  const SipText first = subscribe(600);
  EXPECT_EQ(phone_.line().wait_for("watch_failed"), "watch_failed " + key_2 + " 0 no NOTIFY within 0.7 s");
  const SipText anew = subscribe(600);
  EXPECT_NE(anew.header("Call-ID"), first.header("Call-ID"));
  EXPECT_EQ(anew.first_line(), "SUBSCRIBE " + key_2 + " SIP/2.0");
  EXPECT_EQ(notify(anew, 1, "Subscription-State: active\r\n" + type, document(0, "early")), 200);
  EXPECT_EQ(phone_.line().wait_for("watched"), "watched " + key_2 + " 0 early");
  EXPECT_EQ(server_.next("SUBSCRIBE", milliseconds(2000)).text(), "") << "it was told";
}

/// Each keeps its turn from its SUBSCRIBE to its first NOTIFY, 5 s at most: on a machine that is slower than that there
/// is nothing to be seen.
TEST_P(WatchesAtText, NoMoreWaitForTheirFirstNotifyThanHaveATurn) {
  const auto begun = std::chrono::steady_clock::now();
  const auto uri = [](std::size_t number) { return "sip:" + std::to_string(number) + "@example.com"; };
  phone_.watch(uri(0));
  const SipText first = subscribe(600);
  for (std::size_t i = 1; i < ClientRequests::most_in_turn; ++i) {
    phone_.watch(uri(i));
    EXPECT_EQ(subscribe(600).first_line(), "SUBSCRIBE " + uri(i) + " SIP/2.0");
  }
  phone_.watch(uri(ClientRequests::most_in_turn));
  const SipText early = server_.next("SUBSCRIBE", milliseconds(500));
  if (std::chrono::steady_clock::now() - begun > std::chrono::seconds(4)) GTEST_SKIP() << "too slow";
  EXPECT_EQ(early.text(), "") << "all were taken, and none was told";
  server_.send(server_.in_dialog_of_phone("NOTIFY", first, 1, "Event: dialog\r\nSubscription-State: active\r\n", ""));
  EXPECT_EQ(subscribe(600).first_line(), "SUBSCRIBE " + uri(ClientRequests::most_in_turn) + " SIP/2.0");
}

TEST_P(WatchesAtText, TheRoutesOfADialogAreThoseOfItsBeginning) {
  phone_.watch(key_2);
  const std::string route = "<sip:192.0.2.66;lr>";
  const SipText first = subscribe(1, "Record-Route: " + route + "\r\n");
  EXPECT_EQ(notify(first, 1, "Subscription-State: active;expires=1\r\n" + type, document(0, "early")), 200);
  EXPECT_EQ(subscribe(1).header("Route"), route);
  EXPECT_EQ(subscribe(600).header("Route"), route) << "the answer to a refresh says nothing of them";
}

TEST_P(WatchesAtText, TooBriefATimeIsMadeLonger) {
  phone_.watch(key_2);
  const SipText first = server_.next("SUBSCRIBE");
  EXPECT_EQ(first.header("Expires"), "3600");
  server_.reply_to(first, 423, "Interval Too Brief", "Min-Expires: 7200\r\n");
  EXPECT_EQ(subscribe(7200).header("Expires"), "7200");
}

TEST_P(WatchesAtText, OneThatIsRejectedIsLeft) {
  phone_.watch(key_2);
  const SipText first = subscribe(600);
  EXPECT_EQ(notify(first, 1, "Subscription-State: terminated;reason=rejected\r\n", ""), 200);
  EXPECT_EQ(phone_.line().wait_for("watch_failed"), "watch_failed " + key_2 + " 0 ended: rejected");
  EXPECT_EQ(server_.next("SUBSCRIBE", milliseconds(1500)).text(), "");
}

}  // namespace
}  // namespace snom::sip::test
