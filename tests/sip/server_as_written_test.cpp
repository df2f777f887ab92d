#include <gtest/gtest.h>

#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using Strings = std::vector<std::string>;

/// What of URIs the server gives back, and to whom it sends behind a proxy (RFC 3327).
class AsWritten : public ServerTest, public ::testing::WithParamInterface<Way> {
 protected:
  AsWritten() : phone_(address(GetParam().first, GetParam().second), "1000", "1234") {}

  /// The MESSAGE that the phone's socket gets; it is answered 200.
  std::optional<SipText> message(control::OutgoingMessage sent) {
    auto future = start_sending(std::move(sent));
    auto received = phone_.peer().receive();
    if (!received) return received;
    phone_.peer().send(response_to(*received, 200, "OK"));
    EXPECT_EQ(future.get().status, 200);
    return received;
  }
  std::optional<SipText> message() { return message({registrations().at(0), "", "text/plain", "hello"}); }

  TextPhone phone_;
};
INSTANTIATE_TEST_SUITE_P(Server, AsWritten, ::testing::ValuesIn(all_ways()), way_name);

// Each of them would be written otherwise by a library that decodes what needs no escape.
constexpr const char* contact = "sip:%31000%3ax:p%77@10.0.0.5:5060;line=a%3Ab%2f;x=%7e?Subject=%41%3a";

TEST_P(AsWritten, AContactGoesBackByteForByte) {
  const auto listed =
      phone_.register_with("Contact: <" + std::string(contact) +
                           ">;expires=600, \"A, <b>\" <sip:second%3a@10.0.0.6>;expires=600;"
                           "+sip.instance=\"<urn:x:%3a>\"\r\nm: <sip:third%3a@10.0.0.7>;expires=600\r\n");
  EXPECT_EQ(listed.headers("Contact"), (Strings{"<" + std::string(contact) + ">;expires=600",
                                                "<sip:second%3a@10.0.0.6>;expires=600;+sip.instance=\"<urn:x:%3a>\"",
                                                "<sip:third%3a@10.0.0.7>;expires=600"}));
  EXPECT_EQ(registrations().at(0).contact, contact);

  TextPhone caller(address("udp"), "1001", "5678");
  EXPECT_EQ(caller.ask_with_password("INVITE", "sip:1000@example.com", "sip:1000@example.com").headers("Contact").at(0),
            "<" + std::string(contact) + ">");
}

TEST_P(AsWritten, ARequestGoesToTheContactByteForByte) {
  phone_.register_with("Contact: <" + std::string(contact) + ">\r\n");
  const auto received = message();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->first_line(), "MESSAGE " + std::string(contact) + " SIP/2.0");
  EXPECT_TRUE(received->headers("Route").empty());
}

TEST_P(AsWritten, AnEscapeThatIsNoneIsRefused) {
  for (const char* uri : {"sip:a%zz@10.0.0.5", "sip:a@10.0.0.5;x=%", "sip:a@10.0.0.5;x=%2"})
    EXPECT_EQ(phone_.register_with("Contact: <" + std::string(uri) + ">\r\n").status(), 400) << uri;
  EXPECT_EQ(phone_.register_with("Contact: <sip:a@10.0.0.5>\r\nPath: <sip:10.0.0.1;x=%2;lr>\r\n").status(), 400);
  EXPECT_TRUE(registrations().empty());
}

TEST_P(AsWritten, APressWhoseTargetIsNotEscapedIsTheSamePress) {
  const std::string target =
      "sip:T\xc3\xbcr%20\xc3\xb6"
      "ffnen@example.com";
  EXPECT_EQ(phone_.ask_with_password("MESSAGE", target, "sip:x@example.com").status(), 202);
  EXPECT_EQ(presses().at(0).target,
            "T\xc3\xbcr \xc3\xb6"
            "ffnen");
  EXPECT_EQ(phone_.ask_with_password("MESSAGE", "sip:\xff\xfe@example.com", "sip:x@example.com").status(), 202);
  EXPECT_EQ(presses().at(1).target, "\xff\xfe");
}

TEST_P(AsWritten, ATargetThatCannotBeReadIsAnswered) {
  for (const char* uri : {"sip:a%zz@example.com", "sip:@", "sip:a@example.com:port", "%", "sip:a@[::1"})
    EXPECT_EQ(phone_.ask(phone_.request("MESSAGE", uri, "sip:x@example.com")).first_line(),
              "SIP/2.0 400 Bad Request-URI")
        << uri;
  EXPECT_EQ(phone_.ask(phone_.request("MESSAGE", "unreadable:uri", "sip:x@example.com")).status(), 400);
  EXPECT_EQ(phone_.ask(phone_.request("OPTIONS", "tel:+4930", "sip:x@example.com")).status(), 416);
}

