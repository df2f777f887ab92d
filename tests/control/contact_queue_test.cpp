#include "control/contact_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

struct Queue {
  testing::FakeClock clock;
  std::unique_ptr<ContactQueue> queue = std::make_unique<ContactQueue>(clock);
  std::string order;
  std::vector<ContactQueue::Token> tokens;

  ContactQueue::Token enter(const std::string& contact, char name) {
    return queue->enter(contact, [this, name](ContactQueue::Token token) {
      order += name;
      tokens.push_back(std::move(token));
    });
  }
};

TEST(ContactQueue, TheFirstGoesAtOnceAndTheOthersInTheirOrder) {
  Queue q;
  auto first = q.enter("a", '1');
  ASSERT_TRUE(first);
  EXPECT_FALSE(q.enter("a", '2'));
  EXPECT_FALSE(q.enter("a", '3'));
  EXPECT_TRUE(q.enter("b", '4')) << "contacts do not wait for each other";
  EXPECT_EQ(q.queue->entered("a"), 3u);
  EXPECT_EQ(q.queue->entered("c"), 0u);
  q.clock.run_posted();
  EXPECT_EQ(q.order, "");
  first.reset();
  EXPECT_EQ(q.order, "") << "not from within";
  q.clock.run_posted();
  EXPECT_EQ(q.order, "2");
  q.tokens.clear();
  q.clock.run_posted();
  EXPECT_EQ(q.order, "23");
}

TEST(ContactQueue, TheWayIsFreeWhenTheLastCopyHasGone) {
  Queue q;
  auto first = q.enter("a", '1');
  auto copy = first;
  EXPECT_FALSE(q.enter("a", '2'));
  first.reset();
  q.clock.run_posted();
  EXPECT_EQ(q.order, "");
  std::thread([&copy] { copy.reset(); }).join();
  q.clock.run_posted();
  EXPECT_EQ(q.order, "2");
}

TEST(ContactQueue, WhoeverWantsTheWayNoMoreLeavesItToTheNext) {
  Queue q;
  auto first = q.enter("a", '1');
  EXPECT_FALSE(q.queue->enter("a", [](const ContactQueue::Token&) {}));
  EXPECT_FALSE(q.enter("a", '2'));
  first.reset();
  q.clock.run_posted();
  EXPECT_EQ(q.order, "2");
}

TEST(ContactQueue, NothingIsKeptOfContactsThatAreNotBusy) {
  Queue q;
  auto first = q.enter("a", '1');
  EXPECT_EQ(q.queue->busy(), 1U);
  first.reset();
  q.clock.run_posted();
  EXPECT_EQ(q.queue->busy(), 0U);
  EXPECT_TRUE(q.enter("a", '2'));
}

TEST(ContactQueue, ItsTokensMayOutliveItAndItsExecutor) {
  struct Counts final : runtime::Executor {
    explicit Counts(int& posts) : posts_(posts) {}
    bool post(std::function<void()>) override {
      ++posts_;
      return true;
    }
    int& posts_;
  };
  int posts = 0;
  auto control = std::make_unique<Counts>(posts);
  auto queue = std::make_unique<ContactQueue>(*control);
  auto first = queue->enter("a", [](const ContactQueue::Token&) {});
  auto second = queue->enter("b", [](const ContactQueue::Token&) {});
  second.reset();
  EXPECT_EQ(posts, 1);
  queue.reset();
  control.reset();
  first.reset();
  EXPECT_EQ(posts, 1) << "nobody is there to be told";
}

}  // namespace
}  // namespace snom::control
