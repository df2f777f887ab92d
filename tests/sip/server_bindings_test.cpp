// What a registrar tells of its bindings to other nodes, and what it takes over from them.

#include <gtest/gtest.h>

#include <algorithm>
#include <variant>

#include "language/digest.h"
#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using registration::KeptBinding;
using registration::RemovedBinding;
using Strings = std::vector<std::string>;

/// Notes what it is told.
class Notes final : public registration::BindingKeeper {
 public:
  void keep(KeptBinding binding) override {
    const std::lock_guard lock(mutex_);
    told_.emplace_back(std::move(binding));
  }
  void remove(RemovedBinding removed) override {
    const std::lock_guard lock(mutex_);
    told_.emplace_back(std::move(removed));
  }
  [[nodiscard]] Strings texts() const {
    const std::lock_guard lock(mutex_);
    Strings texts;
    for (const auto& told : told_) {
      if (const auto* kept = std::get_if<KeptBinding>(&told)) {
        texts.push_back("keep " + kept->phone->contact + " " + std::to_string(kept->cseq));
      } else {
        const auto& removed = std::get<RemovedBinding>(told);
        texts.push_back("remove " + removed.contact + " " + std::to_string(removed.cseq));
      }
    }
    return texts;
  }
  [[nodiscard]] std::vector<KeptBinding> kept() const {
    const std::lock_guard lock(mutex_);
    std::vector<KeptBinding> kept;
    for (const auto& told : told_) {
      if (const auto* one = std::get_if<KeptBinding>(&told)) kept.push_back(*one);
    }
    return kept;
  }
  [[nodiscard]] std::vector<RemovedBinding> removed() const {
    const std::lock_guard lock(mutex_);
    std::vector<RemovedBinding> removed;
    for (const auto& told : told_) {
      if (const auto* one = std::get_if<RemovedBinding>(&told)) removed.push_back(*one);
    }
    return removed;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::variant<KeptBinding, RemovedBinding>> told_;
};

/// The server is one node; another() is a second one, with the same users.
class Bindings : public ServerTest {
 protected:
  Bindings() { start(options()); }
  ~Bindings() override {
    another_.reset();
    server_.reset();
  }

