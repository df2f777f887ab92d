#include "cluster/node_letter.h"

#include <gtest/gtest.h>

namespace snom::cluster {
namespace {

template <typename Letter>
Letter back(const Letter& letter) {
  const auto read = read_node_letter(write_node_letter(letter));
  EXPECT_TRUE(read);
  return read && std::holds_alternative<Letter>(*read) ? std::get<Letter>(*read) : Letter{};
}

TEST(NodeLetters, AreReadAsTheyWereWritten) {
  const auto delivery = back(AskDelivery{7, "1000@example.com", {{"2", 18446744073709551615U}, {"P1", 1}}});
  EXPECT_EQ(delivery.id, 7U);
  EXPECT_EQ(delivery.address_of_record, "1000@example.com");
  ASSERT_EQ(delivery.revisions.size(), 2U);
  EXPECT_EQ(delivery.revisions[0].key, "2");
  EXPECT_EQ(delivery.revisions[0].revision, 18446744073709551615U);

  const auto command = back(AskCommand{8, "1000@example.com", "snom_command 1000 key enter", {"admin", "se\"cret"}});
  EXPECT_EQ(command.line, "snom_command 1000 key enter");
  EXPECT_EQ(command.credentials.password, "se\"cret");

  control::ContactOutcome silent;
  silent.contact = "sip:1000@192.0.2.7";
  silent.reason = "no answer";
  control::ContactOutcome taken;
  taken.status = 200;
  taken.channel = control::Channel::notify;
  taken.lost = "label";
  taken.unconfirmed = true;
  const auto answer = back(NodeAnswer{9, {silent, taken}, {}});
  ASSERT_EQ(answer.contacts.size(), 2U);
  EXPECT_EQ(answer.contacts[0].contact, silent.contact);
  EXPECT_FALSE(answer.contacts[0].channel);
  EXPECT_EQ(answer.contacts[1].status, 200);
  EXPECT_EQ(answer.contacts[1].channel, control::Channel::notify);
  EXPECT_EQ(answer.contacts[1].lost, "label");
  EXPECT_TRUE(answer.contacts[1].unconfirmed);

  const auto text = back(NodeText{"1000@example.com", "Tür\n\xff"});
  EXPECT_EQ(text.text, "Tür\n\xEF\xBF\xBD") << "what is no UTF-8 is mended";
}

TEST(NodeLetters, WhatIsNoneIsPassedOver) {
  for (
      const auto* text :
      {"", "null", "[]", "{}", R"({"do":"deliver"})", R"({"do":"deliver","id":1,"phone":"a@b"})",
       R"({"do":"deliver","id":1,"phone":"a@b","keys":[["2"]]})",
       R"({"do":"deliver","id":1,"phone":"a@b","keys":[["2",-1]]})", R"({"do":"deliver","id":1,"phone":7,"keys":[]})",
       R"({"do":"deliver","id":"1","phone":"a@b","keys":[]})",
       R"({"do":"command","id":1,"phone":"a@b","line":"x","username":"u"})", R"({"do":"answer","id":1,"contacts":[]})",
       R"({"do":"answer","id":1,"contacts":[{"contact":"a","status":1000,"reason":"","lost":"","unconfirmed":false}],"error":""})",
       R"({"do":"answer","id":1,"contacts":[7],"error":""})", R"({"do":"tell","phone":"a@b"})",
       R"({"do":"something else","phone":"a@b"})"}) {
    EXPECT_FALSE(read_node_letter(text)) << text;
  }
  const auto tell = [](std::size_t levels) {
    return R"({"do":"tell","phone":"a@b","text":"x","more":)" + std::string(levels, '[') + std::string(levels, ']') +
           "}";
  };
  EXPECT_TRUE(read_node_letter(tell(15)));
  EXPECT_FALSE(read_node_letter(tell(16))) << "nested more than 16 deep";
}

}  // namespace
}  // namespace snom::cluster
