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
  std::function<void()> before_done;    ///< not empty: what is told before a save is
  std::function<void()> before_judged;  ///< not empty: what happens just before
  bool has_unreadable = false;          ///< and judges by it, but cannot show it
  void save(Change change, std::function<void(Result)> done) override {
    changes.push_back(change);
    if (before_done) control_.post(before_done);
    if (!failing.empty()) {
      control_.post([done = std::move(done), why = failing] { done(tl::unexpected(why)); });
      return;
    }
    if (before_judged) before_judged();
    if (change.judged_by && (has_unreadable || !change.judged_by->holds(kept()))) {
      control_.post([done = std::move(done), now = kept()] { done(tl::unexpected(NotKept("overtaken", now))); });
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
  void forget(const std::string& key) {
    kept_.erase(key);
    news.push_back({++number_, aor, key, std::nullopt});
  }
  [[nodiscard]] std::vector<WantedButton> kept() const {
    std::vector<WantedButton> all;
    for (const auto& [key, wanted] : kept_) all.push_back(wanted);
    return all;
  }

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
  std::vector<std::string> learned;
  std::vector<std::string> said;  ///< what became of changes with a condition

  Node() {
    keys.emplace(store, clock, clock, nullptr,
                 [this](const std::string& address_of_record) { learned.push_back(address_of_record); });
  }
  using Condition = WantedKeys::Condition;
  void begin_set_if(const Condition& condition, const std::string& label, const std::string& key = "2") {
    auto made = button(label);
    made.key = key;
    (*keys).change(
        aor, [made](const WantedKeys::View&) { return std::vector<WantedKeys::Proposal>{{made}}; }, "test",
        [this, label](tl::expected<std::vector<WantedKeys::Revision>, std::string> result) {
          said.push_back(label + ": " + (!result ? result.error() : result->empty() ? "no" : "yes"));
        },
        condition);
  }
  void set_if(const Condition& condition, const std::string& label) {
    begin_set_if(condition, label);
    clock.run_posted();
  }
  /// That the key has this revision.
  static Condition has(std::uint64_t revision) {
    return [revision](const WantedKeys::View& now) {
      const auto* wanted = now.find("2");
      return (wanted == nullptr || wanted->cleared ? 0 : wanted->revision) == revision;
    };
  }
  /// That the phone has so many keys.
  static Condition has_keys(std::size_t count) {
    return [count](const WantedKeys::View& now) { return now.keys().size() == count; };
  }
  [[nodiscard]] std::uint64_t revision() const { return (*keys).wanted(aor, "2")->revision; }
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

using Said = std::vector<std::string>;

TEST(SharedKeys, AChangeThatWasJudgedByWhatIsNotSoAnyMoreIsJudgedByWhatTheStoreHas) {
  Node node;
  node.set("A");
  node.tell();
  const auto before = node.revision();
  node.another_sets("B");
  node.set_if(Node::has(before), "C");
  EXPECT_EQ(node.said, Said{"C: no"});
  EXPECT_EQ(node.store.label(), "B");
  EXPECT_EQ(node.label(), "B") << "it is known without any word of the others";
  EXPECT_EQ(node.learned, Said{aor}) << "and its phone has to be told";
  node.set_if(Node::has(node.revision()), "D");
  EXPECT_EQ(node.said.back(), "D: yes");
  EXPECT_EQ(node.store.label(), "D");
  EXPECT_EQ(node.learned.size(), 1U);
  node.tell();
  EXPECT_EQ(node.label(), "D");
}

TEST(SharedKeys, AConditionThatIsMetByWhatOthersSetIsNotRefusedByWhoHasNotHeardOfIt) {
  Node node;
  node.set("A");
  node.tell();
  node.another_sets("B");
  node.set_if(Node::has(node.store.kept().at(0).revision), "C");
  EXPECT_EQ(node.said, Said{"C: yes"});
  EXPECT_EQ(node.store.label(), "C");
  EXPECT_EQ(node.label(), "C");
}

TEST(SharedKeys, AKeyThatOthersHaveForgottenIsNotThere) {
  for (const bool is_expected : {true, false}) {
    Node node;
    node.set("A");
    node.tell();
    const auto before = node.revision();
    node.store.forget("2");
    node.set_if(Node::has(is_expected ? 0 : before), "C");
    EXPECT_EQ(node.said, Said{is_expected ? "C: yes" : "C: no"});
    EXPECT_EQ(node.label(), is_expected ? "C" : "(none)");
    EXPECT_EQ(node.store.label(), is_expected ? "C" : "(none)");
    node.tell();
    EXPECT_EQ(node.label(), is_expected ? "C" : "(none)");
  }
}

TEST(SharedKeys, AConditionOnAllKeysSeesThoseThatOthersHaveAdded) {
  Node node;
  node.set("A");
  node.tell();
  WantedButton other;
  other.address_of_record = aor;
  other.button = button("new");
  other.button.key = "3";
  node.store.keep(other);
  node.set_if(Node::has_keys(1), "B");
  EXPECT_EQ(node.said, Said{"B: no"});
  EXPECT_EQ((*node.keys).wanted(aor).size(), 2U);
  node.set_if(Node::has_keys(2), "C");
  EXPECT_EQ(node.said.back(), "C: yes");
}

TEST(SharedKeys, WhatWasToBeWrittenTogetherWithAnOvertakenOneIsWrittenOverWhatIsThere) {
  Node node;
  node.set("A");
  node.tell();
  const auto before = node.revision();
  node.another_sets("B");
  std::vector<std::string> seen;
  const auto append = [&node, &seen](const std::string& more) {
    (*node.keys)
        .change(
            aor,
            [&seen, more](const WantedKeys::View& now) {
              seen.push_back(now.find("2")->button.label);
              return std::vector<WantedKeys::Proposal>{{button(seen.back() + more)}};
            },
            "test", [&node](const auto& result) { node.said.push_back(result ? "appended" : result.error()); });
  };
  (*node.keys).together([&] {
    node.begin_set_if(Node::has(before), "C");
    append("+D");
  });
  append("+E");
  node.clock.run_posted();
  EXPECT_EQ(node.said, (Said{"C: no", "appended", "appended"}));
  EXPECT_EQ(node.store.label(), "B+D+E");
  EXPECT_EQ(node.label(), "B+D+E");
  EXPECT_EQ(seen.front(), "C") << "at first it seemed to be so";
}

TEST(SharedKeys, WhatIsWrittenTogetherIsAllOrNothing) {
  Node node;
  node.set("A");
  node.tell();
  const auto before = node.revision();
  const auto both = [&](const Node::Condition& condition, const std::string& label) {
    bool may = false;
    (*node.keys).together([&] {
      node.begin_set_if([&](const WantedKeys::View& now) { return may = condition(now); }, label, "2");
      node.begin_set_if([&](const WantedKeys::View&) { return may; }, label, "3");
    });
    node.clock.run_posted();
  };
  node.another_sets("B");
  const auto saves = node.store.changes.size();
  both(Node::has(before), "C");
  EXPECT_EQ(node.said, (Said{"C: no", "C: no"}));
  EXPECT_EQ(node.store.kept().size(), 1U);
  EXPECT_EQ(node.store.changes.size() - saves, 2U);
  both(Node::has(node.revision()), "D");
  EXPECT_EQ(node.said.back(), "D: yes");
  EXPECT_EQ(node.store.kept().size(), 2U);
  EXPECT_EQ(node.store.changes.back().put.size(), 2U);
}

TEST(SharedKeys, AConditionIsNotJudgedByTheStoreForWhatAChangeBeforeItMakesOfAKey) {
  Node node;
  node.another_sets("B");
  (*node.keys).together([&] {
    node.begin_set_if(nullptr, "C");
    node.begin_set_if([](const WantedKeys::View& now) { return now.find("2")->button.label == "C"; }, "D");
  });
  node.clock.run_posted();
  EXPECT_EQ(node.said, (Said{"C: yes", "D: yes"}));
  EXPECT_EQ(node.store.changes.back().judged_by, nullptr);
  EXPECT_EQ(node.label(), "D");
}

TEST(SharedKeys, WhoIsOvertakenEachTimeGivesUpAndOthersDoNotWaitForHim) {
  Node node;
  int others = 0;
  node.store.before_judged = [&] {
    if (node.store.changes.back().judged_by) node.another_sets("other " + std::to_string(++others));
  };
  (*node.keys).together([&] {
    node.begin_set_if([](const WantedKeys::View& now) { return now.find("2") == nullptr || true; }, "C");
    node.begin_set_if(nullptr, "D", "3");
  });
  node.clock.run_posted();
  EXPECT_EQ(others, WantedKeys::most_tries);
  EXPECT_EQ(node.said, (Said{"C: others change it all the time, at other nodes: try again", "D: yes"}));
  EXPECT_EQ(node.label(), "other 5");
  EXPECT_EQ((*node.keys).wanted(aor, "3")->button.label, "D");
}

TEST(SharedKeys, WhatTheStoreJudgesByAKeyThatCannotBeReadIsNotSaidToBeOthersDoing) {
  Node node;
  node.store.has_unreadable = true;
  node.begin_set_if(Node::has_keys(0), "C");
  node.begin_set_if(nullptr, "D", "3");
  node.clock.run_posted();
  EXPECT_EQ(node.said,
            (Said{"C: the store has a key of this phone that this version cannot read: the log says which", "D: yes"}));
  EXPECT_EQ(node.label(), "(none)");
  EXPECT_EQ((*node.keys).wanted(aor, "3")->button.label, "D");
}

TEST(SharedKeys, OneWithoutAConditionIsNotHeldUpByThoseThatComeBesideIt) {
  Node node;
  node.store.has_unreadable = true;
  int others = 50;
  node.store.before_judged = [&] {
    if (node.store.changes.back().judged_by && others-- > 0) node.begin_set_if(Node::has_keys(0), "C");
  };
  (*node.keys).together([&] {
    node.begin_set_if(Node::has_keys(0), "C");
    node.begin_set_if(nullptr, "D", "3");
  });
  node.clock.run_posted();
  ASSERT_EQ(node.said.size(), 52U);
  const auto found = std::ranges::find(node.said, "D: yes");
  EXPECT_LE(found - node.said.begin(), WantedKeys::most_tries);
}

TEST(SharedKeys, OneThatWasForgottenWhileTheStoreSaidWhatIsThereStaysForgotten) {
  Node node;
  node.another_sets("B");
  node.store.before_done = [&] {
    node.store.forget("2");
    (*node.keys).learn({node.store.number(), aor, "2", std::nullopt});
  };
  node.set_if(Node::has(99), "C");
  EXPECT_EQ(node.said, Said{"C: no"});
  EXPECT_EQ(node.label(), "(none)");
}

TEST(SharedKeys, WhatCouldNotBeKeptIsNoQuestionOfItsCondition) {
  Node node;
  node.store.failing = "away";
  node.set_if(Node::has(0), "C");
  EXPECT_EQ(node.said, Said{"C: away"});
  EXPECT_EQ(node.label(), "(none)");
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
