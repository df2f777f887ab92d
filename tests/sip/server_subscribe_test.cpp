#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>
#include <string>

#include "language/dialog_info.h"
#include "language/resource_list.h"
#include "sip/server_fixture.h"

/// Keys that phones subscribe to and call, over sockets: RFC 6665, RFC 4235.
namespace snom::sip::test {
namespace {

using control::KeyLight;
using language::Light;
using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

const std::string key_2 = "sip:snom+1000-2@example.com";

/// A phone, and its dialog with one key.
struct Subscriber {
  explicit Subscriber(const std::string& server, const std::string& user = "1000", const std::string& password = "1234")
      : phone(server, user, password) {
    phone.call_id += "-subscription";
  }

  [[nodiscard]] std::string headers(int expires, const std::string& event = "dialog") const {
    return "Event: " + event + "\r\nExpires: " + std::to_string(expires) + "\r\nContact: <" + phone.contact() + ">\r\n";
  }
  SipText subscribe(int expires = 600, const std::string& event = "dialog", const std::string& more = {},
                    const std::string& uri = key_2) {
    auto answer = phone.ask_with_password("SUBSCRIBE", uri, uri, headers(expires, event) + more);
    if (answer.status() == 200) {
      to = answer.header("To");
      from = SipText(phone.last_request()).header("From");
      target = uri_in(answer.header("Contact"));
    }
    return answer;
  }
  /// Within the dialog, as it was begun.
  SipText again(int expires, const std::string& event = "dialog") {
    const auto in_dialog = [&](const std::string& more) {
      auto text = phone.request("SUBSCRIBE", target, "x", more + headers(expires, event));
      replace(text, "From: ", from);
      replace(text, "To: ", to);
      return phone.ask(text);
    };
    auto answer = in_dialog({});
    if (answer.status() != 401) return answer;
    return in_dialog(phone.authorization(answer, "SUBSCRIBE", target));
  }
  /// The next NOTIFY, answered; nothing when none comes.
  std::optional<SipText> notified(int status = 200, milliseconds limit = std::chrono::seconds(3),
                                  const std::string& more = {}) {
    while (auto message = phone.peer().receive(limit)) {
      if (!message->first_line().starts_with("NOTIFY ")) continue;
      auto answer = response_to(*message, status, "As Told");
      if (!more.empty()) answer.insert(answer.find("\r\n") + 2, more);
      phone.peer().send(answer);
      return message;
    }
    return std::nullopt;
  }

  static std::string uri_in(const std::string& value) {
    return value.substr(value.find('<') + 1, value.find('>') - value.find('<') - 1);
  }
  static void replace(std::string& text, const std::string& name, const std::string& value) {
    const auto at = text.find("\r\n" + name) + 2 + name.size();
    text.replace(at, text.find("\r\n", at) - at, value);
  }

  TextPhone phone;
  std::string to;
  std::string from;
  std::string target;
};

class SubscribeOverAll : public ServerTest, public ::testing::WithParamInterface<Way> {
 protected:
  [[nodiscard]] std::string server() const { return address(GetParam().first, GetParam().second); }
};
INSTANTIATE_TEST_SUITE_P(Subscribe, SubscribeOverAll, ::testing::ValuesIn(all_ways()), way_name);

const std::string all_keys = "sip:snom+1000-*@example.com";
const std::string takes_lists =
    "Supported: eventlist\r\nAccept: application/dialog-info+xml, application/rlmi+xml, multipart/related\r\n";

TEST_P(SubscribeOverAll, AListIsToldTheStatesOfAllKeys) {
  observer_.show("1000@example.com", {"1", Light::on});
  observer_.show("1000@example.com", {"2", Light::off});
  Subscriber list(server());
  list.phone.register_contact();
  const auto answer = list.subscribe(600, "dialog", takes_lists, all_keys);
  ASSERT_EQ(answer.first_line(), "SIP/2.0 200 OK") << answer.text();
  EXPECT_EQ(answer.header("Require"), "eventlist");
  EXPECT_TRUE(answer.header("Contact").starts_with("<sip:snom+1000-*@")) << answer.header("Contact");

  const auto first = list.notified();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->header("Require"), "eventlist");
  EXPECT_EQ(first->header("Event"), "dialog");
  const auto parts = language::parse_related(first->header("Content-Type"), first->body());
  ASSERT_TRUE(parts) << parts.error().text() << first->text();
  ASSERT_EQ(parts->size(), 3U);
  const auto told = language::parse_resource_list(parts->front().body);
  ASSERT_TRUE(told) << told.error().text();
  EXPECT_EQ(told->uri, all_keys);
  EXPECT_TRUE(told->is_full);
  ASSERT_EQ(told->resources.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(told->resources[i].cid, parts->at(i + 1).content_id);
    EXPECT_EQ(language::parse_dialog_info(parts->at(i + 1).body)->entity, told->resources[i].uri);
  }

