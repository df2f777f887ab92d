#include "http/origin.h"

#include <gtest/gtest.h>

namespace snom::http {
namespace {

Origin origin(const std::string& url) { return read_origin(url).value(); }

TEST(Origin, IsSchemeHostAndPort) {
  EXPECT_EQ(origin("http://Phone.Example/a?b").text(), "http://phone.example:80");
  EXPECT_EQ(origin("https://192.0.2.7").text(), "https://192.0.2.7:443");
  EXPECT_EQ(origin("http://[2001:db8::7]:8080/").text(), "http://[2001:db8::7]:8080");
  EXPECT_EQ(origin("https://192.0.2.7").host_and_port(), "192.0.2.7:443");
}

TEST(Origin, AnEncodedHostIsTheOneThatItIsDecodedTo) {
  const auto shortened = read_origin("http://147%2e21");
  ASSERT_TRUE(shortened);
  EXPECT_EQ(shortened->host, "147.0.0.21");
  EXPECT_EQ(read_origin(shortened->text() + "/"), *shortened);
  const auto named = read_origin("http://Phone%2eExample.Test:8080/a%20b");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->text(), "http://phone.example.test:8080");
}

TEST(Origin, CredentialsStayOnTheSameHostAndPort) {
  EXPECT_TRUE(keeps_credentials(origin("http://a/"), origin("http://A:80/b")));
  EXPECT_TRUE(keeps_credentials(origin("https://a/"), origin("https://a/b")));
  EXPECT_FALSE(keeps_credentials(origin("http://a/"), origin("http://b/")));
  EXPECT_FALSE(keeps_credentials(origin("http://a/"), origin("http://a:8080/")));
  EXPECT_FALSE(keeps_credentials(origin("https://a/"), origin("https://a:8443/")));
}

TEST(Origin, CredentialsGoFromHttpToAnyHttpsPortOfTheHostButNeverBack) {
  EXPECT_TRUE(keeps_credentials(origin("http://a/"), origin("https://a/")));
  EXPECT_TRUE(keeps_credentials(origin("http://a:8080/"), origin("https://a:8443/")));
  EXPECT_FALSE(keeps_credentials(origin("http://a/"), origin("https://b/")));
  EXPECT_FALSE(keeps_credentials(origin("http://a.example/"), origin("https://b.a.example/")));
  EXPECT_FALSE(keeps_credentials(origin("https://a/"), origin("http://a/")));
}

TEST(Origin, ALocationMayBeRelative) {
  EXPECT_EQ(redirected_url("http://a/b/c?d", "/e?f=1").value(), "http://a/e?f=1");
  EXPECT_EQ(redirected_url("http://a/b/c?d", "e").value(), "http://a/b/e");
  EXPECT_EQ(redirected_url("http://a/b", "//c/d").value(), "http://c/d");
  EXPECT_EQ(redirected_url("http://a/b", "https://a:8443/b").value(), "https://a:8443/b");
  EXPECT_EQ(redirected_url("http://a/b", "/two words").value(), "http://a/two%20words");
}

TEST(Origin, ALocationThatMustNotBeAskedIsRefused) {
  EXPECT_EQ(redirected_url("http://a/", "file:///etc/passwd").error(),
            "redirected to an address that is neither http nor https");
  EXPECT_EQ(redirected_url("http://a/", "ftp://a/").error(), "redirected to an address that is neither http nor https");
  EXPECT_EQ(redirected_url("http://a/", "javascript://a/").error(),
            "redirected to an address that is neither http nor https");
  EXPECT_EQ(redirected_url("http://a/", "https://admin:secret@a/").error(),
            "redirected to an address with a user name in it");
  EXPECT_EQ(redirected_url("http://a/", "http://a:99999/").error(), "redirected to something that is no address");
}

}  // namespace
}  // namespace snom::http
