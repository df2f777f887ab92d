// Phones of one registrar that another one takes over, by a real PostgreSQL between them.

#include <iostream>

#include <gtest/gtest.h>

#include "language/digest.h"
#include "sip/server_fixture.h"
#include "store/bindings.h"
#include "store/postgres_bindings.h"
#include "store/postgres_server.h"
#include "wait_until.h"

namespace snom::snomd {
namespace {

using namespace std::chrono_literals;
using sip::test::RecordingObserver;
using sip::test::TextPhone;
using snom::testing::wait_until;
using Clock = std::chrono::steady_clock;
using Strings = std::vector<std::string>;

constexpr const char* taken = "taken by another node";

/// A registrar with its bindings in the database; those that are loaded come in, superseded ones are let go.
class Node {
 public:
  Node(const std::string& url, nodes::Epoch life, std::vector<sip::User> users = {{"1000", "1234", ""}}) {
    store::PostgresBindings::Told told;
    told.loaded = [this](const store::PostgresBindings::Bindings& page) {
      loop_.post([this, page] {
        if (server_) taken_ += server_->take_over(page);
      });
    };
    told.superseded = [this](const store::PostgresBindings::Bindings& old) {
      loop_.post([this, old] {
        if (server_) server_->let_go_superseded(old, taken);
      });
    };
    bindings_ = std::make_unique<store::PostgresBindings>(store::PostgresBindings::Options{.url = url}, told);
    bindings_->set_life(life);
    sip::ServerOptions options;
    options.profiles = {{"internal", {"udp:127.0.0.1:0"}, "example.com"}};
    options.bindings = bindings_.get();
    auto server = sip::Server::open(loop_, options, std::move(users), observer);
    if (!server) throw std::runtime_error(server.error());
    loop_.run_and_wait([&] { server_ = std::move(*server); });
  }
  ~Node() {
    loop_.run_and_wait([this] { server_->stop(); });
    // Its thread posts to the loop, where nobody is told any more.
    bindings_.reset();
    auto server = std::move(server_);
    server.reset();
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  [[nodiscard]] std::string address() const { return server_->listening().at(0); }
  store::PostgresBindings& bindings() { return *bindings_; }
  void load(const Strings& names) { bindings_->load(names); }
  [[nodiscard]] bool has_written() {
    loop_.run_and_wait([] {});
    return wait_until([this] { return bindings_->counters().waiting == 0; });
  }
  Strings contacts() {
    Strings contacts;
    loop_.run_and_wait([&] {
      for (const auto& one : server_->all()) contacts.push_back(one->contact);
    });
    return contacts;
  }
  std::size_t taken_over() {
    std::size_t count = 0;
    loop_.run_and_wait([&] { count = taken_; });
    return count;
  }
  std::future<control::SipOutcome> send(const std::string& text) {
    auto promise = std::make_shared<std::promise<control::SipOutcome>>();
    loop_.post([this, promise, text] {
      server_->send({server_->all().at(0), "", "text/plain", text},
                    [promise](control::SipOutcome outcome) { promise->set_value(std::move(outcome)); });
    });
    return promise->get_future();
  }

  RecordingObserver observer;

 private:
  sip::EventLoop loop_;
  std::unique_ptr<store::PostgresBindings> bindings_;
  std::unique_ptr<sip::Server> server_;  ///< loop's thread
  std::size_t taken_ = 0;                ///< likewise
};

class TakenOver : public ::testing::Test {
 protected:
  // One for all of them, which is killed at times.
  static void SetUpTestSuite() { server_ = store::testing::PostgresServer::make(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (!server_) GTEST_SKIP() << "there is no PostgreSQL here";
    url_ = server_->url_of_new_schema();
  }
  /// The phone is behind the proxy.
  std::string headers() const {
    return "Contact: <sip:1000@10.0.0.5;line=x>\r\nExpires: 600\r\nPath: <sip:" + proxy_.address() + ";lr>\r\n";
  }
  static Strings taken_over(const std::string& contact) { return {"taken over 1000@example.com " + contact}; }

  sip::test::SipPeer proxy_{"udp", "127.0.0.1"};
  static inline std::unique_ptr<store::testing::PostgresServer> server_;
  std::string url_;
};

TEST_F(TakenOver, APhoneIsReachedAtOnceByItsPathAndNoticesNothing) {
  auto one = std::make_unique<Node>(url_, 1);
  TextPhone phone(one->address(), "1000", "1234");
  ASSERT_EQ(phone.register_with(headers()).status(), 200);
  ASSERT_TRUE(one->has_written());
  one.reset();

  Node two(url_, 2);
  two.load({"1000@example.com", "1001@example.com"});
  ASSERT_TRUE(wait_until([&] { return two.taken_over() == 1; }));
  EXPECT_EQ(two.observer.log(), taken_over("sip:1000@10.0.0.5;line=x"));
  proxy_.connect(two.address());
  auto outcome = two.send("hello");
  const auto received = proxy_.receive();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->first_line(), "MESSAGE sip:1000@10.0.0.5;line=x SIP/2.0");
  EXPECT_EQ(received->headers("Route").at(0), "<sip:" + proxy_.address() + ";lr>");
  proxy_.send(sip::test::response_to(*received, 200, "OK"));
  EXPECT_EQ(outcome.get().status, 200);