  ServerOptions options() {
    ServerOptions options;
    options.profiles = {{"internal", {"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}, "example.com"}};
    options.bindings = &notes_;
    return options;
  }
  /// What the registrar tells, as far as it has answered: it tells a binding after the answer.
  Notes& notes() {
    loop_->run_and_wait([] {});
    return notes_;
  }
  Server& another() {
    if (!another_) another_ = Server::open(*loop_, options(), users(), others_).value();
    return *another_;
  }
  [[nodiscard]] TextPhone phone_at(Server& node, const std::string& password = "1234") {
    return {node.listening().at(0), "1000", password};
  }
  std::size_t take_over(const std::vector<KeptBinding>& bindings) {
    std::size_t taken = 0;
    Server& node = another();
    loop_->run_and_wait([&] { taken = node.take_over(bindings); });
    return taken;
  }
  std::vector<registration::Registration> registrations_of(Server& node) {
    std::vector<registration::Registration> all;
    loop_->run_and_wait([&] {
      for (const auto& one : node.all()) all.push_back(*one);
    });
    return all;
  }
  KeptBinding changed(const std::function<void(KeptBinding&, registration::Registration&)>& change) {
    KeptBinding binding = notes().kept().at(0);
    registration::Registration phone = *binding.phone;
    change(binding, phone);
    binding.phone = phone;
    return binding;
  }

  Notes notes_;
  RecordingObserver others_;
  std::unique_ptr<Server> another_;
};

TEST_F(Bindings, ARegisterIsToldWithAllThatLeadsToThePhone) {
  auto phone = phone_at(*server_);
  const auto before = std::chrono::steady_clock::now();
  const std::string contact = "sip:10%300%3a0@127.0.0.1:" + std::to_string(phone.peer().port()) + ";line=x";
  ASSERT_EQ(phone
                .register_with("Contact: <" + contact +
                               ">;q=0.5;+sip.instance=\"<urn:uuid:a>\";reg-id=2\r\nExpires: 600\r\n"
                               "Path: <sip:127.0.0.1:5080;lr;received=sip:192.0.2.7:1024%3btransport%3dtcp>\r\n"
                               "Path: <sip:edge.example;lr>\r\nSupported: path\r\n")
                .status(),
            200);
  loop_->run_and_wait([] {});
  const auto kept = notes().kept();
  ASSERT_EQ(kept.size(), 1u);
  const registration::Registration& told = *kept[0].phone;
  EXPECT_EQ(told.address_of_record(), "1000@example.com");
  EXPECT_EQ(told.profile, "internal");
  EXPECT_EQ(told.contact, contact) << "byte for byte";
  EXPECT_EQ(told.call_id, phone.call_id);
  EXPECT_EQ(told.network_host, "127.0.0.1");
  EXPECT_EQ(told.network_port, phone.peer().port());
  EXPECT_EQ(told.transport, "udp");
  EXPECT_EQ(told.user_agent, "snom370/8.7.5.35");
  EXPECT_FALSE(told.direct);
  EXPECT_GE(told.expires, before + std::chrono::seconds(600));
  EXPECT_EQ(kept[0].instance, "\"<urn:uuid:a>\"");
  EXPECT_EQ(kept[0].reg_id, 2u);
  EXPECT_EQ(kept[0].q, "0.5");
  EXPECT_EQ(kept[0].cseq, phone.cseq);
  EXPECT_GE(kept[0].registered_at, before);
  EXPECT_EQ(kept[0].next_hop, "udp:127.0.0.1:5080");
  EXPECT_TRUE(kept[0].proxied);
  EXPECT_EQ(kept[0].path, (Strings{"<sip:127.0.0.1:5080;lr;received=sip:192.0.2.7:1024%3btransport%3dtcp>",
                                   "<sip:edge.example;lr>"}));
}

TEST_F(Bindings, RefreshesAndRemovalsAreToldAndWhatChangesNothingIsNot) {
  auto phone = phone_at(*server_);
  ASSERT_EQ(phone.register_contact().status(), 200);
  const std::string contact = phone.contact();
  Strings expected{"keep " + contact + " 2"};
  phone.ask(phone.last_request());                   // a repetition
  ASSERT_EQ(phone.register_with("").status(), 200);  // who is there?
  ASSERT_EQ(phone_at(*server_, "wrong").register_contact().status(), 401);
  ASSERT_EQ(phone.register_with("Contact: <" + contact + ">;expires=5\r\n").status(), 423);
  ASSERT_EQ(phone.register_contact().status(), 200);
  expected.push_back("keep " + contact + " " + std::to_string(phone.cseq));
  // Of another one it is known here that it is gone, but perhaps not elsewhere.
  ASSERT_EQ(phone.register_with("Contact: <" + contact + ">, <sip:other@192.0.2.9>;expires=0\r\n").status(), 200);
  expected.push_back("remove sip:other@192.0.2.9 " + std::to_string(phone.cseq));
  expected.push_back("keep " + contact + " " + std::to_string(phone.cseq));
  ASSERT_EQ(phone.register_contact(0).status(), 200);
  expected.push_back("remove " + contact + " " + std::to_string(phone.cseq));
  expected.push_back("remove " + contact + " " + std::to_string(phone.cseq));
  ASSERT_EQ(phone.register_with("Contact: *\r\nExpires: 0\r\n").status(), 200);
  expected.push_back("remove  " + std::to_string(phone.cseq));
  loop_->run_and_wait([] {});
  EXPECT_EQ(notes().texts(), expected);
  EXPECT_EQ(notes().removed().back().call_id, phone.call_id);
  EXPECT_EQ(notes().removed().back().address_of_record, "1000@example.com");
  EXPECT_EQ(notes().removed().back().profile, "internal");
}

TEST_F(Bindings, AReplacedBindingIsRemovedBeforeTheNewOneIsKept) {
  auto phone = phone_at(*server_);
  const std::string instance = ">;+sip.instance=\"<urn:uuid:a>\"\r\n";
  ASSERT_EQ(phone.register_with("Contact: <sip:a@192.0.2.1" + instance).status(), 200);
  ASSERT_EQ(phone.register_with("Contact: <sip:b@192.0.2.1" + instance).status(), 200);
  loop_->run_and_wait([] {});
  const auto texts = notes().texts();
  ASSERT_EQ(texts.size(), 3u);
  EXPECT_EQ(texts[1].substr(0, 24), "remove sip:a@192.0.2.1 4");
  EXPECT_EQ(texts[2].substr(0, 22), "keep sip:b@192.0.2.1 4");
  EXPECT_EQ(notes().removed().at(0).instance, "\"<urn:uuid:a>\"");
}

TEST_F(Bindings, OfAUserWhoIsRemovedAllAre) {
  auto phone = phone_at(*server_);
  ASSERT_EQ(phone.register_contact().status(), 200);
  loop_->run_and_wait([this] { server_->set_users({{"1001", "5678", ""}}); });
  ASSERT_EQ(notes().removed().size(), 1u);
  EXPECT_EQ(notes().removed()[0].address_of_record, "1000@example.com");
  EXPECT_EQ(notes().removed()[0].contact, "") << "all";
}

TEST_F(Bindings, APhoneOfAnotherNodeIsReachedByItsPathAndGoesOnAsIfItHadRegisteredHere) {
  auto phone = phone_at(*server_);
  SipPeer proxy("udp", "127.0.0.1");
  proxy.connect(another().listening().at(0));
  const std::string path = "<sip:" + proxy.address() + ";lr>";
  const std::string headers = "Contact: <sip:1000@10.0.0.5;line=x>\r\nExpires: 600\r\nPath: " + path + "\r\n";
  ASSERT_EQ(phone.register_with(headers).status(), 200);
  loop_->run_and_wait([] {});
  const std::string taken = "taken over 1000@example.com sip:1000@10.0.0.5;line=x";
  EXPECT_EQ(take_over(notes().kept()), 1u);
  EXPECT_EQ(others_.log(), Strings{taken});
  const auto all = registrations_of(another());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].user_agent, "snom370/8.7.5.35");
  EXPECT_GT(all[0].expires_in_s(std::chrono::steady_clock::now()), 590);

  auto outcome = std::make_shared<std::promise<control::SipOutcome>>();
  loop_->post([&] {
    another().send({all[0], "", "text/plain", "hello"},
                   [outcome](control::SipOutcome answer) { outcome->set_value(std::move(answer)); });
  });
  const auto received = proxy.receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->first_line(), "MESSAGE sip:1000@10.0.0.5;line=x SIP/2.0");
  EXPECT_EQ(received->headers("Route").at(0), path);
  proxy.send(response_to(*received, 200, "OK"));
  EXPECT_EQ(outcome->get_future().get().status, 200);

