#include "snomctl/diagnosis.h"

#include <gtest/gtest.h>

namespace snom::snomctl {
namespace {

using nlohmann::json;
using How = Finding::How;

json status(const char* text) { return json::parse(text); }

TEST(Diagnosis, ListeningOnLoopbackOnlyIsSomethingToLookAt) {
  auto finding = diagnose_listeners(status(R"({"listening": [
      {"profile": "internal", "transport": "udp", "address": "127.0.0.1:5060"},
      {"profile": null, "transport": "http", "address": "192.0.2.1:8080"}]})"));
  EXPECT_EQ(finding.how, How::look);
  EXPECT_EQ(finding.what, "snomd listens for phones on this machine only: udp:127.0.0.1:5060");
  EXPECT_NE(finding.advice.find("snomd.toml"), std::string::npos);
  finding = diagnose_listeners(status(R"({"listening": [
      {"profile": "internal", "transport": "tcp", "address": "[::1]:5060"},
      {"profile": "internal", "transport": "udp", "address": "192.0.2.1:5060"}]})"));
  EXPECT_EQ(finding, (Finding{How::right, "snomd listens for phones at tcp:[::1]:5060, udp:192.0.2.1:5060", ""}));
  EXPECT_EQ(diagnose_listeners(json::object()).how, How::look);
}

TEST(Diagnosis, WhereSettingsAreServedNoPhoneRegisters) {
  const auto finding = diagnose_listeners(status(R"({"listening": [
      {"profile": "internal", "transport": "udp", "address": "127.0.0.1:5060"},
      {"profile": null, "transport": "provisioning", "address": "https://192.0.2.1:8082"}]})"));
  EXPECT_EQ(finding.how, How::look);
  EXPECT_EQ(finding.what, "snomd listens for phones on this machine only: udp:127.0.0.1:5060");
}

TEST(Diagnosis, WhoAnswersAndDoesNotSayHowItIsNeedsATokenOrIsAnother) {
  EXPECT_NE(diagnose_failure(0, "cannot reach snomd").advice.find("systemctl status snomd"), std::string::npos);
  for (const long refused : {401, 403}) {
    const auto finding = diagnose_failure(refused, "x answered");
    EXPECT_EQ(finding.what, "x answered");
    EXPECT_EQ(finding.how, How::wrong);
    EXPECT_NE(finding.advice.find("--token-file"), std::string::npos);
    EXPECT_EQ(finding.advice.find("systemctl"), std::string::npos);
  }
  EXPECT_NE(diagnose_failure(404, "x answered 404").advice.find("another program"), std::string::npos);
  EXPECT_NE(diagnose_failure(0, "what answers at x is not snomd: why").advice.find("another program"),
            std::string::npos);
}

TEST(Diagnosis, NoRegistrationIsAReasonAndSaysWhatBelongsOnThePhonesPage) {
  EXPECT_EQ(diagnose_registrations({{"registered", 2}}), (Finding{How::right, "phones registered: 2", ""}));
  const auto finding = diagnose_registrations({{"registered", 0}});
  EXPECT_EQ(finding.how, How::wrong);
  EXPECT_NE(finding.advice.find("Identity 1"), std::string::npos);
  EXPECT_NE(finding.advice.find("firewall"), std::string::npos);
}

TEST(Diagnosis, RefusalsAreOneFindingForEachReasonWithTheLatest) {
  const auto findings = diagnose_refusals(status(R"({"refused": [
      {"time": "T3", "method": "REGISTER", "from": "192.0.2.7:5060", "user": "1000", "why": "wrong password"},
      {"time": "T2", "method": "REGISTER", "from": "192.0.2.8:5060", "user": "4711", "why": "no such user"},
      {"time": "T1", "method": "REGISTER", "from": "192.0.2.9:5060", "user": "1001", "why": "wrong password"}]})"));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].what,
            "refused lately, wrong password: 2 times; last REGISTER from 192.0.2.7:5060 at T3, user '1000'");
  EXPECT_NE(findings[0].advice.find("password on the phone's page"), std::string::npos);
  EXPECT_EQ(findings[1].how, How::wrong);
  EXPECT_NE(findings[1].advice.find("no [[user]] has that name"), std::string::npos);
  EXPECT_EQ(diagnose_refusals({{"refused", json::array()}})[0].how, How::right);
}

TEST(Diagnosis, ARemedyIsNamedForEveryReasonForWhichSnomdRefusesAUser) {
  for (const char* why : {"wrong password", "no such user", "no such domain", "credentials of another user",
                          "credentials for another request", "credentials for another realm",
                          "not from a trusted proxy", "nobody registers here", "403 Too Many Contacts"}) {
    const auto findings = diagnose_refusals({{"refused", {{{"why", why}}}}});
    EXPECT_EQ(findings[0].advice.find("docs/"), std::string::npos) << why;
  }
  EXPECT_NE(diagnose_refusals({{"refused", {{{"why", "else"}}}}})[0].advice.find("docs/snomd.md"), std::string::npos);
}

TEST(Diagnosis, PhonesThatAreNotAsWantedAreCountedByStateAndAFewNamed) {
  const auto findings =
      diagnose_phones(status(R"({"states": {"silent": 4, "refused": 1, "pending": 0, "ok": 3, "away": 0},
      "phones": [{"state": "silent", "address_of_record": "1@h"}, {"state": "silent", "address_of_record": "2@h"},
                 {"state": "silent", "address_of_record": "3@h"}, {"state": "silent", "address_of_record": "4@h"},
                 {"state": "refused", "address_of_record": "5@h"}]})"));
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].what, "phones that do not answer when their keys are sent: 4 (1@h, 2@h, 3@h)");
  EXPECT_EQ(findings[1].what, "phones that refused keys: 1 (5@h)");
  EXPECT_EQ(diagnose_phones({{"states", {{"ok", 1}}}})[0].what, "all phones have confirmed their keys");
  EXPECT_TRUE(diagnose_phones({{"states", {{"ok", 0}}}}).empty());
}

TEST(Diagnosis, WhatIsNoAnswerOfSnomdSaysNothingAndBreaksNothing) {
  for (const auto& foreign :
       {json(nullptr), json(5), json::array({1}), json{{"states", 1}, {"refused", 2}, {"listening", {3}}}}) {
    EXPECT_TRUE(diagnose_phones(foreign).empty());
    EXPECT_EQ(diagnose_refusals(foreign)[0].how, How::right);
    EXPECT_EQ(diagnose_listeners(foreign).how, How::look);
    EXPECT_EQ(diagnose_store(foreign).how, How::look);
  }
}

TEST(Diagnosis, AStoreThatIsAwayIsWrong) {
  const json well{{"store", "postgresql://db/snomd"}, {"store_away", nullptr}};
  EXPECT_EQ(diagnose_store(well).how, How::right);
  const auto away = diagnose_store({{"store", "postgresql://db/snomd"}, {"store_away", "db: refused"}});
  EXPECT_EQ(away.how, How::wrong);
  EXPECT_EQ(away.what, "no key can be changed: db: refused");
}

TEST(Diagnosis, IsShownWithAMarkAndWhatToDoBelowIt) {
  EXPECT_EQ(show({How::right, "a", ""}), "ok    a\n");
  EXPECT_EQ(show({How::look, "b", "do it"}), "look  b\n      -> do it\n");
  EXPECT_EQ(show({How::wrong, "c\x1b[2J", ""}), "WRONG c\\x1b[2J\n");
}

}  // namespace
}  // namespace snom::snomctl
