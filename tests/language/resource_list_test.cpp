#include "language/resource_list.h"

#include <gtest/gtest.h>

#include "language/dialog_info.h"
#include "language/golden.h"

namespace snom::language {
namespace {

const std::string list_uri = "sip:snom+1000-*@example.com";

std::string document(int key, Light light) {
  auto info = dialog_of_light(light, "");
  info.entity = "sip:snom+1000-" + std::to_string(key) + "@example.com";
  return write_dialog_info(info);
}

std::vector<BodyPart> two_keys() {
  const ResourceList list{
      list_uri,
      0,
      true,
      {{"sip:snom+1000-1@example.com", "1.0.ab@example.com"}, {"sip:snom+1000-2@example.com", "2.0.ab@example.com"}}};
  return {{"list.0.ab@example.com", std::string(rlmi_content_type), write_resource_list(list)},
          {"1.0.ab@example.com", std::string(dialog_info_content_type), document(1, Light::on)},
          {"2.0.ab@example.com", std::string(dialog_info_content_type), document(2, Light::off)}};
}

TEST(ResourceList, IsWrittenAsTheRfcHasIt) {
  ResourceList list{list_uri, 0, true, {}};
  list.resources.push_back({"sip:snom+1000-1@example.com", "1.0.ab@example.com"});
  list.resources.push_back({"sip:snom+1000-2@example.com"});
  EXPECT_EQ(write_resource_list(list), golden("keys_full.rlmi"));
  ResourceList partial{list_uri, 4294967295U, false, {}};
  partial.resources.push_back({"sip:snom+1000-2@example.com", "1.7.ab@example.com", true});
  EXPECT_EQ(write_resource_list(partial), golden("keys_partial.rlmi"));
}

TEST(ResourceList, IsReadBack) {
  for (const char* name : {"keys_full.rlmi", "keys_partial.rlmi"}) {
    const auto list = parse_resource_list(golden(name));
    ASSERT_TRUE(list) << list.error().text();
    EXPECT_EQ(write_resource_list(*list), golden(name));
  }
}

TEST(ResourceList, WhatIsNoneIsRefusedWithTheReason) {
  const auto why = [](const std::string& text) {
    const auto list = parse_resource_list(text);
    return list ? std::string("taken") : list.error().text();
  };
  const std::string begin = "<list uri=\"sip:a@b\" version=\"0\" fullState=\"true\">";
  EXPECT_EQ(why("<lists/>"), "rlmi: it is no list");
  EXPECT_EQ(why("<list uri=\"sip:a@b\" version=\"-1\" fullState=\"true\"/>"), "rlmi: version is no number of 32 bits");
  EXPECT_EQ(why("<list uri=\"sip:a@b\" version=\"1\"/>"), "rlmi: fullState is neither true nor false");
  EXPECT_EQ(why(begin + "<resource/></list>"), "rlmi: a resource has no uri");
  EXPECT_EQ(why(begin + "<resource uri=\"a\"><instance id=\"1\" state=\"away\"/></resource></list>"),
            "rlmi: an instance is in a state that RFC 4662 does not know");
  std::string many = begin;
  for (int i = 0; i < 513; ++i) many += "<resource uri=\"a\"/>";
  EXPECT_EQ(why(many + "</list>"), "rlmi: more than 512 resources");
}

TEST(Related, IsWrittenAsTheRfcHasItAndReadBack) {
  const auto parts = two_keys();
  EXPECT_EQ(
      "Content-Type: " + related_type("snom-ab-0", parts.front()) + "\r\n\r\n" + write_related("snom-ab-0", parts),
      golden("keys_full.related"));
  const auto read = parse_related(related_type("snom-ab-0", parts.front()), write_related("snom-ab-0", parts));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(*read, parts);
}

TEST(Related, OthersMayWriteItOtherwise) {
  // RFC 4662 section 6: the root is the part that start names, wherever it stands; there is a preamble.
  const auto read = parse_related("Multipart/Related; Boundary=b1 ;start=\"<root@x>\"; type=\"application/rlmi+xml\"",
                                  "a preamble\r\n--b1  \r\ncontent-id:<one@x>\r\nContent-Type: Text/Plain;x=y\r\n\r\n"
                                  "one\r\n--b1\r\nContent-ID: <root@x>\r\n\r\nroot\r\nof two lines\r\n--b1\r\n\r\n\r\n"
                                  "--b1--\r\nan epilogue");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(*read, (std::vector<BodyPart>{{"root@x", "", "root\r\nof two lines"}, {"one@x", "text/plain", "one"}, {}}));
}

TEST(Related, WhatIsNoneIsRefusedWithTheReason) {
  const auto why = [](const std::string& type, const std::string& body) {
    const auto parts = parse_related(type, body);
    return parts ? std::string("taken") : parts.error().text();
  };
  const std::string type = "multipart/related;boundary=b";
  EXPECT_EQ(why("multipart/mixed;boundary=b", "--b\r\n\r\nx\r\n--b--"), "multipart: it is no multipart/related");
  for (const std::string& none : {std::string("multipart/related"), std::string("multipart/related;boundary=\"b"),
                                  "multipart/related;boundary=" + std::string(71, 'b')}) {
    EXPECT_EQ(why(none, "--b\r\n\r\nx\r\n--b--"), "multipart: Content-Type names no boundary that RFC 2046 allows");
  }
  EXPECT_EQ(why(type, "nothing"), "multipart: its boundary is not there");
  EXPECT_EQ(why(type, "--b--"), "multipart: it has no part");
  EXPECT_EQ(why(type, "--b\r\n\r\nx"), "multipart: the last boundary is missing");
  EXPECT_EQ(why(type, "--bc\r\n\r\nx\r\n--b--"), "multipart: a boundary is not at the end of its line");
  EXPECT_EQ(why(type, "--b\r\nx\r\n--b--"), "multipart: a part has no empty line behind its headers");
  EXPECT_EQ(why(type, "--b\r\nx\r\n\r\n\r\n--b--"), "multipart: a header of a part has no colon");
  EXPECT_EQ(why(type, "--b\r\nContent-Transfer-Encoding: Base64\r\n\r\nx\r\n--b--"), "multipart: a part is encoded");
  EXPECT_EQ(why(type, "--b\r\nContent-Type: multipart/mixed\r\n\r\nx\r\n--b--"), "multipart: a part has parts itself");
  EXPECT_EQ(why(type + ";start=\"<y>\"", "--b\r\nContent-ID: <x>\r\n\r\nx\r\n--b--"),
            "multipart: the part that start names is not there");
  EXPECT_EQ(why(type, "--b\r\nX: " + std::string(5000, 'x') + "\r\n\r\nx\r\n--b--"),
            "multipart: the headers of a part are longer than 4096 bytes");
  std::string many;
  for (int i = 0; i < 601; ++i) many += "--b\r\n\r\nx\r\n";
  EXPECT_EQ(why(type, many + "--b--"), "multipart: more than 600 parts");
  EXPECT_EQ(why(type, "--b\r\n\r\n" + std::string(65 * 1024, 'x') + "\r\n--b--"), "multipart: more than 64 KiB");
}

}  // namespace
}  // namespace snom::language