  EXPECT_EQ(take_over(notes().kept()), 0u) << "it is here";
  TextPhone same(another().listening().at(0), "1000", "1234");
  same.call_id = phone.call_id;
  same.cseq = 0;
  EXPECT_EQ(same.register_with(headers).first_line(), "SIP/2.0 400 CSeq Out Of Order") << "as at the node before";
  ASSERT_EQ(same.register_with(headers).status(), 200);
  loop_->run_and_wait([] {});
  EXPECT_EQ(others_.log(), Strings{taken}) << "a refresh";
}

TEST_F(Bindings, WhatCannotBeThisNodesIsPassedOver) {
  auto phone = phone_at(*server_);
  ASSERT_EQ(phone.register_contact().status(), 200);
  loop_->run_and_wait([] {});
  using Phone = registration::Registration;
  const auto past = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  EXPECT_EQ(take_over({changed([](KeptBinding&, Phone& one) { one.user = "4711"; })}), 0u) << "no such user";
  EXPECT_EQ(take_over({changed([](KeptBinding&, Phone& one) { one.domain = "elsewhere.example"; })}), 0u);
  EXPECT_EQ(take_over({changed([](KeptBinding&, Phone& one) { one.profile = "none"; })}), 0u);
  EXPECT_EQ(take_over({changed([past](KeptBinding&, Phone& one) { one.expires = past; })}), 0u) << "expired";
  EXPECT_EQ(take_over({changed([](KeptBinding& one, Phone&) { one.next_hop = ""; })}), 0u)
      << "it was reached by the other node's connection only";
  EXPECT_EQ(take_over({changed([](KeptBinding&, Phone& one) { one.contact = "none"; })}), 0u);
  EXPECT_EQ(take_over({changed([](KeptBinding& one, Phone&) { one.path = {"none"}; })}), 0u);
  EXPECT_EQ(take_over({changed([](KeptBinding& one, Phone&) { one.next_hop = "udp:name.example:1"; })}), 0u)
      << "no name is looked up";
  EXPECT_EQ(others_.log(), Strings{});
  const auto far = std::chrono::steady_clock::now() + std::chrono::hours(1000);
  EXPECT_EQ(take_over({changed([far](KeptBinding&, Phone& one) { one.expires = far; })}), 1u);
  EXPECT_LE(registrations_of(another()).at(0).expires_in_s(std::chrono::steady_clock::now()), 7200);
}

TEST_F(Bindings, WhatAnotherNodeHasTakenIsLetGoAndNotToldAsRemoved) {
  auto phone = phone_at(*server_);
  ASSERT_EQ(phone.register_contact().status(), 200);
  const Strings names{"1000@example.com", "1001@example.com", "none"};
  loop_->run_and_wait([&] { EXPECT_EQ(server_->let_go(names, "taken by another node"), 1u); });
  EXPECT_TRUE(registrations().empty());
  EXPECT_EQ(log().back(), "let go 1000@example.com " + phone.contact() + ": taken by another node");
  EXPECT_TRUE(notes().removed().empty());
  ASSERT_EQ(phone.register_contact().status(), 200) << "and may come back";
  EXPECT_EQ(registrations().size(), 1u);
}

TEST_F(Bindings, ASupersededBindingIsLetGoUnlessItIsNewerHereByNow) {
  auto phone = phone_at(*server_);
  ASSERT_EQ(phone.register_contact().status(), 200);
  ASSERT_EQ(phone.register_contact().status(), 200);
  const auto let_go = [this](const KeptBinding& binding) {
    std::size_t gone = 0;
    loop_->run_and_wait([&] { gone = server_->let_go_superseded({binding}, "taken by another node"); });
    return gone;
  };
  const auto kept = notes().kept();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(let_go(kept[0]), 0u);
  EXPECT_EQ(registrations().size(), 1u);
  EXPECT_EQ(let_go(kept[1]), 1u);
  EXPECT_TRUE(registrations().empty());
  EXPECT_EQ(log().back(), "let go 1000@example.com " + phone.contact() + ": taken by another node");
}

TEST_F(Bindings, CopiesThatAProxyPassedOnAreKeptAndTakenOverAsWell) {
  auto behind = options();
  behind.profiles[0].proxy = ProxyTrust{{"127.0.0.1"}};
  behind.max_proxied_users = 1;
  start(behind);
  another_ = Server::open(*loop_, behind, users(), others_).value();
  TextPhone proxy(address("udp"), "2000", "");
  const std::string path = "Path: <sip:" + proxy.peer().address() + ";lr>\r\n";
  ASSERT_EQ(proxy.register_with("Contact: <sip:2000@10.0.0.5>\r\nExpires: 30\r\n" + path).status(), 200);
  loop_->run_and_wait([] {});
  EXPECT_EQ(take_over({changed([](KeptBinding&, registration::Registration& one) { one.user = "a b"; })}), 0u);
  EXPECT_EQ(take_over(notes().kept()), 1u);
  EXPECT_EQ(take_over({changed([](KeptBinding&, registration::Registration& one) { one.user = "2001"; })}), 0u)
      << "there is room for one user";
  EXPECT_EQ(registrations_of(another()).size(), 1u);
}

TEST_F(Bindings, TheAnswerToAnotherNodesChallengeIsStaleAndNoWrongPassword) {
  auto phone = phone_at(*server_);
  const auto challenge = phone.ask(phone.register_request(""));
  TextPhone moved(another().listening().at(0), "1000", "1234");
  const std::string contact = "Contact: <" + moved.contact() + ">\r\n";
  const auto answer =
      moved.ask(moved.register_request(phone.authorization(challenge, "REGISTER", "sip:example.com") + contact));
  ASSERT_EQ(answer.status(), 401);
  EXPECT_TRUE(language::parse_digest_challenge(answer.header("WWW-Authenticate"))->stale);
  EXPECT_EQ(others_.refusals(), Strings{});
  // A phone takes the new nonce by itself.
  const auto again =
      moved.ask(moved.register_request(moved.authorization(answer, "REGISTER", "sip:example.com") + contact));
  EXPECT_EQ(again.status(), 200);

  const auto guessed = phone_at(*server_, "wrong");
  EXPECT_EQ(moved.ask(moved.register_request(guessed.authorization(challenge, "REGISTER", "sip:example.com"))).status(),
            401);
  loop_->run_and_wait([] {});
  EXPECT_EQ(others_.refusals(), Strings{"REGISTER of 1000 from 127.0.0.1: wrong password"});
}

TEST_F(Bindings, WhatWasGoodAtOneNodeIsNotGoodAgainAtAnother) {
  auto phone = phone_at(*server_);
  ASSERT_EQ(phone.register_contact().status(), 200);
  const std::string overheard = phone.last_request();
  TextPhone thief(another().listening().at(0), "1000", "");
  const auto answer = thief.ask(overheard);
  ASSERT_EQ(answer.status(), 401);
  EXPECT_TRUE(registrations_of(another()).empty());
  // Not even once the phone is known there.
  ASSERT_EQ(take_over(notes().kept()), 1u);
  EXPECT_EQ(thief.ask(overheard).status(), 401);
}

}  // namespace
}  // namespace snom::sip::test
