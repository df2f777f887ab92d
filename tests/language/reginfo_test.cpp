#include "language/reginfo.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

const std::string xmlns = "xmlns=\"urn:ietf:params:xml:ns:reginfo\"";

std::string document(const std::string& inside, const std::string& more = "version=\"0\" state=\"full\"") {
  return "<?xml version=\"1.0\"?>\n<reginfo " + xmlns + " " + more + ">" + inside + "</reginfo>\n";
}
std::string of_1000(const std::string& contacts) {
  return "<registration aor=\"sip:1000@example.com\" id=\"a\" state=\"active\">" + contacts + "</registration>";
}
std::string contact(const std::string& uri, const std::string& more = "state=\"active\" event=\"registered\"") {
  return "<contact id=\"c\" " + more + "><uri>" + uri + "</uri></contact>";
}
std::string error_of(const std::string& text) {
  const auto parsed = parse_reginfo(text);
  return parsed ? "no error" : parsed.error().text();
}

TEST(RegInfo, IsReadAsRfc3680HasIt) {
  const auto parsed = parse_reginfo(document(
      of_1000("<contact id=\"76\" state=\"active\" event=\"registered\" duration-registered=\"7322\" q=\"0.8\" "
              "expires=\"3600\" callid=\"x@y\" cseq=\"9\"> <uri>sip:1000@192.0.2.7;line=ab%3A</uri> "
              "<display-name xml:lang=\"en\">A</display-name>"
              "<unknown-param name=\"+sip.instance\">\"&lt;urn:uuid:1&gt;\"</unknown-param></contact>"
              "<contact id=\"77\" state=\"terminated\" event=\"expired\"><uri>\n sip:1000@192.0.2.8\n</uri></contact>"),
      "version=\"7\" state=\"partial\""));
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->version, 7u);
  EXPECT_FALSE(parsed->full);
  ASSERT_EQ(parsed->registrations.size(), 1u);
  EXPECT_EQ(parsed->registrations[0].aor, "sip:1000@example.com");
  EXPECT_EQ(parsed->registrations[0].id, "a");
  ASSERT_EQ(parsed->registrations[0].contacts.size(), 2u);
  RegInfoContact first;
  first.id = "76";
  first.event = "registered";
  first.uri = "sip:1000@192.0.2.7;line=ab%3A";
  first.expires = 3600;
  first.q = "0.8";
  first.call_id = "x@y";
  first.instance = "\"<urn:uuid:1>\"";
  EXPECT_EQ(parsed->registrations[0].contacts[0], first);
  const auto& second = parsed->registrations[0].contacts[1];
  EXPECT_FALSE(second.active);
  EXPECT_EQ(second.event, "expired");
  EXPECT_EQ(second.uri, "sip:1000@192.0.2.8");
  EXPECT_EQ(second.expires, std::nullopt);
}

TEST(RegInfo, KamailiosAttributesAreRead) {
  const auto parsed = parse_reginfo(
      document(of_1000(contact("sip:1000@10.0.0.5:5060",
                               "state=\"active\" event=\"created\" expires=\"-3\" callid=\"r\" cseq=\"1\" "
                               "received=\"sip:192.0.2.9:1024;transport=tcp\" "
                               "path=\"&lt;sip:192.0.2.1;lr&gt;\" user_agent=\"snom370/8.7.5.35\""))));
  ASSERT_TRUE(parsed) << parsed.error().text();
  const auto& one = parsed->registrations.at(0).contacts.at(0);
  EXPECT_EQ(one.expires, 0u) << "it counts on until it has noticed the end";
  EXPECT_EQ(one.received, "sip:192.0.2.9:1024;transport=tcp");
  EXPECT_EQ(one.path, "<sip:192.0.2.1;lr>");
  EXPECT_EQ(one.user_agent, "snom370/8.7.5.35");
}

