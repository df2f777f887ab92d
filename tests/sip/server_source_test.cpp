#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>
#include <stdexcept>

#include "registration/source_contract.h"
#include "sip/notifier.h"
#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using registration::testing::Notes;
using registration::testing::SourceContract;

/// Tells the notes what the server tells of registrations.
class NotingObserver final : public ServerObserver {
 public:
  explicit NotingObserver(Notes& notes) : notes_(notes) {}
  void registered(const registration::RegistrationPointer& registration) override { notes_.registered(registration); }
  void refreshed(const registration::RegistrationPointer& registration) override { notes_.refreshed(registration); }
  void unregistered(const registration::RegistrationPointer& registration, const std::string& why) override {
    notes_.unregistered(registration, why);
  }
  void refused(const RefusedRequest&) override {}
  bool pressed(const control::CommandService::Press&) override { return false; }
  control::KeyLight key_light(const std::string&, const std::string& key) override { return {key}; }
  std::vector<control::KeyLight> key_lights(const std::string&) override { return {}; }
  void key_subscribed(const registration::RegistrationPointer&, const std::string&) override {}
  control::CommandService::KeyPress key_pressed(const registration::RegistrationPointer&, const std::string&) override {
    return {};
  }
  void warned(const std::string&) override {}

 private:
  Notes& notes_;
};

/// The registrar, with phones that send text.
class RegistrarRig final : public registration::testing::SourceRig {
 public:
  explicit RegistrarRig(Notes& notes) : observer_(notes) {
    ServerOptions options;
    options.profiles = {{"internal", {"udp:127.0.0.1:0"}, "example.com"}};
    auto opened = Server::open(loop_, options, {{"1000", "1234", ""}, {"1001", "1234", ""}}, observer_);
    if (!opened) throw std::runtime_error(opened.error());
    server_ = std::move(*opened);
  }
  registration::Source& source() override { return *server_; }
  std::string registers(const std::string& user, const std::string& call_id) override {
    auto& phone = phone_of(user);
    phone.call_id = call_id;
    EXPECT_EQ(phone.register_contact().status(), 200);
    return phone.contact();
  }
  void goes(const std::string& user) override { EXPECT_EQ(phone_of(user).register_contact(0).status(), 200); }
  void in_turn(const std::function<void()>& work) override { loop_.run_and_wait(work); }
  void settle() override {
    loop_.run_and_wait([] {});
  }

 private:
  TextPhone& phone_of(const std::string& user) {
    return phones_.try_emplace(user, server_->listening().front(), user, "1234").first->second;
  }

  NotingObserver observer_;
  EventLoop loop_;
  std::unique_ptr<Server> server_;
  std::map<std::string, TextPhone> phones_;
};

/// A notifier of registrations that somebody else keeps.
class WatchingRig final : public registration::testing::SourceRig {
 public:
  explicit WatchingRig(Notes& notes) : observer_(notes) {
    ServerOptions options;
    ProfileOptions profile{"internal", {"udp:127.0.0.1:0"}, "example.com"};
    profile.proxy = ProxyTrust{{"127.0.0.1"}, ProxyTrust::Identity::asserted};
    profile.watching = Watching{{}, notifier_.via()};
    options.profiles = {profile};
    auto opened = Server::open(loop_, options, {{"1000", "", ""}, {"1001", "", ""}}, observer_);
    if (!opened) throw std::runtime_error(opened.error());
    server_ = std::move(*opened);
    notifier_.peer().connect(server_->listening().front());
    for (int i = 0; i < 2; ++i) {
      const auto subscribe = notifier_.subscribed();
      if (!subscribe) throw std::runtime_error("no SUBSCRIBE");
      notifier_.accept(*subscribe);
      const std::string user = subscribe->header("To").substr(5, 4);
      dialogs_.emplace(user, *subscribe);
    }
  }
  registration::Source& source() override { return *server_; }
  std::string registers(const std::string& user, const std::string& call_id) override {
    const std::string uri = "sip:" + user + "@10.0.0.5:5060;line=x";
    // The end of a registration is another each time.
    const std::string more = "user_agent=\"snom370/8.7.5.35\" ";
    auto contact = Notifier::contact(uri, call_id, more);
    const std::string expires = "expires=\"60\"";
    contact.replace(contact.find(expires), expires.size(), "expires=\"" + std::to_string(expires_ += 60) + "\"");
    tell(user, contact);
    return uri;
  }
  void goes(const std::string& user) override { tell(user, ""); }
  void in_turn(const std::function<void()>& work) override { loop_.run_and_wait(work); }
  void settle() override {
    loop_.run_and_wait([] {});
  }
  bool is_direct() const override { return false; }

