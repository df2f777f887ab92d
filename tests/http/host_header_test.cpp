#include "http/host_header.h"

#include <gtest/gtest.h>

#include <string>

namespace snom::http {
namespace {

TEST(HostHeader, NamesAnAddressOrLocalhost) {
  for (const std::string named :
       {"127.0.0.1", "127.0.0.1:8080", "192.0.2.7", "192.0.2.7:", "[::1]", "[::1]:8080", "[2001:db8::7]:1",
        "[::ffff:127.0.0.1]", "localhost", "localhost:8080", "LOCALHOST", "LocalHost:80"}) {
    EXPECT_TRUE(names_an_address_or_localhost(named)) << named;
  }
}

TEST(HostHeader, NamesNothingElse) {
  for (const std::string named : {"",
                                  ".",
                                  ":",
                                  ":80",
                                  "1",
                                  "127.1",
                                  "0x7f.0.0.1",
                                  "127.0.0.1.",
                                  "256.0.0.1",
                                  "evil.example",
                                  "127.0.0.1.evil.example",
                                  "[evil.example]",
                                  "[::1]evil.example",
                                  "[::1",
                                  "::1",
                                  "[]",
                                  "[127.0.0.1]",
                                  "[fe80::1%25eth0]",
                                  "127.0.0.1:80@evil.example",
                                  "127.0.0.1:80:80",
                                  "127.0.0.1:8o",
                                  "127.0.0.1:123456",
                                  "localhost.",
                                  "localhost.evil.example",
                                  "localhost, evil.example",
                                  "127.0.0.1 ",
                                  "u@127.0.0.1"}) {
    EXPECT_FALSE(names_an_address_or_localhost(named)) << named;
  }
  EXPECT_FALSE(names_an_address_or_localhost({"127.0.0.1\0.evil.example", 23}));
}

}  // namespace
}  // namespace snom::http