TEST(RegInfo, PrefixesOfNamesAndWhatIsNotKnownArePassedOver) {
  const auto parsed = parse_reginfo(
      "<r:reginfo xmlns:r=\"urn:ietf:params:xml:ns:reginfo\" version=\"0\" state=\"full\" new=\"x\"><r:other/>"
      "<r:registration aor=\"sip:a@b\" id=\"1\" state=\"init\"><r:contact id=\"2\" state=\"active\" event=\"created\">"
      "<r:new/><r:uri>sip:a@192.0.2.1</r:uri></r:contact></r:registration></r:reginfo>");
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->registrations.at(0).contacts.at(0).uri, "sip:a@192.0.2.1");
}

TEST(RegInfo, WhatIsWrongIsSaid) {
  EXPECT_EQ(error_of(""), "reginfo: no XML: No document element found");
  EXPECT_EQ(error_of("<x/>"), "reginfo: the root element: expected reginfo, not 'x'");
  EXPECT_EQ(error_of("\xff"), "reginfo: no UTF-8");
  EXPECT_EQ(error_of(document("", "state=\"full\"")), "reginfo: version: expected a number, not ''");
  EXPECT_EQ(error_of(document("", "version=\"1\" state=\"half\"")),
            "reginfo: state: expected full or partial, not 'half'");
  EXPECT_EQ(error_of(document("<registration id=\"1\"/>")), "reginfo: aor of a registration: '' is no URI");
  EXPECT_EQ(error_of(document("<registration aor=\"sip:a@b\"/>")),
            "reginfo: a registration without id, or with one of more than 512 bytes");
  EXPECT_EQ(error_of(document(of_1000("<contact state=\"active\"><uri>sip:a@b</uri></contact>"))),
            "reginfo: a contact without id");
  EXPECT_EQ(error_of(document(of_1000("<contact id=\"1\" state=\"active\"/>"))), "reginfo: a contact without uri");
  EXPECT_EQ(error_of(document(of_1000(contact("sip:a@b", "state=\"on\"")))),
            "reginfo: state of a contact: expected active or terminated, not 'on'");
  EXPECT_EQ(error_of(document(of_1000(contact("sip:a@b", "state=\"active\" expires=\"soon\"")))),
            "reginfo: expires of a contact: expected seconds, not 'soon'");
  EXPECT_EQ(error_of(document(of_1000(contact("sip:a@b", "state=\"active\" received=\"a b\"")))),
            "reginfo: received of a contact: 'a ...' is no URI");
}

TEST(RegInfo, NothingInItCanEndALineOfARequest) {
  for (const std::string uri : {"sip:a@b&#13;&#10;X: y", "sip:a@b c", "sip:a@b&gt;", "&lt;sip:a@b&gt;"}) {
    EXPECT_NE(error_of(document(of_1000(contact(uri)))), "no error") << uri;
  }
  for (const std::string name : {"received", "path", "callid", "user_agent", "q", "event"}) {
    EXPECT_NE(error_of(document(of_1000(contact("sip:a@b", "state=\"active\" " + name + "=\"x&#10;y\"")))), "no error")
        << name;
  }
}

TEST(RegInfo, ItHasBounds) {
  EXPECT_EQ(error_of(document(std::string(65536, ' '))), "reginfo: more than 64 KiB");
  const std::string body = document("").substr(document("").find("<reginfo"));
  EXPECT_EQ(error_of("<!DOCTYPE reginfo [<!ENTITY a \"b\">]>" + body), "reginfo: a DOCTYPE is not taken");
  std::string many;
  for (int i = 0; i < 4096; ++i) many += "<a/>";
  EXPECT_EQ(error_of(document(many)), "reginfo: more than 4096 elements");
  EXPECT_EQ(error_of(document("<a><a><a><a><a><a><a>x</a></a></a></a></a></a></a>")),
            "reginfo: nested deeper than 8 levels");
  EXPECT_NE(error_of(document(of_1000(contact("sip:" + std::string(1100, 'a') + "@b")))), "no error");
  const auto long_name = parse_reginfo(
      document(of_1000(contact("sip:a@b", "state=\"active\" user_agent=\"" + std::string(199, 'x') + "\xc3\xa4\""))));
  ASSERT_TRUE(long_name) << long_name.error().text();
  EXPECT_EQ(long_name->registrations[0].contacts[0].user_agent, std::string(199, 'x')) << "cut between characters";
}

}  // namespace
}  // namespace snom::language