 private:
  void tell(const std::string& user, const std::string& contacts) {
    EXPECT_EQ(notifier_.tell(notifier_.notify(dialogs_.at(user), Notifier::document(user, contacts))), 200);
    settle();  // what the NOTIFY said is heeded after its answer
  }

  NotingObserver observer_;
  EventLoop loop_;
  Notifier notifier_;
  std::unique_ptr<Server> server_;
  std::map<std::string, SipText> dialogs_;
  int expires_ = 600;
};

/// A proxy that looks up the phones that are asked by way of it: 480 while one is away. A question waits for its
/// answer.
class AskedRig final : public registration::testing::SourceRig {
 public:
  explicit AskedRig(Notes& notes) : notes_(notes), observer_(notes) {
    ServerOptions options;
    options.answer_timeout = std::chrono::seconds(30);
    ProfileOptions profile{"internal", {"udp:127.0.0.1:0"}, "example.com"};
    profile.proxy = ProxyTrust{{"127.0.0.1"}, ProxyTrust::Identity::asserted};
    profile.asking = Asking{{std::chrono::milliseconds(10), 10}, "udp:" + proxy_.address()};
    options.profiles = {profile};
    auto opened = Server::open(loop_, options, {{"1000", "", ""}, {"1001", "", ""}}, observer_);
    if (!opened) throw std::runtime_error(opened.error());
    server_ = std::move(*opened);
    proxy_.connect(server_->listening().front());
  }
  registration::Source& source() override { return *server_; }
  std::string registers(const std::string& user, const std::string& call_id) override {
    const auto before = registered_.find(user);
    if (before != registered_.end() && before->second != call_id) answer(user, 480);
    registered_.insert_or_assign(user, call_id);
    answer(user, 200);
    in_turn([&] { told_ids_.insert_or_assign(call_id, notes_.newest->call_id); });
    return "sip:" + user + "@example.com";
  }
  void goes(const std::string& user) override { answer(user, 480); }
  void in_turn(const std::function<void()>& work) override { loop_.run_and_wait(work); }
  void settle() override {
    loop_.run_and_wait([] {});
  }
  bool is_direct() const override { return false; }
  bool restart_is_an_end() const override { return true; }
  std::string told_call_id(const std::string& call_id) const override { return told_ids_.at(call_id); }

 private:
  std::size_t told() {
    std::size_t lines = 0;
    in_turn([&] { lines = notes_.lines.size(); });
    return lines;
  }
  /// To the question that waits, or else the next one; what follows of it has been told.
  void answer(const std::string& user, int status) {
    const auto before = told();
    while (!waiting_.contains(user)) {
      const auto question = proxy_.receive();
      ASSERT_TRUE(question) << "no question";
      if (!answered_.contains(question->header("Call-ID"))) {
        waiting_.insert_or_assign(question->header("To").substr(5, 4), *question);
      }
    }
    const SipText question = waiting_.extract(user).mapped();
    answered_.insert(question.header("Call-ID"));
    auto text = response_to(question, status, "Said");
    text.insert(text.find("\r\n") + 2, "User-Agent: snom370/8.7.5.35\r\n");
    proxy_.send(text);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (told() == before) ASSERT_LT(std::chrono::steady_clock::now(), end) << "nothing is told";
  }

  Notes& notes_;
  NotingObserver observer_;
  EventLoop loop_;
  SipPeer proxy_{"udp", "127.0.0.1"};
  std::unique_ptr<Server> server_;
  std::map<std::string, std::string> registered_;  ///< Call-ID by user
  std::map<std::string, std::string> told_ids_;
  std::map<std::string, SipText> waiting_;  ///< by user
  std::set<std::string> answered_;          ///< Call-IDs: a question is repeated
};

INSTANTIATE_TEST_SUITE_P(Asked, SourceContract,
                         ::testing::Values([](Notes& notes) { return std::make_unique<AskedRig>(notes); }));

INSTANTIATE_TEST_SUITE_P(Notifier, SourceContract,
                         ::testing::Values([](Notes& notes) { return std::make_unique<WatchingRig>(notes); }));

INSTANTIATE_TEST_SUITE_P(Registrar, SourceContract,
                         ::testing::Values([](Notes& notes) { return std::make_unique<RegistrarRig>(notes); }));

}  // namespace
}  // namespace snom::sip::test
