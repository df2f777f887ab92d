#include "sip/registrar.h"

#include <gtest/gtest.h>

namespace snom::sip {
namespace {

RegisterRequest from(const std::string& transport, const std::string& host, std::uint16_t port, bool symmetric = true) {
  RegisterRequest request;
  request.user = "1000";
  request.call_id = "c";
  request.cseq = 1;
  request.transport = transport;
  request.source_host = host;
  request.source_port = port;
  request.symmetric = symmetric;
  return request;
}

TEST(NextHop, BehindNatItIsWhereTheRegisterCameFrom) {
  EXPECT_EQ(next_hop_of("sip:1000@10.0.0.5:5060", from("udp", "192.0.2.7", 40001, false)), "udp:192.0.2.7:40001");
  EXPECT_EQ(next_hop_of("sip:1000@phone.example", from("udp", "192.0.2.7", 40001, false)), "udp:192.0.2.7:40001");
  EXPECT_EQ(next_hop_of("sip:1000@10.0.0.5;transport=tcp", from("udp", "192.0.2.7", 40001)), "udp:192.0.2.7:40001");
}

TEST(NextHop, WithoutNatItIsTheContactUnlessRportWasAskedFor) {
  EXPECT_EQ(next_hop_of("sip:1000@192.0.2.7:5070", from("udp", "192.0.2.7", 40001, false)), "udp:192.0.2.7:5070");
  EXPECT_EQ(next_hop_of("sip:1000@192.0.2.7", from("udp", "192.0.2.7", 40001, false)), "udp:192.0.2.7:5060");
  EXPECT_EQ(next_hop_of("sip:1000@192.0.2.7:5070", from("udp", "192.0.2.7", 40001, true)), "udp:192.0.2.7:40001");
  EXPECT_EQ(next_hop_of("sip:1000@192.0.2.7:5070;transport=tcp", from("udp", "192.0.2.7", 40001, true)),
            "tcp:192.0.2.7:5070");
  EXPECT_EQ(next_hop_of("sip:1000@192.0.2.7;transport=TCP", from("udp", "192.0.2.7", 40001)), "tcp:192.0.2.7:5060");
  EXPECT_EQ(next_hop_of("sip:1000@[2001:DB8::7]:5070", from("udp", "2001:db8::7", 40001, false)),
            "udp:[2001:db8::7]:5070");
  EXPECT_EQ(next_hop_of("sip:1000@[2001:DB8:0::7]:5070", from("udp", "2001:db8::7", 40001, false)),
            "udp:[2001:db8::7]:5070");
}

TEST(NextHop, OverTcpItIsTheContactForANewConnection) {
  EXPECT_EQ(next_hop_of("sip:1000@192.0.2.7:5070", from("tcp", "192.0.2.7", 40001)), "tcp:192.0.2.7:5070");
  EXPECT_EQ(next_hop_of("sip:1000@192.0.2.7", from("tcp", "192.0.2.7", 40001)), "tcp:192.0.2.7:5060");
  EXPECT_EQ(next_hop_of("sip:1000@phone.example:5070", from("tcp", "192.0.2.7", 40001)), "tcp:192.0.2.7:5070");
}

TEST(NextHop, BehindNatOverTcpThereIsNoneButTheConnection) {
  EXPECT_EQ(next_hop_of("sip:1000@10.0.0.5:5070", from("tcp", "192.0.2.7", 40001)), "");
}

RegisterRequest through(RegisterRequest request, const std::string& path) {
  request.path = {path, "<sip:198.51.100.66;lr>"};
  return request;
}

TEST(NextHop, BehindAProxyItIsTheProxyThatTheRegisterCameFrom) {
  const std::string contact = "sip:1000@10.0.0.5:5060";
  const auto udp = from("udp", "192.0.2.7", 40001);
  EXPECT_EQ(next_hop_of(contact, through(udp, "<sip:192.0.2.7:5080;lr>")), "udp:192.0.2.7:5080");
  EXPECT_EQ(next_hop_of(contact, through(udp, "<sip:192.0.2.7;lr>")), "udp:192.0.2.7:5060");
  EXPECT_EQ(next_hop_of(contact, through(udp, "<sip:192.0.2.7;transport=tcp;lr>")), "tcp:192.0.2.7:5060");
  EXPECT_EQ(next_hop_of(contact, through(udp, "<sip:192.0.2.7;Transport=TCP;lr>")), "tcp:192.0.2.7:5060");
  EXPECT_EQ(next_hop_of("sip:1000@192.0.2.7:5061", through(udp, "<sip:192.0.2.7:5080;lr>")), "udp:192.0.2.7:5080");
  const auto udp6 = from("udp", "2001:db8::7", 40001);
  EXPECT_EQ(next_hop_of(contact, through(udp6, "<sip:[2001:DB8:0::7]:5080;lr>")), "udp:[2001:db8::7]:5080");
  const auto tcp = from("tcp", "192.0.2.7", 40001);
  EXPECT_EQ(next_hop_of(contact, through(tcp, "<sip:192.0.2.7:5080;transport=tcp;lr>")), "tcp:192.0.2.7:5080");
}

TEST(NextHop, AProxyThatPhonesReachOverTlsIsReachedWhereItsRegisterCameFrom) {
  const auto udp = from("udp", "192.0.2.7", 5060);
  for (const char* path :
       {"<sip:192.0.2.7:5061;transport=tls;lr>", "<sips:192.0.2.7;lr>", "<sip:192.0.2.7:80;transport=WS;lr>"})
    EXPECT_EQ(next_hop_of("sip:1000@10.0.0.5", through(udp, path)), "udp:192.0.2.7:5060");
}

TEST(NextHop, APathNamesNoOtherMachineAndNoNameIsLookedUp) {
  const auto udp = from("udp", "192.0.2.7", 40001);
  for (const char* path : {"<sip:proxy.example:5080;lr>", "<sip:198.51.100.1:5080;lr>"})
    EXPECT_EQ(next_hop_of("sip:1000@10.0.0.5", through(udp, path)), "udp:192.0.2.7:40001");
  const auto tcp = from("tcp", "192.0.2.7", 40001);
  for (const char* path : {"<sip:proxy.example:5080;lr>", "<sip:198.51.100.1:5080;lr>"})
    EXPECT_EQ(next_hop_of("sip:1000@10.0.0.5", through(tcp, path)), "tcp:192.0.2.7:5060");
}

TEST(Registrar, AnHourIsNeverTooBrief) {
  LocationTable table(10);
  ServerOptions options;
  options.min_expires = std::chrono::hours(2);
  options.max_expires = std::chrono::hours(24);
  Registrar registrar(table, options);
  auto request = from("udp", "192.0.2.7", 5060);
  request.contacts = {{"sip:1000@192.0.2.7", 3600, "", 0, ""}};
  EXPECT_EQ(registrar.answer(request, {}).status, 200);
  request.contacts[0].expires = 3599;
  const auto answer = registrar.answer(request, {});
  EXPECT_EQ(answer.status, 423);
  EXPECT_EQ(answer.min_expires, 7200);
}

}  // namespace
}  // namespace snom::sip