  std::promise<control::SipOutcome> done;
  loop_->run_and_wait([&] {
    server_->notify(server_->all().at(0), {{"2", Light::hold}}, nullptr,
                    [&](control::SipOutcome outcome) { done.set_value(std::move(outcome)); });
  });
  const auto second = list.notified();
  ASSERT_TRUE(second);
  const auto news = language::parse_related(second->header("Content-Type"), second->body());
  ASSERT_TRUE(news);
  ASSERT_EQ(news->size(), 2U);
  EXPECT_EQ(language::parse_resource_list(news->front().body)->version, 1U);
  EXPECT_FALSE(language::parse_resource_list(news->front().body)->is_full);
  EXPECT_EQ(news->at(1).body.find("confirmed") != std::string::npos, true) << news->at(1).body;
  EXPECT_TRUE(done.get_future().get().accepted());
}

TEST_P(SubscribeOverAll, AListIsForThoseWhoTakeOne) {
  Subscriber list(server());
  const auto without = list.subscribe(600, "dialog", {}, all_keys);
  EXPECT_EQ(without.status(), 421) << without.text();
  EXPECT_EQ(without.header("Require"), "eventlist");
  const auto other_types =
      list.subscribe(600, "dialog", "Supported: eventlist\r\nAccept: application/dialog-info+xml\r\n", all_keys);
  EXPECT_EQ(other_types.status(), 406) << other_types.text();
  EXPECT_EQ(other_types.header("Accept"), "application/dialog-info+xml, multipart/related, application/rlmi+xml");
  // Whoever requires it of a key's own address gets what a key is told.
  const auto key = list.subscribe(600, "dialog", "Require: eventlist\r\n");
  EXPECT_EQ(key.status(), 200) << key.text();
  const auto unknown = list.subscribe(600, "dialog", "Require: eventlist, other\r\n", all_keys);
  EXPECT_EQ(unknown.status(), 420) << unknown.text();
  EXPECT_EQ(unknown.header("Unsupported"), "other");
  EXPECT_EQ(list.subscribe(600, "dialog", takes_lists, "sip:snom+1001-*@example.com").status(), 403);
}

TEST_P(SubscribeOverAll, AKeyIsToldItsStateAtOnceAndWhenItChanges) {
  observer_.show("1000@example.com", {"2", Light::on});
  Subscriber key(server());
  key.phone.register_contact();
  const auto answer = key.subscribe();
  ASSERT_EQ(answer.first_line(), "SIP/2.0 200 OK") << answer.text();
  EXPECT_EQ(answer.header("Expires"), "600");
  EXPECT_TRUE(answer.header("Contact").starts_with("<sip:snom+1000-2@")) << answer.header("Contact");
  EXPECT_NE(answer.header("To").find(";tag="), std::string::npos);

  auto first = key.notified();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->first_line(), "NOTIFY " + key.phone.contact() + " SIP/2.0");
  EXPECT_EQ(first->header("From"), key.to) << "the dialog's own";
  EXPECT_EQ(first->header("To"), key.from);
  EXPECT_EQ(first->header("Call-ID"), key.phone.call_id);
  EXPECT_EQ(first->header("CSeq"), "1 NOTIFY");
  EXPECT_EQ(first->header("Event"), "dialog");
  EXPECT_EQ(first->header("Subscription-State"), "active;expires=600");
  EXPECT_EQ(first->header("Content-Type"), "application/dialog-info+xml");
  EXPECT_EQ(first->header("Contact"), answer.header("Contact"));
  EXPECT_NE(first->body().find("version=\"0\""), std::string::npos) << first->body();
  EXPECT_NE(first->body().find("<state>confirmed</state>"), std::string::npos) << first->body();

