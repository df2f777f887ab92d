// Keys in a store that other programs change, too: what counts is what it has.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/fake_ports.h"
#include "control/keys/wanted_keys.h"

namespace snom::control {
namespace {

const std::string aor = "1000@example.com";

language::Button button(const std::string& label) {
  language::Button made;
  made.key = "2";
  made.light = language::Light::on;
  made.label = label;
  return made;
}

/// What several programs write to: numbers changes in the order in which it keeps them.
class SharedStore final : public ButtonStore {
 public:
  explicit SharedStore(runtime::Executor& control) : control_(control) {}
  std::string failing;          ///< not empty: nothing is kept
  std::vector<KeyNews> news;    ///< to be told to all
  std::vector<Change> changes;  ///< that were asked for

  [[nodiscard]] tl::expected<std::vector<WantedButton>, std::string> load() override {
    return std::vector<WantedButton>{};
  }
  [[nodiscard]] tl::expected<std::vector<KeptGroup>, std::string> load_groups() override {
    return std::vector<KeptGroup>{};
  }
  [[nodiscard]] bool is_shared() const override { return true; }
  std::function<void()> before_done;  ///< not empty: what is told before a save is
  void save(Change change, std::function<void(Result)> done) override {
    changes.push_back(change);
    if (before_done) control_.post(before_done);
    if (!failing.empty()) {
      control_.post([done = std::move(done), why = failing] { done(tl::unexpected(why)); });
      return;
    }
    for (auto& put : change.put) {
      const auto number = keep(put, change.only_over);
      if (change.revisions) change.revisions->push_back(number);
    }
    for (const auto& gone : change.forget) {
      const auto found = kept_.find(gone.key);
      if (found == kept_.end() || (change.only_over != 0 && found->second.revision != change.only_over)) continue;
      kept_.erase(found);
      news.push_back({++number_, gone.address_of_record, gone.key, std::nullopt});
    }
    control_.post([done = std::move(done)] { done({}); });
  }
  std::uint64_t keep(WantedButton put, std::uint64_t only_over = 0) {
    const auto found = kept_.find(put.button.key);
    if (only_over != 0 && (found == kept_.end() || found->second.revision != only_over)) return 0;
    put.revision = ++number_;
    const auto revision = put.revision;
    news.push_back({++number_, put.address_of_record, put.button.key, put});
    kept_.insert_or_assign(put.button.key, std::move(put));
    return revision;
  }
  [[nodiscard]] std::string label() const { return kept_.contains("2") ? kept_.at("2").button.label : "(none)"; }
  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  runtime::Executor& control_;
  std::map<std::string, WantedButton> kept_;
  std::uint64_t number_ = 100;
};

struct Node {
  testing::FakeClock clock;
  SharedStore store{clock};
  testing::Stepped<WantedKeys> keys{clock};
  std::vector<std::string> errors;
  std::vector<WantedKeys::Revision> revisions;

