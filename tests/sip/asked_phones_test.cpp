#include "sip/asked_phones.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "runtime/hand_clock.h"

namespace snom::sip {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

class AskedPhonesTest : public ::testing::Test {
 protected:
  AskedPhonesTest() { start({seconds(60), 2}); }
  void start(AskedPhones::Settings settings) {
    phones_ = std::make_unique<AskedPhones>(
        clock_, settings,
        AskedPhones::Callbacks{
            [this](const auto& phone, auto done) {
              asked_.push_back(phone.user);
              open_[phone.user] = std::move(done);
            },
            [this](const auto& phone, const std::string& agent) {
              told_.push_back("there " + phone.user + " " + agent);
            },
            [this](const auto& phone, const std::string& why) { told_.push_back("gone " + phone.user + ": " + why); }});
  }
  static AskedPhones::Phone phone(const std::string& user, const std::string& at = "192.0.2.7") {
    return {user, "sip:" + user + "@" + at};
  }
  void answers(const std::string& user, bool there = true) {
    const auto done = open_.at(user);
    open_.erase(user);
    done({there, "snom370/8"});
  }
  Strings asked() { return std::exchange(asked_, {}); }
  Strings told() { return std::exchange(told_, {}); }

  runtime::testing::HandClock clock_;
  Strings asked_;
  Strings told_;
  std::map<std::string, std::function<void(AskedPhones::Answer)>> open_;
  std::unique_ptr<AskedPhones> phones_;
};

TEST_F(AskedPhonesTest, EachIsAskedAtOnceAndThenOnceInAnInterval) {
  phones_->use({phone("1000")});
  EXPECT_EQ(asked(), Strings{"1000"});
  clock_.pass(seconds(5));
  answers("1000");
  EXPECT_EQ(told(), Strings{"there 1000 snom370/8"});
  clock_.pass(seconds(59));
  EXPECT_EQ(asked(), Strings{});
  clock_.pass(seconds(1));
  EXPECT_EQ(asked(), Strings{"1000"});
}

TEST_F(AskedPhonesTest, NoMoreAreAskedAtATimeThanIsSaid) {
  phones_->use({phone("1000"), phone("1001"), phone("1002"), phone("1003")});
  EXPECT_EQ(asked().size(), 2u);
  EXPECT_EQ(clock_.timers(), 0u) << "the next answer goes on";
  for (int i = 0; i < 4; ++i) {
    const std::string user = open_.begin()->first;
    answers(user);
    EXPECT_LE(open_.size(), 2u);
  }
  EXPECT_EQ(asked().size(), 2u);
  EXPECT_EQ(told().size(), 4u) << "all had their turn";
}

TEST_F(AskedPhonesTest, SilenceOfOneThatWasThereIsToldOnce) {
  phones_->use({phone("1000")});
  answers("1000", false);
  EXPECT_EQ(told(), Strings{}) << "it was not there";
  clock_.pass(seconds(60));
  answers("1000");
  clock_.pass(seconds(60));
  answers("1000", false);
  EXPECT_EQ(told(), (Strings{"there 1000 snom370/8", "gone 1000: silent"}));
  clock_.pass(seconds(60));
  answers("1000", false);
  EXPECT_EQ(told(), Strings{});
}

TEST_F(AskedPhonesTest, SilenceToSomethingElseCountsTooAndItIsAskedAtOnce) {
  phones_->use({phone("1000")});
  answers("1000");
  told();
  asked();
  phones_->silent("1000");
  phones_->silent("1000");
  phones_->silent("nobody");
  EXPECT_EQ(told(), Strings{"gone 1000: silent"});
  EXPECT_EQ(asked(), Strings{"1000"});
  answers("1000");
  EXPECT_EQ(told(), Strings{"there 1000 snom370/8"}) << "it started again, as far as can be known";
}

TEST_F(AskedPhonesTest, OneInDoubtIsAskedAtOnceAndStaysUntilItIsSilent) {
  phones_->use({phone("1000")});
  phones_->doubt("1000");
  EXPECT_EQ(asked(), Strings{"1000"}) << "it is being asked";
  answers("1000");
  phones_->doubt("1000");
  phones_->doubt("nobody");
  EXPECT_EQ(asked(), Strings{"1000"});
  EXPECT_EQ(told(), Strings{"there 1000 snom370/8"});
  answers("1000", false);
  EXPECT_EQ(told(), Strings{"gone 1000: silent"});
}

TEST_F(AskedPhonesTest, WhoIsHeardOfIsAskedAtOnceUnlessItIsThere) {
  phones_->use({phone("1000")});
  answers("1000", false);
  asked();
  phones_->heard_of("1000");
  phones_->heard_of("1000");
  phones_->heard_of("nobody");
  EXPECT_EQ(asked(), Strings{"1000"});
  answers("1000");
  phones_->heard_of("1000");
  EXPECT_EQ(asked(), Strings{});
  clock_.pass(seconds(60));
  EXPECT_EQ(asked(), Strings{"1000"}) << "one turn, however often it was heard of";
  clock_.pass(seconds(120));
  EXPECT_EQ(asked(), Strings{}) << "not again before it answered";

  answers("1000", false);
  told();
  clock_.pass(seconds(60));
  asked();
  phones_->heard_of("1000");
  EXPECT_EQ(asked(), Strings{}) << "it is being asked";
  answers("1000", false);
  EXPECT_EQ(asked(), Strings{"1000"}) << "the question came too early";
  answers("1000", false);
  EXPECT_EQ(asked(), Strings{}) << "once";
}

TEST_F(AskedPhonesTest, WhoIsHeardOfWhileAllPlacesAreTakenIsTheNext) {
  phones_->use({phone("1000"), phone("1001"), phone("1002"), phone("1003")});
  EXPECT_EQ(asked(), (Strings{"1003", "1002"}));
  for (int i = 0; i < 1000; ++i) phones_->heard_of("1000");
  EXPECT_EQ(asked(), Strings{});
  answers("1003", false);
  EXPECT_EQ(asked(), Strings{"1000"});
  answers("1000", false);
  EXPECT_EQ(asked(), Strings{"1001"});
  answers("1001", false);
  answers("1002", false);
  clock_.pass(seconds(59));
  EXPECT_EQ(asked(), Strings{}) << "each had one turn";
}

TEST_F(AskedPhonesTest, WhoIsNamedNoMoreGoesAndAnotherContactIsAnotherPhone) {
  phones_->use({phone("1000"), phone("1001")});
  answers("1000");
  answers("1001");
  told();
  asked();
  phones_->use({phone("1001"), phone("1002")});
  EXPECT_EQ(told(), Strings{"gone 1000: user removed"});
  EXPECT_EQ(asked(), Strings{"1002"}) << "1001 keeps its turn";
  phones_->use({phone("1001", "192.0.2.8")});
  EXPECT_EQ(told(), Strings{"gone 1001: user removed"});
  EXPECT_EQ(asked(), Strings{"1001"});
  answers("1002");
  EXPECT_EQ(told(), Strings{}) << "a late answer of who was taken out";
}

TEST_F(AskedPhonesTest, AnswersAfterItsEndAreHarmless) {
  phones_->use({phone("1000")});
  phones_.reset();
  answers("1000");
  EXPECT_EQ(told(), Strings{});
  EXPECT_EQ(clock_.timers(), 0u);
}

}  // namespace
}  // namespace snom::sip