  control::SipOutcome outcome;
  std::promise<void> done;
  loop_->run_and_wait([&] {
    const auto contact = server_->all().at(0);
    EXPECT_TRUE(server_->has_any(contact));
    EXPECT_TRUE(server_->is_subscribed(contact, "2"));
    EXPECT_FALSE(server_->is_subscribed(contact, "3"));
    server_->notify(contact, {{"2", Light::hold}}, nullptr, [&](control::SipOutcome told) {
      outcome = std::move(told);
      done.set_value();
    });
  });
  auto second = key.notified();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->header("CSeq"), "2 NOTIFY");
  EXPECT_NE(second->body().find("version=\"1\""), std::string::npos) << second->body();
  EXPECT_NE(second->body().find("+sip.rendering"), std::string::npos) << second->body();
  done.get_future().wait();
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(log().back(), "subscribed 1000@example.com 2");
}

TEST_P(SubscribeOverAll, RefreshingAndEndingTellTheStateAgain) {
  Subscriber key(server());
  ASSERT_EQ(key.subscribe().status(), 200);
  ASSERT_TRUE(key.notified());
  const auto refreshed = key.again(900);
  ASSERT_EQ(refreshed.status(), 200) << refreshed.text();
  EXPECT_EQ(refreshed.header("Expires"), "900");
  auto told = key.notified();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->header("Subscription-State"), "active;expires=900");
  EXPECT_NE(told->body().find("version=\"1\""), std::string::npos) << told->body();
  const auto ended = key.again(0);
  ASSERT_EQ(ended.status(), 200);
  EXPECT_EQ(ended.header("Expires"), "0");
  told = key.notified();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->header("Subscription-State"), "terminated;reason=timeout");
  EXPECT_EQ(key.again(600).status(), 481);
}

class Subscribe : public ServerTest {};

TEST_F(Subscribe, ARepeatedRequestIsAnsweredAlikeAndSubscribesOnce) {
  Subscriber key(address("udp"));
  const auto answer = key.subscribe();
  const auto repeated = key.phone.ask(key.phone.last_request());
  EXPECT_EQ(repeated.status(), 200);
  EXPECT_EQ(repeated.header("To"), answer.header("To"));
  EXPECT_EQ(repeated.header("Contact"), answer.header("Contact"));
  EXPECT_EQ(repeated.header("Expires"), "600");
  ASSERT_TRUE(key.notified());
  EXPECT_FALSE(key.notified(200, milliseconds(300)));
}

TEST_F(Subscribe, PresenceIsToldAsPidf) {
  observer_.show("1000@example.com", {"2", Light::on});
  Subscriber key(address("udp"));
  ASSERT_EQ(key.subscribe(600, "presence;id=7", "Accept: application/pidf+xml\r\n").status(), 200);
  const auto told = key.notified();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->header("Event"), "presence;id=7");
  EXPECT_EQ(told->header("Content-Type"), "application/pidf+xml");
  EXPECT_NE(told->body().find("<rpid:on-the-phone"), std::string::npos) << told->body();
}

TEST_F(Subscribe, OnlyThePhoneOfTheKeySubscribes) {
  Subscriber other(address("udp"), "1001", "5678");
  EXPECT_EQ(other.subscribe().status(), 403);
  EXPECT_EQ(observer_.refusals().back(), "SUBSCRIBE of 1001 from 127.0.0.1: another phone's key");
  Subscriber guesses(address("udp"), "1000", "wrong");
  EXPECT_EQ(guesses.subscribe().status(), 401);
  Subscriber key(address("udp"));
  EXPECT_EQ(key.subscribe(600, "dialog", {}, "sip:snom+1000-=32@example.com").status(), 404) << "not its one address";
  EXPECT_EQ(key.subscribe(600, "dialog", {}, "sip:1000@example.com").status(), 404);
  EXPECT_EQ(key.subscribe(600, "dialog", {}, "sip:snom+1000-2@elsewhere.example").status(), 404);
  EXPECT_TRUE(log().empty());
}

