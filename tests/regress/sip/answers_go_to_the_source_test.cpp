#include <gtest/gtest.h>

#include "sip/user_agent_fixture.h"

// A request's Via said where its answer went: `maddr` sent it to a third machine, and a name there, or in the sent-by
// of a request that the library refuses by itself, was resolved on the thread that serves everybody.
namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds soon{1500};  // a name server that is silent takes seconds

struct Claim {
  const char* name;
  const char* sent_by;  ///< empty = the true one, "victim" = another socket's
  const char* parameters;
  int status = 200;
  const char* version = "SIP/2.0";
  const char* more_headers = "";
};

void PrintTo(const Claim& claim, std::ostream* out) { *out << claim.name; }

class AnswersGoToTheSource : public ServerTest, public ::testing::WithParamInterface<std::tuple<Way, Claim>> {
 protected:
  [[nodiscard]] static std::string request(const SipPeer& from, const SipPeer& victim, const std::string& to_user) {
    const Claim& claim = std::get<1>(GetParam());
    const std::string sent_by = claim.sent_by[0] == '\0'                 ? from.address()
                                : std::string(claim.sent_by) == "victim" ? victim.address()
                                                                         : claim.sent_by;
    return "OPTIONS sip:" + to_user + "@example.com " + claim.version + "\r\nVia: SIP/2.0/" +
           (from.transport() == "udp"   ? "UDP "
            : from.transport() == "tls" ? "TLS "
                                        : "TCP ") +
           sent_by + ";branch=z9hG4bK-claim" + claim.parameters +
           "\r\nMax-Forwards: 70\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:" + to_user +
           "@example.com>\r\nCall-ID: claim\r\nCSeq: 1 OPTIONS\r\n" + claim.more_headers + "Content-Length: 0\r\n\r\n";
  }
};

constexpr Claim claims[] = {
    {"Nothing", "", ""},
    {"AnotherSentBy", "victim", ""},
    {"AName", "phone.example.test:5062", ""},
    {"MaddrOfAThird", "", ";maddr=127.0.0.2"},
    {"MaddrTwice", "", ";maddr=127.0.0.2;MADDR=phone.example.test"},
    {"MaddrAndRport", "victim", ";rport;maddr=127.0.0.2"},
    {"MaddrAName", "", ";maddr=maddr.example.test"},
    {"MaddrIsMulticast", "", ";maddr=224.0.1.75;ttl=16"},
    {"RportOfAnother", "", ";rport=9"},
    {"ReceivedOfAnother", "victim", ";received=127.0.0.2;rport=9"},
    {"OtherVersionAtAName", "phone.example.test", ";maddr=maddr.example.test", 505, "SIP/3.0"},
    {"OtherVersionAtAnother", "victim", "", 505, "SIP/3.0"},
    {"BadHeaderAtAName", "phone.example.test", ";maddr=maddr.example.test", 400, "SIP/2.0", "CSeq: x\r\n"},
    {"BadHeaderAtAnother", "victim", "", 400, "SIP/2.0", "CSeq: x\r\n"},
};

std::string name_of(const ::testing::TestParamInfo<std::tuple<Way, Claim>>& each) {
  return way_name({std::get<0>(each.param), 0}) + std::get<1>(each.param).name;
}

class OfTheServer : public AnswersGoToTheSource {};
INSTANTIATE_TEST_SUITE_P(AnswersGoToTheSource, OfTheServer,
                         ::testing::Combine(::testing::ValuesIn(all_ways()), ::testing::ValuesIn(claims)), name_of);

/// A stranger cannot connect to one by TCP.
class OfThePhone : public AnswersGoToTheSource {};
INSTANTIATE_TEST_SUITE_P(AnswersGoToTheSource, OfThePhone,
                         ::testing::Combine(::testing::Values(Way{"udp", "127.0.0.1"}, Way{"udp", "::1"}),
                                            ::testing::ValuesIn(claims)),
                         name_of);

