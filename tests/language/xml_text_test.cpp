#include "language/xml_text.h"

#include <gtest/gtest.h>

namespace snom::language {
namespace {

TEST(XmlText, StandsInElementsAndInAttributesOfBothQuotes) {
  EXPECT_EQ(xml_text(R"(<a href="x" id='y'>Tom & Ann</a>)"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;Tom &amp; Ann&lt;/a&gt;");
  EXPECT_EQ(xml_text("M\xc3\xbcller\tund\nS\xc3\xb6hne"), "M\xc3\xbcller\tund\nS\xc3\xb6hne");
}

TEST(XmlText, HoldsNothingThatXmlHasNot) {
  EXPECT_EQ(xml_text(std::string_view("a\0b\x01\x1b[2J", 8)), "ab[2J");
  EXPECT_EQ(xml_text("a\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"), "a\xef\xbf\xbd") << "XML 1.0 section 2.2";
  EXPECT_EQ(xml_text("a\xff\xc3"), "a\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace snom::language
