#include "registration/source_contract.h"

#include <chrono>

namespace snom::registration::testing {

using Lines = std::vector<std::string>;

std::vector<RegistrationPointer> SourceContract::find(const Directory::Query& query) {
  bool asked = false;
  rig_->source().ask_again(query, [&asked] { asked = true; });
  rig_->settle();
  std::vector<RegistrationPointer> found;
  rig_->in_turn([&] {
    EXPECT_TRUE(asked);
    auto answer = rig_->source().find(query);
    ASSERT_TRUE(answer) << answer.error();
    found = std::move(*answer);
  });
  return found;
}

Lines SourceContract::told() {
  rig_->settle();
  Lines lines;
  rig_->in_turn([&] { lines = notes_.lines; });
  return lines;
}

TEST_P(SourceContract, WhoIsNotRegisteredIsNotFoundAndThatIsNoError) {
  EXPECT_TRUE(find({"internal", "1000", "example.com"}).empty());
  EXPECT_TRUE(find({}).empty());
  EXPECT_TRUE(told().empty());
}

TEST_P(SourceContract, WhoRegistersIsToldAndFoundWithAllThatCommandsNeed) {
  const auto contact = rig_->registers("1000", "a");
  EXPECT_EQ(told(), Lines{line("registered", "1000", "a")});
  const auto found = find({"internal", "1000", "example.com"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]->address_of_record(), "1000@example.com");
  EXPECT_EQ(found[0]->profile, "internal");
  EXPECT_EQ(found[0]->contact, contact);
  EXPECT_EQ(found[0]->call_id, rig_->told_call_id("a"));
  EXPECT_EQ(found[0]->network_host, "127.0.0.1");
  EXPECT_NE(found[0]->network_port, 0);
  EXPECT_EQ(found[0]->transport, "udp");
  EXPECT_EQ(found[0]->user_agent, "snom370/8.7.5.35");
  EXPECT_EQ(found[0]->direct, rig_->is_direct());
}

TEST_P(SourceContract, WhatIsToldFoundAndListedIsOneCopy) {
  rig_->registers("1000", "a");
  rig_->registers("1000", "a");
  rig_->settle();
  const auto found = find({"", "1000", ""});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], find({"internal", "1000", "example.com"}).at(0));
  rig_->in_turn([&] {
    EXPECT_EQ(notes_.newest, found[0]) << "the refreshed one has taken the place of the first";
    EXPECT_EQ(rig_->source().all().at(0), found[0]);
  });
}

TEST_P(SourceContract, ARefreshIsToldWithTheCallIdThatIsKnown) {
  rig_->registers("1000", "a");
  rig_->registers("1000", "a");
  const auto lines = told();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[1] == line("refreshed", "1000", "a") || lines[1] == line("registered", "1000", "a")) << lines[1];
  EXPECT_EQ(find({"", "1000", ""}).size(), 1U);
}

TEST_P(SourceContract, OneThatStartedAgainIsToldRegisteredUnderItsNewCallId) {
  rig_->registers("1000", "a");
  rig_->registers("1000", "b");
  const auto lines = told();
  EXPECT_EQ(lines.front(), line("registered", "1000", "a"));
  if (rig_->restart_is_an_end()) {
    EXPECT_EQ(lines.at(1), line("gone", "1000", "a"));
  }
  EXPECT_EQ(lines.back(), line("registered", "1000", "b"));
  EXPECT_EQ(lines.size(), rig_->restart_is_an_end() ? 3U : 2U);
  EXPECT_NE(rig_->told_call_id("a"), rig_->told_call_id("b"));
  const auto found = find({"", "1000", ""});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]->call_id, rig_->told_call_id("b"));
}

TEST_P(SourceContract, WhoGoesIsToldAndNotFoundAnyMore) {
  rig_->registers("1000", "a");
  rig_->registers("1001", "c");
  rig_->goes("1000");
  EXPECT_EQ(told(),
            (Lines{line("registered", "1000", "a"), line("registered", "1001", "c"), line("gone", "1000", "a")}));
  EXPECT_TRUE(find({"", "1000", ""}).empty());
  rig_->in_turn([&] { EXPECT_EQ(rig_->source().all().size(), 1U); });
}

TEST_P(SourceContract, AQueryNarrowsByProfileUserAndDomain) {
  rig_->registers("1000", "a");
  rig_->registers("1001", "c");
  EXPECT_EQ(find({}).size(), 2U);
  EXPECT_EQ(find({"*", "*", "*"}).size(), 2U);
  EXPECT_EQ(find({"internal", "*", "example.com"}).size(), 2U);
  EXPECT_EQ(find({"", "1001", ""}).size(), 1U);
  EXPECT_EQ(find({"", "1001", "EXAMPLE.com"}).size(), 1U);
  EXPECT_TRUE(find({"", "1001", "elsewhere.example"}).empty());
}

TEST_P(SourceContract, AnUnknownProfileIsAnErrorThatNamesThoseThereAre) {
  bool asked = false;
  rig_->source().ask_again({"nowhere", "1000", ""}, [&asked] { asked = true; });
  rig_->settle();
  rig_->in_turn([&] {
    EXPECT_TRUE(asked);
    const auto found = rig_->source().find({"nowhere", "1000", ""});
    ASSERT_FALSE(found);
    EXPECT_NE(found.error().find("'nowhere'"), std::string::npos) << found.error();
    EXPECT_NE(found.error().find("internal"), std::string::npos) << found.error();
  });
}

TEST_P(SourceContract, WhoAsksAgainIsAnsweredLaterAndNotFromWithinTheCall) {
  bool asked = false;
  rig_->in_turn([&] {
    rig_->source().ask_again({"", "1000", ""}, [&asked] { asked = true; });
    EXPECT_FALSE(asked);
  });
  rig_->settle();
  rig_->in_turn([&] { EXPECT_TRUE(asked); });
}

TEST_P(SourceContract, AnAddressOfRecordIsKnownWithoutAPhone) {
  rig_->in_turn([&] {
    EXPECT_EQ(rig_->source().account({"", "1000", "example.com"}), "1000@example.com");
    EXPECT_EQ(rig_->source().account({"", "*", "example.com"}), std::nullopt);
  });
}

}  // namespace snom::registration::testing
