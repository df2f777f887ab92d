#include "language/percent.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

TEST(PercentEncoding, UnreservedCharactersStay) {
  const std::string unreserved = "ABCXYZabcxyz0189-._~";
  EXPECT_EQ(percent_encode(unreserved), unreserved);
}

TEST(PercentEncoding, AllOthersAreEncodedInCapitals) {
  EXPECT_EQ(percent_encode("enter,50,5000;cancel"), "enter%2C50%2C5000%3Bcancel");
  EXPECT_EQ(percent_encode("#*"), "%23%2A");
  EXPECT_EQ(percent_encode("a b&c=d+e/%ü"), "a%20b%26c%3Dd%2Be%2F%25%C3%BC");
  EXPECT_EQ(percent_encode(std::string_view("\0\xFF", 2)), "%00%FF");
}

TEST(PercentEncoding, SipUserKeepsWhatRfc3261Allows) {
  EXPECT_EQ(percent_encode_sip_user("api+uuid_transfer <uuid> 9001"), "api+uuid_transfer%20%3Cuuid%3E%209001");
  EXPECT_EQ(percent_encode_sip_user("-_.!~*'()&=+$,;?/"), "-_.!~*'()&=+$,;?/");
  EXPECT_EQ(percent_encode_sip_user("a@b:c#%\"[]"), "a%40b%3Ac%23%25%22%5B%5D");
}

TEST(PercentDecoding, BothCasesOfHexAreRead) { EXPECT_EQ(percent_decode("%c3%BC%20%2a"), "ü *"); }

TEST(PercentDecoding, PlusStaysPlus) { EXPECT_EQ(percent_decode("api+x"), "api+x"); }

TEST(PercentDecoding, PercentWithoutTwoHexDigitsStays) {
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%2"), "%2");
  EXPECT_EQ(percent_decode("%zz%4g%%41"), "%zz%4g%A");
}

TEST(PercentDecoding, IsDoneOnce) { EXPECT_EQ(percent_decode("%2541"), "%41"); }

TEST(PercentDecoding, EveryByteComesBack) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(every)), every);
  EXPECT_EQ(percent_decode(percent_encode_sip_user(every)), every);
}

TEST(PathSegments, AreDecodedEachByItself) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(path_segments("/v1/phones/a%2Fb@example.com"), (Strings{"v1", "phones", "a/b@example.com"}));
  EXPECT_EQ(path_segments("/"), (Strings{""}));
  EXPECT_EQ(path_segments("/a//b/"), (Strings{"a", "", "b", ""}));
  EXPECT_EQ(path_segments(""), Strings{});
  EXPECT_EQ(path_segments("a/b"), Strings{});
}

}  // namespace
}  // namespace snom::language
