#include "registration/composite_source.h"

#include <algorithm>
#include <deque>
#include <memory>

#include <gtest/gtest.h>

#include "language/text.h"
#include "registration/source_contract.h"

namespace snom::registration {
namespace {

using testing::Notes;
using testing::SourceContract;

/// Control's thread: work waits until it is told to go on.
class Queue final : public runtime::Executor {
 public:
  bool post(std::function<void()> work) override {
    work_.push_back(std::move(work));
    return true;
  }
  void run() {
    while (!work_.empty()) {
      const auto work = std::move(work_.front());
      work_.pop_front();
      work();
    }
  }

 private:
  std::deque<std::function<void()>> work_;
};

/// One profile of users 1000 and 1001, whose phones come and go by hand; where it is asked, `asked` waits.
class ListedByHand final : public Source {
 public:
  ListedByHand(std::string profile, std::string domain, runtime::Executor& executor)
      : profile_(std::move(profile)), domain_(std::move(domain)), executor_(executor) {}

  const Registration& add(const std::string& user, const std::string& call_id, Watcher* watcher = nullptr) {
    Registration made;
    made.user = user;
    made.domain = domain_;
    made.profile = profile_;
    made.contact = "sip:" + user + "@127.0.0.1:5070";
    made.network_host = "127.0.0.1";
    made.network_port = 5070;
    made.transport = "udp";
    made.user_agent = "snom370/8.7.5.35";
    made.call_id = call_id;
    const auto before = std::ranges::find(phones_, user, [](const auto& phone) { return phone->user; });
    const bool refreshed = before != phones_.end() && (*before)->call_id == call_id;
    if (before != phones_.end()) phones_.erase(before);
    phones_.emplace_back(std::move(made));
    if (watcher != nullptr) refreshed ? watcher->refreshed(phones_.back()) : watcher->registered(phones_.back());
    return *phones_.back();
  }
  void remove(const std::string& user, Watcher& watcher) {
    const auto found = std::ranges::find(phones_, user, [](const auto& phone) { return phone->user; });
    const RegistrationPointer gone = *found;
    phones_.erase(found);
    watcher.unregistered(gone, "removed");
  }

  [[nodiscard]] tl::expected<std::vector<RegistrationPointer>, std::string> find(const Query& query) const override {
    if (!means_any(query.profile) && query.profile != profile_) return tl::unexpected("not " + query.profile);
    std::vector<RegistrationPointer> found;
    for (const auto& phone : phones_) {
      const bool user = means_any(query.user) || query.user == phone->user;
      const bool domain = means_any(query.domain) || language::equal_ignoring_case(query.domain, domain_);
      if (user && domain) found.push_back(phone);
    }
    return found;
  }
  [[nodiscard]] std::optional<std::string> account(const Query& query) const override {
    if (query.user != "1000" && query.user != "1001") return std::nullopt;
    if (!means_any(query.domain) && query.domain != domain_) return std::nullopt;
    return query.user + "@" + domain_;
  }
  [[nodiscard]] std::vector<RegistrationPointer> all() const override { return phones_; }
  void ask_again(const Query&, std::function<void()> done) override {
    ++asked;
    if (holds) return held.push_back(std::move(done));
    executor_.post(std::move(done));
  }

  int asked = 0;
  bool holds = false;
  std::vector<std::function<void()>> held;

 private:
  std::string profile_;
  std::string domain_;
  runtime::Executor& executor_;
  std::vector<RegistrationPointer> phones_;
};

/// A composite of one source with phones and of one that never has any.
class CompositeRig final : public testing::SourceRig {
 public:
  explicit CompositeRig(Notes& notes) : notes_(notes) {
    composite_.add({"internal"}, internal_);
    composite_.add({}, empty_);
  }
  Source& source() override { return composite_; }
  std::string registers(const std::string& user, const std::string& call_id) override {
    return internal_.add(user, call_id, &notes_).contact;
  }
  void goes(const std::string& user) override { internal_.remove(user, notes_); }
  void in_turn(const std::function<void()>& work) override { work(); }
  void settle() override { queue_.run(); }