TEST_P(OfTheServer, WhateverTheViaClaims) {
  const auto& [transport, host] = std::get<0>(GetParam());
  SipPeer stranger(transport, host);
  SipPeer victim("udp", host);
  stranger.connect(address(transport, host));
  const auto begin = std::chrono::steady_clock::now();
  stranger.send(request(stranger, victim, "1000"));
  const auto answer = stranger.receive();
  ASSERT_TRUE(answer);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, soon);
  EXPECT_EQ(answer->status(), std::get<1>(GetParam()).status) << answer->text();
  EXPECT_FALSE(victim.receive(milliseconds(1)));
}

TEST_P(OfThePhone, WhateverTheViaClaims) {
  const auto& [transport, host] = std::get<0>(GetParam());
  TestPhone phone(*loop_, address(transport, host));
  SipPeer stranger(transport, host);
  SipPeer victim("udp", host);
  stranger.connect(phone.listening());
  stranger.send(request(stranger, victim, "1000"));
  const auto answer = stranger.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status(), std::get<1>(GetParam()).status) << answer->text();
  EXPECT_FALSE(victim.receive(milliseconds(1)));
}

class AnswersToTheSource : public ServerTest {};

TEST_F(AnswersToTheSource, AShortFormAndAListAreReadAlike) {
  SipPeer stranger("udp", "127.0.0.1");
  stranger.connect(address("udp"));
  for (const std::string via : {"v:", "VIA :", "Via:"}) {
    stranger.send("OPTIONS sip:example.com SIP/2.0\r\n" + via +
                  " SIP/2.0/UDP phone.example.test;branch=z9hG4bK-1;maddr=127.0.0.2 , SIP/2.0/UDP "
                  "192.0.2.1;branch=z9hG4bK-2;maddr=192.0.2.2\r\nVia: SIP/2.0/TCP 192.0.2.3;maddr=192.0.2.4\r\n"
                  "From: <sip:a@example.com>;tag=1\r\nTo: <sip:example.com>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n");
    const auto answer = stranger.receive();
    ASSERT_TRUE(answer) << via;
    EXPECT_EQ(answer->status(), 200);
    // Only the first of them is ours to judge; the others are other hops' (RFC 3261 section 18.2.1).
    EXPECT_EQ(answer->text().find("maddr=127.0.0.2"), std::string::npos) << answer->text();
    EXPECT_NE(answer->text().find("maddr=192.0.2.2"), std::string::npos) << answer->text();
    EXPECT_NE(answer->text().find("SIP/2.0/TCP 192.0.2.3;maddr=192.0.2.4"), std::string::npos) << answer->text();
  }
}

TEST_F(AnswersToTheSource, ARequestWithTheViaOfAnotherTransportIsNotAnswered) {
  SipPeer stranger("udp", "127.0.0.1");
  stranger.connect(address("udp"));
  for (const std::string protocol : {"SIP/2.0/TCP", "SIP/2.0/XYZ", "SIP/3.0/TLS"}) {
    stranger.send("OPTIONS sip:example.com SIP/3.0\r\nVia: " + protocol +
                  " 127.0.0.1:9;branch=z9hG4bK-1\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:example.com>\r\n"
                  "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: x\r\n\r\n");
  }
  EXPECT_FALSE(stranger.receive(milliseconds(200)));
}

TEST_F(AnswersToTheSource, StunIsNotSpoken) {
  SipPeer stranger("udp", "127.0.0.1");
  const std::string header = std::string("\x00\x01\x00\x00", 4) + std::string(16, 't');
  const std::string response = std::string("\x01\x01\x00\x00", 4) + std::string(16, 't');
  TestPhone phone(*loop_, address("udp"));
  for (const std::string& at : {address("udp"), phone.listening()}) {
    SipPeer peer("udp", "127.0.0.1");
    peer.connect(at);
    peer.send(header);
    peer.send(header.substr(0, 8));
    peer.send(response);
    peer.send(std::string("\x00\x02\x00\x00", 4) + std::string(16, 't'));
    EXPECT_FALSE(peer.receive(milliseconds(200)));
  }
}

}  // namespace
}  // namespace snom::sip::test
