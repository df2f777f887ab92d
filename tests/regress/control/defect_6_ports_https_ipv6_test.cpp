#include <gtest/gtest.h>

#include "control/fake_ports.h"

// The original knew port 80, plain HTTP and IPv4 only.
namespace snom::control {
namespace {

using testing::Fixture;
using testing::phone;

std::string url_for(const std::string& address) {
  Fixture fixture;
  fixture.web.at_once = WebOutcome{200, ""};
  const auto reply = fixture.reply_to("snom_command " + address + " key enter");
  EXPECT_EQ(reply, "+OK " + address + " key enter");
  return fixture.web.requests.empty() ? reply : fixture.web.requests[0].url;
}

TEST(Defect6PortsHttpsIpv6, EveryAddressForm) {
  EXPECT_EQ(url_for("192.0.2.9"), "http://192.0.2.9/command.htm?key=enter");
  EXPECT_EQ(url_for("192.0.2.9:8080"), "http://192.0.2.9:8080/command.htm?key=enter");
  EXPECT_EQ(url_for("2001:db8::9"), "http://[2001:db8::9]/command.htm?key=enter");
  EXPECT_EQ(url_for("[2001:db8::9]"), "http://[2001:db8::9]/command.htm?key=enter");
  EXPECT_EQ(url_for("[2001:db8::9]:8080"), "http://[2001:db8::9]:8080/command.htm?key=enter");
  EXPECT_EQ(url_for("https://192.0.2.9"), "https://192.0.2.9/command.htm?key=enter");
  EXPECT_EQ(url_for("https://phone.example.com:8443/"), "https://phone.example.com:8443/command.htm?key=enter");
  EXPECT_EQ(url_for("http://[2001:db8::9]:81"), "http://[2001:db8::9]:81/command.htm?key=enter");
}

TEST(Defect6PortsHttpsIpv6, PhoneRegisteredFromIpv6) {
  Fixture fixture;
  fixture.directory.registrations = {phone("1000", "[2001:db8::9]")};
  fixture.directory.registrations[0].network_host = "2001:db8::9";
  fixture.run("snom_command */1000 key enter");
  EXPECT_EQ(fixture.web.requests.at(0).url, "http://[2001:db8::9]/command.htm?key=enter");
}

}  // namespace
}  // namespace snom::control
