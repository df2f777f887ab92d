#include "control/remote/phone_address.h"

#include <gtest/gtest.h>

#include "control/fake_ports.h"

namespace snom::control {
namespace {

std::string web(std::string_view text) {
  const auto address = parse_phone_address(text);
  if (!address) return address.error().text();
  const auto* found = std::get_if<WebAddress>(&*address);
  return found ? found->base : "(a user)";
}

std::string user(std::string_view text) {
  const auto address = parse_phone_address(text);
  if (!address) return address.error().text();
  const auto* query = std::get_if<Directory::Query>(&*address);
  return query ? query->profile + "|" + query->user + "|" + query->domain : "(an address)";
}

TEST(PhoneAddress, IpAddresses) {
  EXPECT_EQ(web("192.0.2.7"), "http://192.0.2.7");
  EXPECT_EQ(web("192.0.2.7:8080"), "http://192.0.2.7:8080");
  EXPECT_EQ(web("2001:db8::7"), "http://[2001:db8::7]");
  EXPECT_EQ(web("[2001:db8::7]"), "http://[2001:db8::7]");
  EXPECT_EQ(web("[::1]:8080"), "http://[::1]:8080");
}

TEST(PhoneAddress, Urls) {
  EXPECT_EQ(web("http://192.0.2.7"), "http://192.0.2.7");
  EXPECT_EQ(web("https://192.0.2.7:8443/"), "https://192.0.2.7:8443");
  EXPECT_EQ(web("HTTPS://phone-7.example.com"), "https://phone-7.example.com");
  EXPECT_EQ(web("http://localhost:8081"), "http://localhost:8081");
  EXPECT_EQ(web("https://[2001:db8::7]:443"), "https://[2001:db8::7]:443");
}

TEST(PhoneAddress, Users) {
  EXPECT_EQ(user("1000"), "|1000|");
  EXPECT_EQ(user("1000@example.com"), "|1000|example.com");
  EXPECT_EQ(user("*/1000"), "*|1000|");
  EXPECT_EQ(user("*/1000@example.com"), "*|1000|example.com");
  EXPECT_EQ(user("internal/1000"), "internal|1000|");
  EXPECT_EQ(user("internal/1000@example.com"), "internal|1000|example.com");
  EXPECT_EQ(user("internal/1000@[2001:db8::1]"), "internal|1000|[2001:db8::1]");
}

TEST(PhoneAddress, BareHostNamesAreUsers) {
  EXPECT_EQ(user("localhost"), "|localhost|");
  EXPECT_EQ(user("phone.example.com"), "|phone.example.com|");
  EXPECT_EQ(user("300.0.0.1"), "|300.0.0.1|");
  EXPECT_EQ(user("localhost:8080"), "|localhost:8080|");
}

TEST(PhoneAddress, BadPorts) {
  for (const auto* text : {"192.0.2.7:", "192.0.2.7:0", "192.0.2.7:65536", "192.0.2.7:80a", "192.0.2.7:-1",
                           "192.0.2.7: 80", "[::1]:99999", "http://192.0.2.7:http"}) {
    EXPECT_EQ(web(text), "ip|user: the port must be a number from 1 to 65535") << text;
  }
}

TEST(PhoneAddress, CredentialsAreRefusedAndNotRepeated) {
  for (const auto* text :
       {"http://admin:secret@192.0.2.7", "https://admin@192.0.2.7/", "http://192.0.2.7/x@y", "admin:secret@192.0.2.7",
        "*/admin:secret@192.0.2.7", "ftp://admin:secret@192.0.2.7", "admin:secret@[::1]"}) {
    EXPECT_EQ(web(text), "ip|user: no user name and password in the address: they are arguments 4 and 5") << text;
  }
}

TEST(PhoneAddress, PathsAndQueriesAreRefused) {
  for (const auto* text : {"http://192.0.2.7/command.htm", "http://192.0.2.7//", "http://192.0.2.7?key=1",
                           "http://192.0.2.7/#a", "http://192.0.2.7\\x"}) {
    EXPECT_EQ(
        web(text),
        "ip|user: the address may not have a path or a query (expected http://host[:port] or https://host[:port])")
        << text;
  }
}

TEST(PhoneAddress, OtherSchemesAreRefused) {
  EXPECT_EQ(web("ftp://192.0.2.7"), "ip|user: only http:// and https:// addresses are taken");
  EXPECT_EQ(web("://192.0.2.7"), "ip|user: only http:// and https:// addresses are taken");
}

TEST(PhoneAddress, BadHosts) {
  EXPECT_EQ(web("http://"), "ip|user: '' is not a host name or an IP address");
  EXPECT_EQ(web("http://10.1"), "ip|user: '10.1' is not a host name or an IP address");
  EXPECT_EQ(web("http://3232235777"), "ip|user: '3232235777' is not a host name or an IP address");
  EXPECT_EQ(web("http://a b"), "ip|user: 'a ...' is not a host name or an IP address");
  EXPECT_EQ(web("http://gr%C3%BCn"), "ip|user: 'gr%C3%BCn' is not a host name or an IP address");
  EXPECT_EQ(web("[2001:db8::7"), "ip|user: '[2001:db8::7' is not an IPv6 address in brackets");
  EXPECT_EQ(web("[192.0.2.7]"), "ip|user: '[192.0.2.7]' is not an IPv6 address in brackets");
  EXPECT_EQ(web("[::1]8080 PW"), "ip|user: '8080 ...' after the IPv6 address (expected :port or nothing)");
  EXPECT_EQ(web("[::1]8080"), "ip|user: '8080' after the IPv6 address (expected :port or nothing)");
}

TEST(WebAddressOfRegistration, NetworkAddressUnlessConfigured) {
  auto registration = testing::phone("1000", "192.0.2.7");
  EXPECT_EQ(web_address(registration), "http://192.0.2.7");
  registration = testing::phone("1000", "[2001:db8::7]");
  registration.network_host = "2001:db8::7";
  EXPECT_EQ(web_address(registration), "http://[2001:db8::7]");
  registration.web = "https://phone.example.com:8443/";
  EXPECT_EQ(web_address(registration), "https://phone.example.com:8443");
}

TEST(ShownUrl, WithoutQueryAndCredentials) {
  EXPECT_EQ(shown_url("http://192.0.2.7/command.htm?key=enter"), "http://192.0.2.7/command.htm");
  EXPECT_EQ(shown_url("http://admin:se@cret@192.0.2.7:81/command.htm?key=a@b"), "http://192.0.2.7:81/command.htm");
  EXPECT_EQ(shown_url("http://192.0.2.7"), "http://192.0.2.7");
}

}  // namespace
}  // namespace snom::control