 private:
  Notes& notes_;
  Queue queue_;
  ListedByHand internal_{"internal", "example.com", queue_};
  ListedByHand empty_{"empty", "empty.example", queue_};
  CompositeSource composite_{queue_};
};

INSTANTIATE_TEST_SUITE_P(Composite, SourceContract,
                         ::testing::Values([](Notes& notes) { return std::make_unique<CompositeRig>(notes); }));

class TwoSources : public ::testing::Test {
 protected:
  TwoSources() {
    composite_.add({"internal"}, here_);
    composite_.add({"branch"}, branch_);
    here_.add("1001", "a");
    here_.add("1000", "b");
    branch_.add("1000", "c");
  }
  [[nodiscard]] static std::vector<std::string> call_ids(const std::vector<RegistrationPointer>& phones) {
    std::vector<std::string> ids;
    for (const auto& phone : phones) ids.push_back(phone->call_id);
    return ids;
  }
  using Ids = std::vector<std::string>;

  Queue queue_;
  ListedByHand here_{"internal", "example.com", queue_};
  ListedByHand branch_{"branch", "branch.example", queue_};
  CompositeSource composite_{queue_};
};

TEST_F(TwoSources, AreEachAskedForTheirOwnProfile) {
  EXPECT_EQ(call_ids(composite_.find({"branch", "", ""}).value()), Ids{"c"});
  EXPECT_EQ(call_ids(composite_.find({"internal", "", ""}).value()), (Ids{"a", "b"}));
}

TEST_F(TwoSources, AreBothAskedWhereNoProfileIsNamed) {
  EXPECT_EQ(call_ids(composite_.find({"", "1000", ""}).value()), (Ids{"b", "c"}));
  EXPECT_EQ(call_ids(composite_.find({"*", "1000", "branch.example"}).value()), Ids{"c"});
}

TEST_F(TwoSources, AnUnknownProfileIsToldWithThoseOfBoth) {
  EXPECT_EQ(composite_.find({"nowhere", "", ""}).error(),
            "profile 'nowhere' does not exist (there is: internal, branch)");
  EXPECT_EQ(composite_.find({"api+snom_command\t1000\tkey\tenter\tadmin\tsecret", "", ""}).error(),
            "profile 'api+snom_command ...' does not exist (there is: internal, branch)");
  EXPECT_EQ(composite_.find({"sip:1000:secret@example.com", "", ""}).error(),
            "profile 'sip:1000@example.com' does not exist (there is: internal, branch)");
}

TEST_F(TwoSources, ListsAreInOneOrder) {
  EXPECT_EQ(call_ids(composite_.all()), (Ids{"c", "b", "a"}));
  const std::vector<Directory::Query> names{
      {"branch", "1000", "branch.example"}, {"internal", "1000", "example.com"}, {"internal", "1001", "example.com"}};
  EXPECT_EQ(composite_.names(), names);
}

TEST_F(TwoSources, AnAccountOfBothIsNone) {
  EXPECT_EQ(composite_.account({"", "1000", ""}), std::nullopt) << "which of the two?";
  EXPECT_EQ(composite_.account({"branch", "1000", ""}), "1000@branch.example");
  EXPECT_EQ(composite_.account({"", "1000", "example.com"}), "1000@example.com");
}

TEST_F(TwoSources, WhoAsksAgainWaitsForTheLastOfThoseConcerned) {
  branch_.holds = true;
  int done = 0;
  composite_.ask_again({"internal", "", ""}, [&] { ++done; });
  queue_.run();
  EXPECT_EQ(done, 1) << "the other one is not asked";
  EXPECT_EQ(branch_.asked, 0);

  composite_.ask_again({"", "1000", ""}, [&] { ++done; });
  queue_.run();
  EXPECT_EQ(done, 1);
  ASSERT_EQ(branch_.held.size(), 1U);
  branch_.held[0]();
  EXPECT_EQ(done, 2);
}

}  // namespace
}  // namespace snom::registration