TEST_P(AsWritten, ABadEventIsToldWhatThereIs) {
  const auto answer =
      phone_.ask(phone_.request("SUBSCRIBE", "sip:1001@example.com", "sip:1001@example.com", "Event: conference\r\n"));
  EXPECT_EQ(answer.status(), 489);
  EXPECT_EQ(answer.header("Allow-Events"), "dialog, presence") << answer.text();
  const auto published =
      phone_.ask(phone_.request("PUBLISH", "sip:1001@example.com", "sip:1001@example.com", "Event: dialog\r\n"));
  EXPECT_EQ(published.status(), 489);
  EXPECT_NE(published.text().find("\r\nAllow-Events:"), std::string::npos) << published.text();
}

constexpr const char* path = "<sip:edge%3A@127.0.0.9:5080;lr;received=sip:192.0.2.7:5060%3btransport=udp>";
constexpr const char* inner_path = "<sip:inner.example;lr>;x=1";

TEST_P(AsWritten, BehindAProxyItIsSentThroughItsPath) {
  const std::string headers = "Contact: <" + std::string(contact) + ">\r\nPath: " + path + ", " + inner_path + "\r\n";
  const auto answer = phone_.register_with("Supported: path, gruu\r\n" + headers);
  ASSERT_EQ(answer.status(), 200) << answer.text();
  EXPECT_EQ(answer.headers("Path"), (Strings{path, inner_path}));
  EXPECT_FALSE(registrations().at(0).direct);
  // Its hosts are other machines, one with a name: the proxy that the REGISTER came from gets it.
  const auto received = message();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->first_line(), "MESSAGE " + std::string(contact) + " SIP/2.0");
  const Strings routes = received->headers("Route");
  ASSERT_EQ(routes.size(), 3u) << received->text();
  EXPECT_EQ(routes[0], path);
  EXPECT_EQ(routes[1], inner_path);
  EXPECT_EQ(routes[2], "<sip:%31000%3ax:p%77@10.0.0.5:5060;line=a%3Ab%2f;x=%7e;lr>");
  const auto notify = message({registrations().at(0), "", "text/plain", "hello", "xml"});
  ASSERT_TRUE(notify);
  EXPECT_EQ(notify->headers("Route"), routes);
  EXPECT_TRUE(notify->header("Contact").starts_with("<sip:")) << notify->text();

  EXPECT_TRUE(phone_.register_with(headers).headers("Path").empty()) << "told to those only who know it";
  const auto repeated = phone_.register_with("Supported: path\r\n" + headers);
  EXPECT_EQ(phone_.ask(phone_.last_request()).headers("Path"), repeated.headers("Path"));
  ASSERT_EQ(phone_.register_with("Contact: <" + std::string(contact) + ">\r\n").status(), 200);
  const auto direct = message();
  ASSERT_TRUE(direct);
  EXPECT_TRUE(direct->headers("Route").empty()) << "the path is that of the latest REGISTER";
}

TEST_P(AsWritten, APathThatCannotBeFollowedIsRefused) {
  const auto status = [&](const std::string& value) {
    return phone_.register_with("Contact: <sip:a@10.0.0.5>\r\nPath: " + value + "\r\n").first_line();
  };
  EXPECT_EQ(status("<sip:127.0.0.1>"), "SIP/2.0 400 Path Without lr");
  EXPECT_EQ(status("<tel:+4930;lr>"), "SIP/2.0 400 Path Is No SIP URI");
  EXPECT_EQ(status("<sip:" + std::string(2000, 'a') + "@127.0.0.1;lr>"), "SIP/2.0 400 Contact Or Path Too Long");
  EXPECT_TRUE(registrations().empty());
}

TEST_P(AsWritten, PhonesBehindOneProxyAreNotTakenForOne) {
  // The second two came through one that adds no Path.
  const std::string path_header = std::string("Path: ") + path + "\r\n";
  const std::string via_header = "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK-phone\r\n";
  for (int line = 1; line <= 4; ++line) {
    phone_.call_id = "call-" + std::to_string(line);
    const std::string contact_header = "Contact: <sip:1000@10.0.0." + std::to_string(line) + ">\r\n";
    EXPECT_EQ(phone_.register_with(contact_header + (line <= 2 ? path_header : via_header)).status(), 200);
  }
  EXPECT_EQ(registrations().size(), 4u);
}

}  // namespace
}  // namespace snom::sip::test
