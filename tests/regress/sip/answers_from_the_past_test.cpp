#include <gtest/gtest.h>

#include "sip/server_fixture.h"

// An answered request was known again by its branch, CSeq, Call-ID and From tag alone: repeated with another To it got
// another user's contacts, and with another Request-URI the way to another callee, both without a password.
namespace snom::sip::test {
namespace {

std::string with(std::string request, const std::string& what, const std::string& instead) {
  const auto at = request.find(what);
  if (at == std::string::npos) throw std::runtime_error("'" + what + "' is not in the request");
  return request.replace(at, what.size(), instead);
}

class AnswersFromThePast : public ServerTest, public ::testing::WithParamInterface<Way> {
 protected:
  AnswersFromThePast() { EXPECT_EQ(other_.register_contact().status(), 200); }

  TextPhone phone_{address(GetParam().first, GetParam().second), "1000", "1234"};
  TextPhone other_{address(GetParam().first, GetParam().second), "1001", "5678"};
};
INSTANTIATE_TEST_SUITE_P(Regress, AnswersFromThePast, ::testing::ValuesIn(all_ways()), way_name);

TEST_P(AnswersFromThePast, ARegisterForAnotherUserIsChallenged) {
  ASSERT_EQ(phone_.register_with("").status(), 200);
  const auto answer = phone_.ask(with(phone_.last_request(), "To: <sip:1000@", "To: <sip:1001@"));
  EXPECT_EQ(answer.status(), 401);
  EXPECT_TRUE(answer.headers("Contact").empty()) << answer.text();
}

TEST_P(AnswersFromThePast, AnInviteOfAnotherCalleeIsChallenged) {
  ASSERT_EQ(phone_.ask_with_password("INVITE", "sip:4711@example.com", "sip:4711@example.com").status(), 404);
  const auto answer = phone_.ask(with(phone_.last_request(), "INVITE sip:4711@", "INVITE sip:1001@"));
  EXPECT_EQ(answer.status(), 401);
  EXPECT_TRUE(answer.headers("Contact").empty()) << answer.text();
}

TEST_P(AnswersFromThePast, NothingThatDiffersAnywhereIsARepetition) {
  const std::string contact = "Contact: <" + phone_.contact() + ">\r\n";
  ASSERT_EQ(phone_.register_with(contact).status(), 200);
  const std::string answered = phone_.last_request();
  const std::string authorization = answered.substr(answered.find("Authorization:"));
  // Without credentials, with another Contact, from another name, with one header more.
  EXPECT_EQ(phone_.ask(with(answered, authorization.substr(0, authorization.find("\r\n") + 2), "")).status(), 401);
  EXPECT_EQ(phone_.ask(with(answered, contact, "Contact: <sip:thief@192.0.2.66>\r\n")).status(), 401);
  EXPECT_EQ(phone_.ask(with(answered, "From: <sip:1000@", "From: <sip:1001@")).status(), 401);
  EXPECT_EQ(phone_.ask(with(answered, contact, contact + "Expires: 0\r\n")).status(), 401);
  EXPECT_EQ(phone_.ask(answered).status(), 200);
  EXPECT_EQ(registrations().size(), 2u);

  const std::string target = "sip:api+open@example.com";
  ASSERT_EQ(phone_.ask_with_password("MESSAGE", target, target, "", "k=2").status(), 202);
  EXPECT_EQ(phone_.ask(with(phone_.last_request(), "\r\n\r\nk=2", "\r\n\r\nk=3")).status(), 401);
  EXPECT_EQ(presses().size(), 1u);
}

TEST_P(AnswersFromThePast, ACancelIsForOneRequestUri) {
  ASSERT_EQ(phone_.ask_with_password("INVITE", "sip:1001@example.com", "sip:1001@example.com").status(), 302);
  const std::string cancel = with(with(phone_.last_request(), "INVITE", "CANCEL"), " INVITE\r\n", " CANCEL\r\n");
  EXPECT_EQ(phone_.ask(with(cancel, "CANCEL sip:1001@", "CANCEL sip:1000@")).status(), 481);
  EXPECT_EQ(phone_.ask(cancel).status(), 200);
}

}  // namespace
}  // namespace snom::sip::test