TEST_F(Subscribe, AnothersDialogIsNotRefreshed) {
  Subscriber key(address("udp"));
  ASSERT_EQ(key.subscribe().status(), 200);
  ASSERT_TRUE(key.notified());
  Subscriber thief(address("udp"), "1001", "5678");
  thief.to = key.to;
  thief.target = key.target;
  thief.phone.call_id = key.phone.call_id;
  thief.phone.cseq = 100;
  thief.from = "<sip:1001@example.com>" + key.from.substr(key.from.find(";tag="));
  EXPECT_EQ(thief.again(0).status(), 403);
  EXPECT_EQ(key.again(600).status(), 200);
}

TEST_F(Subscribe, WhatCannotBeTakenIsRefusedByItsName) {
  Subscriber key(address("udp"));
  const auto other = key.subscribe(600, "conference");
  EXPECT_EQ(other.status(), 489);
  EXPECT_EQ(other.header("Allow-Events"), "dialog, presence");
  const auto brief = key.subscribe(59);
  EXPECT_EQ(brief.status(), 423);
  EXPECT_EQ(brief.header("Min-Expires"), "60");
  const auto type = key.subscribe(600, "dialog", "Accept: application/pidf+xml\r\n");
  EXPECT_EQ(type.status(), 406);
  EXPECT_EQ(type.header("Accept"), "application/dialog-info+xml");
  EXPECT_EQ(key.subscribe(600, "dialog", "Accept: text/plain, application/*;q=0.5\r\n").status(), 200);
  ASSERT_TRUE(key.notified());
  EXPECT_EQ(key.subscribe(600, "dialog", "Require: nonesuch\r\n").status(), 420);
  EXPECT_EQ(key.subscribe(600, "dialog", "Require: eventlist\r\n").status(), 200) << "of one key it asks for nothing";
  ASSERT_TRUE(key.notified());
  TextPhone bare(address("udp"), "1000", "1234");
  EXPECT_EQ(bare.ask_with_password("SUBSCRIBE", key_2, key_2, "Event: dialog\r\n").first_line(),
            "SIP/2.0 400 One Contact Is Needed");
  EXPECT_EQ(bare.ask_with_password("SUBSCRIBE", key_2, key_2).status(), 489);
}

TEST_F(Subscribe, HowLongItLastsIsWithinBounds) {
  Subscriber key(address("udp"));
  EXPECT_EQ(key.subscribe(100000).header("Expires"), "7200");
  ASSERT_TRUE(key.notified());
  const auto unsaid = key.phone.ask_with_password("SUBSCRIBE", key_2, key_2,
                                                  "Event: dialog\r\nContact: <" + key.phone.contact() + ">\r\n");
  EXPECT_EQ(unsaid.header("Expires"), "3600");
  const auto once = key.subscribe(0);
  EXPECT_EQ(once.status(), 200);
  EXPECT_EQ(once.header("Expires"), "0");
}

TEST_F(Subscribe, TooManyAreRefused) {
  ServerOptions options;
  options.subscriptions = {2, 2, 100};
  start(options);
  Subscriber one(address("udp"));
  Subscriber two(address("udp"));
  Subscriber three(address("udp"));
  ASSERT_EQ(one.subscribe().status(), 200);
  ASSERT_EQ(two.subscribe(600, "dialog", {}, "sip:snom+1000-3@example.com").status(), 200);
  const auto more = three.subscribe(600, "dialog", {}, "sip:snom+1000-4@example.com");
  EXPECT_EQ(more.first_line(), "SIP/2.0 403 Too Many Subscriptions");
  Subscriber other(address("udp"), "1001", "5678");
  const auto full = other.subscribe(600, "dialog", {}, "sip:snom+1001-2@example.com");
  EXPECT_EQ(full.status(), 503);
  EXPECT_EQ(full.header("Retry-After"), "60");
}

