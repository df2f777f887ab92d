#include "sip/sdp.h"

#include <gtest/gtest.h>

namespace snom::sip {
namespace {

LocalMedia local(MediaDirection direction = MediaDirection::sendrecv) { return {"192.0.2.1", 40000, 77, 1, direction}; }

std::string offer(const std::string& media) {
  return "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n" + media;
}

bool holds(const std::string& text, const std::string& line) {
  return text.find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST(SdpOffer, IsWhatAnyPbxTakes) {
  EXPECT_EQ(sdp_offer(local()),
            "v=0\r\n"
            "o=- 77 1 IN IP4 192.0.2.1\r\n"
            "s=call\r\n"
            "c=IN IP4 192.0.2.1\r\n"
            "t=0 0\r\n"
            "m=audio 40000 RTP/AVP 8 0 101\r\n"
            "a=rtpmap:8 PCMA/8000\r\n"
            "a=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\n"
            "a=fmtp:101 0-15\r\n"
            "a=ptime:20\r\n"
            "a=sendrecv\r\n");
}

TEST(SdpOffer, NamesTheFamilyOfItsAddressAndItsDirection) {
  LocalMedia media = local(MediaDirection::sendonly);
  media.address = "2001:db8::1";
  const std::string text = sdp_offer(media);
  EXPECT_TRUE(holds(text, "o=- 77 1 IN IP6 2001:db8::1")) << text;
  EXPECT_TRUE(holds(text, "c=IN IP6 2001:db8::1")) << text;
  EXPECT_TRUE(holds(text, "a=sendonly") || text.ends_with("a=sendonly\r\n")) << text;
}

TEST(SdpAnswer, TakesTheCodecsInTheOfferersOrder) {
  const auto answer = sdp_answer(
      offer("m=audio 4000 RTP/AVP 9 0 8 96\r\na=rtpmap:9 G722/8000\r\na=rtpmap:96 telephone-event/8000\r\n"), local());
  ASSERT_TRUE(answer);
  EXPECT_TRUE(holds(answer->text, "m=audio 40000 RTP/AVP 0 8 96")) << answer->text;
  EXPECT_TRUE(holds(answer->text, "a=rtpmap:96 telephone-event/8000")) << answer->text;
  EXPECT_EQ(answer->offered, MediaDirection::sendrecv);
}

TEST(SdpAnswer, KnowsACodecByItsNameUnderAnyNumber) {
  const auto answer = sdp_answer(offer("m=audio 4000 RTP/AVP 97\na=rtpmap:97 pcma/8000/1\n"), local());
  ASSERT_TRUE(answer);
  EXPECT_TRUE(holds(answer->text, "m=audio 40000 RTP/AVP 97")) << answer->text;
  EXPECT_TRUE(holds(answer->text, "a=rtpmap:97 PCMA/8000")) << answer->text;
}

TEST(SdpAnswer, RefusesAllStreamsButOneAndKeepsTheirOrder) {
  const auto answer = sdp_answer(offer("m=video 5000 RTP/AVP 31\r\n"
                                       "m=audio 0 RTP/AVP 8\r\n"
                                       "m=audio 4000 RTP/SAVP 8\r\n"
                                       "m=audio 4002 RTP/AVP 8\r\n"
                                       "m=audio 4004 RTP/AVP 8\r\n"),
                                 local());
  ASSERT_TRUE(answer);
  const auto media = answer->text.find("m=");
  EXPECT_EQ(answer->text.substr(media),
            "m=video 0 RTP/AVP 31\r\n"
            "m=audio 0 RTP/AVP 8\r\n"
            "m=audio 0 RTP/SAVP 8\r\n"
            "m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=sendrecv\r\n"
            "m=audio 0 RTP/AVP 8\r\n");
}

TEST(SdpAnswer, ThereIsNoneWithoutAVoice) {
  EXPECT_FALSE(sdp_answer("", local()));
  EXPECT_FALSE(sdp_answer("v=0", local()));
  EXPECT_FALSE(sdp_answer(offer("m=audio 4000 RTP/AVP 9\r\n"), local()));
  EXPECT_FALSE(sdp_answer(offer("m=audio 4000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n"), local()));
  EXPECT_FALSE(sdp_answer(offer("m=video 4000 RTP/AVP 8\r\n"), local()));
  EXPECT_FALSE(sdp_answer(offer("m=audio 4000\r\n"), local()));
}

struct DirectionCase {
  const char* offered;
  MediaDirection ours;
  const char* answered;
};

class Directions : public ::testing::TestWithParam<DirectionCase> {};

TEST_P(Directions, AreAnsweredAsRfc3264Says) {
  const auto& [offered, ours, answered] = GetParam();
  const auto answer = sdp_answer(offer("m=audio 4000 RTP/AVP 8\r\na=" + std::string(offered) + "\r\n"), local(ours));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->text.ends_with("a=" + std::string(answered) + "\r\n")) << answer->text;
}

INSTANTIATE_TEST_SUITE_P(SdpAnswer, Directions,
                         ::testing::Values(DirectionCase{"sendrecv", MediaDirection::sendrecv, "sendrecv"},
                                           DirectionCase{"sendonly", MediaDirection::sendrecv, "recvonly"},
                                           DirectionCase{"recvonly", MediaDirection::sendrecv, "sendonly"},
                                           DirectionCase{"inactive", MediaDirection::sendrecv, "inactive"},
                                           DirectionCase{"sendrecv", MediaDirection::sendonly, "sendonly"},
                                           DirectionCase{"sendonly", MediaDirection::sendonly, "inactive"},
                                           DirectionCase{"recvonly", MediaDirection::sendonly, "sendonly"}));

TEST(SdpAnswer, ADirectionOfTheSessionCountsForStreamsThatNameNone) {
  const auto answer = sdp_answer("v=0\r\na=sendonly\r\nm=audio 4000 RTP/AVP 8\r\n", local());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->offered, MediaDirection::sendonly);
  EXPECT_EQ(sdp_answer("v=0\r\na=sendonly\r\nm=audio 4000 RTP/AVP 8\r\na=sendrecv\r\n", local())->offered,
            MediaDirection::sendrecv);
}

// RFC 3264 section 8.4: how RFC 2543 said that nothing may be sent.
TEST(SdpAnswer, AnOffererWithoutAnAddressDoesNotHear) {
  const std::string head = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n";
  const std::string audio = "t=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
  const auto of_session = sdp_answer(head + "c=IN IP4 0.0.0.0\r\n" + audio, local());
  ASSERT_TRUE(of_session);
  EXPECT_EQ(of_session->offered, MediaDirection::sendonly);
  EXPECT_TRUE(of_session->text.ends_with("a=recvonly\r\n")) << of_session->text;
  const auto of_stream = sdp_answer(head + "c=IN IP4 192.0.2.9\r\n" + audio + "c=IN IP6 ::\r\na=sendrecv\r\n", local());
  ASSERT_TRUE(of_stream);
  EXPECT_EQ(of_stream->offered, MediaDirection::sendonly);
  const auto deaf = sdp_answer(head + "c=IN IP4 0.0.0.0\r\n" + audio + "a=recvonly\r\n", local());
  ASSERT_TRUE(deaf);
  EXPECT_EQ(deaf->offered, MediaDirection::inactive);
  EXPECT_TRUE(deaf->text.ends_with("a=inactive\r\n")) << deaf->text;
}

TEST(SdpAnswer, AStreamsOwnAddressCountsMoreThanTheSessions) {
  const auto answer = sdp_answer(
      "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
      "c=IN IP4 192.0.2.9\r\n",
      local());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->offered, MediaDirection::sendrecv);
}

TEST(SdpDirection, IsThatOfTheAudioThatWasTaken) {
  EXPECT_EQ(sdp_direction(offer("m=audio 4000 RTP/AVP 8\r\n")), MediaDirection::sendrecv);
  EXPECT_EQ(sdp_direction(offer("m=audio 0 RTP/AVP 8\r\nm=audio 4000 RTP/AVP 8\r\na=inactive\r\n")),
            MediaDirection::inactive);
  EXPECT_EQ(sdp_direction("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 8\r\n"), MediaDirection::sendonly);
  EXPECT_EQ(sdp_direction(offer("m=audio 0 RTP/AVP 8\r\n")), std::nullopt);
  EXPECT_EQ(sdp_direction(""), std::nullopt);
}

}  // namespace
}  // namespace snom::sip
