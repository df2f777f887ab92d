#include "sip/host_lookup.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <thread>

namespace snom::sip {
namespace {

using std::chrono::milliseconds;
constexpr std::chrono::seconds long_enough{20};

/// A name server that says nothing until it is let go.
class Silence {
 public:
  ~Silence() { end(); }
  void end() {
    if (!ended_.exchange(true)) promise_.set_value();
  }
  HostLookup::Found wait() {
    ++asked_;
    future_.wait();
    return std::vector<std::string>{"192.0.2.1"};
  }
  [[nodiscard]] int asked() const { return asked_; }

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_{promise_.get_future().share()};
  std::atomic<bool> ended_ = false;
  std::atomic<int> asked_ = 0;
};

class HostLookups : public ::testing::Test {
 protected:
  void TearDown() override { close(); }
  void open(HostLookup::Resolve resolve, milliseconds limit = long_enough) {
    loop_.run_and_wait([&] { lookup_ = std::make_unique<HostLookup>(loop_, std::move(resolve), limit); });
  }
  void close() {
    loop_.run_and_wait([&] { lookup_.reset(); });
  }
  std::future<std::string> find(const std::string& host, const void* owner = nullptr) {
    const auto answer = std::make_shared<std::promise<std::string>>();
    loop_.run_and_wait([&] {
      lookup_->find(host, owner, [this, answer](const HostLookup::Found& found) {
        EXPECT_TRUE(loop_.on_loop_thread());
        answer->set_value(found ? found->front() : found.error());
      });
    });
    return answer->get_future();
  }
  static std::string told(std::future<std::string>& answer) {
    return answer.wait_for(long_enough) == std::future_status::ready ? answer.get() : "nothing";
  }

  EventLoop loop_;
  std::unique_ptr<HostLookup> lookup_;
};

TEST_F(HostLookups, ANameIsFoundOnAThreadOfItsOwn) {
  std::atomic<bool> on_loop = true;
  open([&](const std::string& host) -> HostLookup::Found {
    on_loop = loop_.on_loop_thread();
    if (host != "pbx.example.com") return tl::make_unexpected(std::string("no such name"));
    return std::vector<std::string>{"192.0.2.7"};
  });
  auto known = find("pbx.example.com");
  EXPECT_EQ(told(known), "192.0.2.7");
  EXPECT_FALSE(on_loop);
  auto unknown = find("nowhere.example.com");
  EXPECT_EQ(told(unknown), "the name 'nowhere.example.com' cannot be looked up: no such name");
}

TEST_F(HostLookups, ASilentNameServerHoldsNobodyUp) {
  const auto silence = std::make_shared<Silence>();
  open([silence](const std::string&) { return silence->wait(); }, milliseconds(30));
  auto answer = find("slow.example.com");
  loop_.run_and_wait([] {});  // the loop goes on meanwhile
  EXPECT_EQ(told(answer), "the name 'slow.example.com' could not be looked up within 30 ms");
  close();  // does not wait either
}

TEST_F(HostLookups, ThreadsAndNamesAreLimited) {
  const auto silence = std::make_shared<Silence>();
  open([silence](const std::string&) { return silence->wait(); });
  std::vector<std::future<std::string>> answers;
  for (std::size_t i = 0; i < HostLookup::most_threads; ++i) answers.push_back(find("slow.example.com"));
  // All threads are busy before others come: none of those is taken by one that was slow to start.
  const auto end = std::chrono::steady_clock::now() + long_enough / 2;
  while (silence->asked() < static_cast<int>(HostLookup::most_threads) && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  for (std::size_t i = 0; i <= HostLookup::most_waiting; ++i) answers.push_back(find("slow.example.com"));
  EXPECT_EQ(told(answers.back()),
            "the name 'slow.example.com' cannot be looked up: too many names are being looked up");
  EXPECT_EQ(silence->asked(), static_cast<int>(HostLookup::most_threads));
  silence->end();
  EXPECT_EQ(told(answers.front()), "192.0.2.1");
}

TEST_F(HostLookups, WhoIsGoneIsToldNothing) {
  const auto silence = std::make_shared<Silence>();
  open([silence](const std::string&) { return silence->wait(); });
  const int owner = 0;
  auto of_owner = find("slow.example.com", &owner);
  auto of_other = find("slow.example.com");
  loop_.run_and_wait([&] { lookup_->abandon(&owner); });
  silence->end();
  EXPECT_EQ(told(of_other), "192.0.2.1");
  EXPECT_THROW(of_owner.get(), std::future_error) << "forgotten without a word";
}

TEST(ResolveBySystem, KnowsNumbersAndSaysWhatItDoesNotKnow) {
  const auto numeric = resolve_by_system("127.0.0.1");
  ASSERT_TRUE(numeric);
  EXPECT_EQ(numeric->front(), "127.0.0.1");
  EXPECT_FALSE(resolve_by_system("no such host"));
}

}  // namespace
}  // namespace snom::sip