TEST_F(Subscribe, A481EndsItAndRetryAfterIsHeeded) {
  Subscriber key(address("udp"));
  key.phone.register_contact();
  ASSERT_EQ(key.subscribe().status(), 200);
  ASSERT_TRUE(key.notified());
  const auto tell = [&](Light light) {
    auto promise = std::make_shared<std::promise<control::SipOutcome>>();
    loop_->run_and_wait([&] {
      server_->notify(server_->all().at(0), {{"2", light}}, nullptr,
                      [promise](control::SipOutcome told) { promise->set_value(std::move(told)); });
    });
    return promise->get_future();
  };
  auto busy = tell(Light::on);
  ASSERT_TRUE(key.notified(480, std::chrono::seconds(3), "Retry-After: 1\r\n"));
  EXPECT_EQ(busy.get().status, 480);
  const auto again = key.notified(200, std::chrono::seconds(5));
  ASSERT_TRUE(again) << "after the time that it asked for";
  EXPECT_NE(again->body().find("confirmed"), std::string::npos);
  auto gone = tell(Light::off);
  ASSERT_TRUE(key.notified(481));
  EXPECT_EQ(gone.get().status, 0);
  EXPECT_EQ(key.again(600).status(), 481);
  loop_->run_and_wait([&] { EXPECT_FALSE(server_->has_any(server_->all().at(0))); });
}

TEST_F(Subscribe, ItEndsWhenItsTimeIsOver) {
  ServerOptions options;
  options.min_subscription = std::chrono::seconds(1);
  start(options);
  Subscriber key(address("udp"));
  ASSERT_EQ(key.subscribe(1).status(), 200);
  ASSERT_TRUE(key.notified());
  const auto last = key.notified(200, std::chrono::seconds(6));
  ASSERT_TRUE(last);
  EXPECT_EQ(last->header("Subscription-State"), "terminated;reason=timeout");
}

TEST_F(Subscribe, RecordRoutesAreGoneBack) {
  ServerOptions options;
  options.profiles = {{"branch", {"udp:127.0.0.1:0"}, "example.com", ProxyTrust{{"127.0.0.1"}, {}}}};
  start(options);
  Subscriber key(address("udp"), "2000", "");
  const std::string route = "<sip:" + key.phone.peer().address() + ";lr;ftag=x>";
  const std::string uri = "sip:snom+2000-2@example.com";
  const auto answer = key.phone.ask(
      key.phone.request("SUBSCRIBE", uri, uri,
                        "Event: dialog\r\nContact: <sip:2000@10.0.0.5:5060;line=X>\r\nRecord-Route: " + route +
                            "\r\nP-Asserted-Identity: <sip:2000@example.com>\r\n"));
  ASSERT_EQ(answer.status(), 200) << answer.text();
  EXPECT_EQ(answer.headers("Record-Route"), (Strings{route})) << answer.text();
  const auto told = key.notified();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->first_line(), "NOTIFY sip:2000@10.0.0.5:5060;line=X SIP/2.0");
  EXPECT_EQ(told->headers("Route"), (Strings{route}));
}

TEST_F(Subscribe, ACallToAKeyPressesItAndEndsWithoutNoise) {
  TextPhone phone(address("udp"), "1000", "1234");
  const auto answer = phone.ask_with_password("INVITE", key_2, key_2);
  EXPECT_EQ(answer.first_line(), "SIP/2.0 487 Request Terminated");
  EXPECT_EQ(phone.ask(phone.last_request()).status(), 487);
  EXPECT_EQ(log(), (Strings{"pressed 1000@example.com 2"})) << "once";
}

TEST_F(Subscribe, ACallToAKeyThatCallsIsRedirected) {
  observer_.answer_key_presses({true, "1001"});
  TextPhone phone(address("udp"), "1000", "1234");
  const auto answer = phone.ask_with_password("INVITE", key_2, key_2);
  EXPECT_EQ(answer.status(), 302);
  EXPECT_EQ(answer.header("Contact"), "<sip:1001@example.com>");
  const auto repeated = phone.ask(phone.last_request());
  EXPECT_EQ(repeated.header("Contact"), "<sip:1001@example.com>");
  EXPECT_EQ(log().size(), 1U);
  observer_.answer_key_presses({true, "a b@192.0.2.9:5070"});
  EXPECT_EQ(phone.ask_with_password("INVITE", key_2, key_2).header("Contact"), "<sip:a%20b@192.0.2.9:5070>");
}

