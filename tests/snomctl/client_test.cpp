#include "snomctl/client.h"

#include <gtest/gtest.h>

namespace snom::snomctl {
namespace {

TEST(Client, AnAddressHasAHostAndHttp) {
  for (const auto* good : {"http://127.0.0.1:8080", "https://[2001:db8::1]:8443/", "HTTP://snomd", "127.0.0.1:8080"}) {
    EXPECT_TRUE(check_server(good)) << good;
  }
  for (const auto* bad : {"", "http://", "ftp://127.0.0.1", "http://127.0.0.1:99999", "http:// x", "file:///etc"}) {
    EXPECT_FALSE(check_server(bad)) << bad;
  }
  EXPECT_EQ(check_server("ftp://u:secret@h").error(),
            "'ftp://u:***@h' is not the address of an HTTP interface (expected http://HOST:PORT or https://HOST:PORT, "
            "as http://192.0.2.3:8080)");
}

TEST(Client, AWholeUrlSaysHttpOrHttps) {
  EXPECT_TRUE(check_whole_url("http://192.0.2.3:8080"));
  EXPECT_TRUE(check_whole_url("HTTPS://snomd"));
  for (const auto* bad : {"bogus", "192.0.2.3:8080", "https://", "ftp://h"}) EXPECT_FALSE(check_whole_url(bad)) << bad;
}

TEST(Client, ItsServerIsShownWithoutAPassword) {
  EXPECT_EQ(Client("http://u:secret@h:1/", "").server(), "http://u:***@h:1");
}

TEST(Client, ATokenToAnotherMachineIsShownToTheNetworkUnlessByHttps) {
  EXPECT_TRUE(Client("http://192.0.2.3:8080", "token").shows_token());
  EXPECT_TRUE(Client("192.0.2.3:8080", "token").shows_token());
  EXPECT_FALSE(Client("https://192.0.2.3:8080", "token").shows_token());
  EXPECT_FALSE(Client("http://127.0.0.1:8080", "token").shows_token());
  EXPECT_FALSE(Client("http://192.0.2.3:8080", "").shows_token());
}

}  // namespace
}  // namespace snom::snomctl