  Node() { keys.emplace(store, clock, clock, nullptr); }
  void set(const std::string& label) {
    keys->change(
        aor, [label](const WantedKeys::View&) { return std::vector<WantedKeys::Proposal>{{button(label)}}; }, "test",
        [this](tl::expected<std::vector<WantedKeys::Revision>, std::string> result) {
          if (!result) return errors.push_back(result.error());
          for (auto& revision : *result) revisions.push_back(std::move(revision));
        });
  }
  void another_sets(const std::string& label) {
    WantedButton wanted;
    wanted.address_of_record = aor;
    wanted.button = button(label);
    store.keep(std::move(wanted));
  }
  void tell() {
    for (auto& one : std::exchange(store.news, {})) (*keys).learn(std::move(one));
  }
  [[nodiscard]] std::string label() const {
    const auto* wanted = (*keys).wanted(aor, "2");
    return wanted == nullptr ? "(none)" : wanted->button.label;
  }
};

TEST(SharedKeys, HaveTheRevisionsOfTheStore) {
  Node node;
  node.set("A");
  ASSERT_EQ(node.revisions.size(), 1U);
  EXPECT_EQ(node.revisions[0].revision, 101U);
  EXPECT_EQ((*node.keys).wanted(aor, "2")->revision, 101U);
  node.tell();
  EXPECT_EQ(node.label(), "A");
}

TEST(SharedKeys, WhatAnotherSetsIsLearnedAndNotSavedAgain) {
  Node node;
  node.another_sets("B");
  EXPECT_EQ(node.label(), "(none)");
  node.tell();
  EXPECT_EQ(node.label(), "B");
  EXPECT_TRUE(node.store.changes.empty());
}

TEST(SharedKeys, OneThatAnotherForgotBeforeItsSavingWasToldStaysForgotten) {
  for (const bool all : {false, true}) {
    Node node;
    node.store.before_done = [&] {
      const auto number = node.store.number() + 1;
      if (all) {
        (void)(*node.keys).learn_all({}, number);
      } else {
        (*node.keys).learn({number, aor, "2", std::nullopt});
      }
    };
    node.set("A");
    EXPECT_EQ(node.revisions.size(), 1U);
    EXPECT_EQ(node.label(), "(none)") << (all ? "all" : "one");
    node.store.before_done = nullptr;
    node.set("B");
    EXPECT_EQ(node.label(), "B");
  }
}

TEST(SharedKeys, OneThatAnotherForgotBeforeItWasSavedIsThere) {
  Node node;
  node.store.before_done = [&] { (*node.keys).learn({100, aor, "2", std::nullopt}); };
  node.set("A");
  EXPECT_EQ(node.label(), "A");
}

TEST(SharedKeys, OfTwoTheOneThatWasKeptLastCountsWhateverIsToldFirst) {
  Node node;
  node.another_sets("before");
  const auto late = node.store.news;
  node.set("A");
  for (auto one : late) EXPECT_FALSE((*node.keys).learn(std::move(one))) << "it is older than our own";
  EXPECT_EQ(node.label(), "A");
  node.another_sets("after");
  node.tell();
  EXPECT_EQ(node.label(), "after");
}

TEST(SharedKeys, OurOwnIsNotTakenBackWhenSomethingNewerWasToldBeforeItsAnswer) {
  Node node;
  (*node.keys)
      .change(
          aor, [](const WantedKeys::View&) { return std::vector<WantedKeys::Proposal>{{button("A")}}; }, "test",
          [](const auto&) {});
  node.another_sets("B");
  node.tell();
  EXPECT_EQ(node.label(), "B");
  node.clock.run_posted();
  EXPECT_EQ(node.label(), "B");
}

TEST(SharedKeys, RefusedOneIsRolledBackOnlyIfNobodyHasSetAnother) {
  Node node;
  node.set("good");
  node.tell();
  node.set("refused");
  node.tell();
  const auto refused = node.revisions.back();
  node.another_sets("other");
  node.keys->roll_back(aor, refused);
  EXPECT_EQ(node.store.label(), "other");
  node.tell();
  EXPECT_EQ(node.label(), "other");
}

TEST(SharedKeys, RolledBackIsWhatWasBeforeOnceTheStoreSaysSo) {
  Node node;
  node.set("good");
  node.set("refused");
  node.tell();
  node.keys->roll_back(aor, node.revisions.back());
  EXPECT_EQ(node.store.label(), "good");
  EXPECT_EQ(node.label(), "refused");
  node.tell();
  EXPECT_EQ(node.label(), "good");
  node.set("A");
  node.tell();
  EXPECT_EQ(node.label(), "A");
}

TEST(SharedKeys, ClearedOneIsForgottenOnceShownUnlessItWasSetAnew) {
  for (const bool is_set_anew : {false, true}) {
    Node node;
    node.set("A");
    node.keys->change(
        aor,
        [](const WantedKeys::View&) {
          return std::vector<WantedKeys::Proposal>{{button("A"), true}};
        },
        "test", [&node](const auto& result) { node.revisions.push_back(result->front()); });
    node.tell();
    if (is_set_anew) node.another_sets("B");
    node.keys->shown(aor, node.revisions.back());
    node.tell();
    EXPECT_EQ(node.label(), is_set_anew ? "B" : "(none)");
    EXPECT_EQ(node.store.label(), is_set_anew ? "B" : "(none)");
  }
}

TEST(SharedKeys, WhatTheStoreCouldNotKeepIsLeftToIt) {
  Node node;
  node.store.failing = "away";
  node.set("A");
  EXPECT_EQ(node.errors, std::vector<std::string>{"away"});
  node.store.failing.clear();
  node.another_sets("B");
  node.clock.pass(std::chrono::seconds(10));
  EXPECT_EQ(node.store.label(), "B") << "nothing old is written over it";
}

TEST(SharedKeys, WhatIsTiedToARevisionIsTriedAgain) {
  Node node;
  node.set("good");
  node.set("refused");
  node.tell();
  node.store.failing = "away";
  node.keys->roll_back(aor, node.revisions.back());
  EXPECT_EQ(node.store.label(), "refused");
  node.store.failing.clear();
  node.clock.pass(std::chrono::seconds(3));
  EXPECT_EQ(node.store.label(), "good");
}

TEST(SharedKeys, AllOfThemAreLearnedAndTheRestIsForgotten) {
  Node node;
  node.set("A");
  node.tell();
  WantedButton other;
  other.address_of_record = "1001@example.com";
  other.button = button("C");
  other.revision = node.store.number() + 1;
  const auto changed = (*node.keys).learn_all({{0, other.address_of_record, "2", other}}, node.store.number() + 2);
  EXPECT_EQ(changed, (std::vector<std::string>{"1000@example.com", "1001@example.com"}));
  EXPECT_EQ(node.label(), "(none)");
  EXPECT_EQ((*node.keys).wanted(other.address_of_record, "2")->button.label, "C");
  node.set("newer");
  EXPECT_TRUE((*node.keys).learn_all({{0, other.address_of_record, "2", other}}, 50).empty())
      << "what was set since is not among it";
  EXPECT_EQ(node.label(), "newer");
}

}  // namespace
}  // namespace snom::control