TEST_F(Subscribe, WhoMayNotPressAKeyDoesNot) {
  TextPhone other(address("udp"), "1001", "5678");
  EXPECT_EQ(other.ask_with_password("INVITE", key_2, key_2).status(), 403);
  TextPhone wrong(address("udp"), "1000", "no");
  EXPECT_EQ(wrong.ask_with_password("INVITE", key_2, key_2).status(), 401);
  EXPECT_TRUE(log().empty());
  observer_.answer_key_presses({});
  TextPhone phone(address("udp"), "1000", "1234");
  EXPECT_EQ(phone.ask_with_password("INVITE", key_2, key_2).status(), 404) << "nothing is bound to it";
}

TEST_F(Subscribe, WhatEndsAPressIsConfigured) {
  ServerOptions options;
  options.press_answer = 480;
  start(options);
  TextPhone phone(address("tcp"), "1000", "1234");
  EXPECT_EQ(phone.ask_with_password("INVITE", key_2, key_2).status(), 480);
}

TEST_F(Subscribe, ThePhoneIsKnownByItsContactItsInstanceOrItsAddress) {
  Subscriber one(address("udp"));
  TextPhone second(address("udp"), "1000", "1234");
  one.phone.register_contact();
  second.register_contact();
  ASSERT_EQ(one.subscribe().status(), 200);
  ASSERT_TRUE(one.notified());
  loop_->run_and_wait([&] {
    for (const auto& contact : server_->all())
      EXPECT_EQ(server_->is_subscribed(contact, "2"), contact->contact == one.phone.contact()) << contact->contact;
  });
}

TEST_F(Subscribe, AnotherPhonesSubscriptionIsNotThatOfTheOneThatIsRegistered) {
  TextPhone registered(address("udp"), "1000", "1234");
  ASSERT_EQ(registered.register_contact().status(), 200);
  Subscriber other(address("udp"));
  ASSERT_EQ(other.subscribe().status(), 200);
  ASSERT_TRUE(other.notified()) << "whoever subscribes is told";
  loop_->run_and_wait([&] {
    const auto contact = server_->all().at(0);
    EXPECT_FALSE(server_->has_any(contact));
    EXPECT_FALSE(server_->is_subscribed(contact, "2"));
  });
  EXPECT_EQ(other.phone.register_contact().status(), 200);
  loop_->run_and_wait([&] {
    for (const auto& contact : server_->all())
      EXPECT_EQ(server_->is_subscribed(contact, "2"), contact->contact == other.phone.contact()) << contact->contact;
  });
}

TEST_F(Subscribe, AskingOnceLeavesThePhonesSubscriptionAlone) {
  Subscriber key(address("udp"));
  ASSERT_EQ(key.subscribe().status(), 200);
  ASSERT_TRUE(key.notified());
  const auto once = key.phone.ask_with_password(
      "SUBSCRIBE", key_2, key_2, "Event: dialog\r\nExpires: 0\r\nContact: <" + key.phone.contact() + ">\r\n");
  EXPECT_EQ(once.status(), 200);
  EXPECT_EQ(once.header("Expires"), "0");
  const auto told = key.notified();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->header("Subscription-State"), "terminated;reason=timeout");
  EXPECT_EQ(told->header("From"), once.header("To"));
  EXPECT_EQ(key.again(600).status(), 200) << "the first is there";
}

TEST_F(Subscribe, AListOfLongCallersGoesInAsManyDatagramsAsItNeeds) {
  for (int key = 10; key < 22; ++key)
    observer_.show("1000@example.com", {std::to_string(key), Light::pickup, std::string(1000, '"')});
  Subscriber list(address("udp"));
  ASSERT_EQ(list.subscribe(600, "dialog", takes_lists, all_keys).status(), 200);
  std::size_t states = 0;
  while (states < 12) {
    const auto told = list.notified();
    ASSERT_TRUE(told) << states << " states came";
    EXPECT_LE(told->text().size(), Subscriptions::bytes_at_once_by_udp);
    const auto parts = language::parse_related(told->header("Content-Type"), told->body());
    ASSERT_TRUE(parts) << parts.error().text();
    states += parts->size() - 1;
  }
  EXPECT_EQ(states, 12U);
}

}  // namespace
}  // namespace snom::sip::test