  // Its next REGISTER is a refresh, at whichever node.
  TextPhone later(two.address(), "1000", "1234");
  later.call_id = phone.call_id;
  later.cseq = phone.cseq;
  ASSERT_EQ(later.register_with(headers()).status(), 200);
  ASSERT_TRUE(two.has_written());
  EXPECT_EQ(two.observer.log(), taken_over("sip:1000@10.0.0.5;line=x"));
  EXPECT_EQ(two.contacts(), Strings{"sip:1000@10.0.0.5;line=x"});
}

TEST_F(TakenOver, TwoNodesWithOnePhoneEndWithTheNewerRegister) {
  Node one(url_, 1);
  Node two(url_, 2);
  TextPhone phone(one.address(), "1000", "1234");
  ASSERT_EQ(phone.register_with(headers()).status(), 200);
  ASSERT_TRUE(one.has_written());
  TextPhone moved(two.address(), "1000", "1234");
  moved.call_id = phone.call_id;
  moved.cseq = phone.cseq + 10;
  ASSERT_EQ(moved.register_with(headers()).status(), 200);
  ASSERT_TRUE(two.has_written());
  // What is still on its way to the former node comes too late.
  ASSERT_EQ(phone.register_with(headers()).status(), 200);
  ASSERT_TRUE(wait_until([&] { return one.contacts().empty(); }));
  EXPECT_EQ(one.observer.log().back(), std::string("let go 1000@example.com sip:1000@10.0.0.5;line=x: ") + taken);
  EXPECT_EQ(two.contacts().size(), 1U);
  // It is there again with its next REGISTER.
  phone.cseq = moved.cseq;
  ASSERT_EQ(phone.register_with(headers()).status(), 200);
  ASSERT_TRUE(one.has_written());
  EXPECT_EQ(one.contacts().size(), 1U);
}

TEST_F(TakenOver, ARegisterIsAnsweredWhileTheDatabaseIsAwayAndWrittenAfterwards) {
  Node one(url_, 1);
  TextPhone phone(one.address(), "1000", "1234");
  ASSERT_EQ(phone.register_with(headers()).status(), 200);
  ASSERT_TRUE(one.has_written());
  server_->pause_sessions();
  for (int times = 0; times < 5; ++times) {
    const auto began = Clock::now();
    ASSERT_EQ(phone.register_with(headers()).status(), 200);
    EXPECT_LT(Clock::now() - began, 1s);
  }
  server_->continue_sessions();
  server_->kill_it();
  ASSERT_EQ(phone.register_with(headers()).status(), 200);
  server_->start();
  ASSERT_TRUE(one.has_written());
  Node two(url_, 2);
  two.load({"1000@example.com"});
  ASSERT_TRUE(wait_until([&] { return two.taken_over() == 1; }));
  TextPhone late(two.address(), "1000", "1234");
  late.call_id = phone.call_id;
  late.cseq = phone.cseq - 2;
  EXPECT_EQ(late.register_with(headers()).status(), 400) << "the latest one is known, not one before";
}

TEST_F(TakenOver, WhoLeavesIsNotTakenOver) {
  Node one(url_, 1);
  TextPhone phone(one.address(), "1000", "1234");
  ASSERT_EQ(phone.register_with(headers()).status(), 200);
  ASSERT_EQ(phone.register_with("Contact: *\r\nExpires: 0\r\n").status(), 200);
  ASSERT_TRUE(one.has_written());
  Node two(url_, 2);
  two.load({"1000@example.com"});
  two.load({"none@example.com"});
  store::testing::Bound other;
  other.user = "1000";
  other.contact = "sip:1000@10.0.0.6";
  one.bindings().keep(other.binding());
  ASSERT_TRUE(one.has_written());
  two.load({"1000@example.com"});
  ASSERT_TRUE(wait_until([&] { return two.taken_over() == 1; }));
  EXPECT_EQ(two.observer.log(), taken_over("sip:1000@10.0.0.6"));
}

TEST_F(TakenOver, TenThousandPhonesAreTakenOverQuickly) {
  std::vector<sip::User> users;
  Strings names;
  for (int user = 100'000; user < 110'000; ++user) {
    users.push_back({std::to_string(user), "1234", ""});
    names.push_back(std::to_string(user) + "@example.com");
  }
  Node one(url_, 1, users);
  for (const auto& user : users) one.bindings().keep(store::testing::Bound{.user = user.name}.binding());
  ASSERT_TRUE(one.has_written());
  Node two(url_, 2, users);
  const auto began = Clock::now();
  two.load(names);
  ASSERT_TRUE(wait_until([&] { return two.taken_over() == users.size(); }));
  std::cout << "10,000 registrations were taken over in "
            << std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count() << " ms\n";
}

}  // namespace
}  // namespace snom::snomd
