#include "asterisk/hep.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "asterisk/hep_reader.h"
#include "asterisk/main_loop.h"

namespace snom::asterisk {
namespace {

std::string two_bytes(std::size_t number) {
  return {static_cast<char>(number >> 8U), static_cast<char>(number & 0xffU)};
}

std::string chunk(std::uint16_t type, const std::string& value, std::uint16_t vendor = 0) {
  return two_bytes(vendor) + two_bytes(type) + two_bytes(value.size() + 6) + value;
}

std::string packet(const std::string& chunks) { return "HEP3" + two_bytes(chunks.size() + 6) + chunks; }

/// In the order in which res_hep writes them.
std::string sip_packet(const std::string& sip, const std::string& password = {}) {
  return packet(chunk(1, "\x02") + chunk(2, "\x11") + chunk(3, "\x7f" + std::string(3, '\1')) + chunk(7, "\x13\xc4") +
                chunk(0x0b, "\x01") + (password.empty() ? "" : chunk(0x0e, password)) + chunk(0x0f, sip) +
                chunk(0x11, "correlation"));
}

const std::string request =
    "MESSAGE sip:1000@127.0.0.1:5062 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nCall-ID: abc@pbx\r\nCSeq: 7 MESSAGE\r\n"
    "X-Snom-Ref: ours-1\r\nContent-Length: 4\r\n\r\nk=1\n";
const std::string refusal =
    "SIP/2.0 415 Unsupported Media Type\r\ni: abc@pbx\r\nCSeq: 7 MESSAGE\r\nX-Snom-Ref: forged\r\n\r\n";

TEST(Hep, CarriesSip) {
  const auto read = read_hep(sip_packet(request, "hush"));
  // What is read lies in the packet, which has gone: only that it was read can be asked here.
  EXPECT_TRUE(read);
  const auto whole = sip_packet(request, "hush");
  EXPECT_EQ(read_hep(whole)->sip, request);
  EXPECT_EQ(read_hep(whole)->password, "hush");
}

TEST(Hep, WhatIsNoWholePacketOfSipIsNone) {
  const auto whole = sip_packet(request);
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(read_hep(whole.substr(0, size))) << size;
  EXPECT_FALSE(read_hep(whole + "x"));
  EXPECT_FALSE(read_hep(packet(chunk(0x0b, "\x05") + chunk(0x0f, request)))) << "RTCP";
  EXPECT_FALSE(read_hep(packet(chunk(0x0f, request)))) << "of no protocol";
  EXPECT_FALSE(read_hep(packet(chunk(0x0b, "\x01")))) << "empty";
  EXPECT_FALSE(read_hep(packet(chunk(0x0b, "\x01") + std::string("\0\0\0\x0f\0\x03", 6)))) << "shorter than its head";
  EXPECT_FALSE(read_hep(packet(chunk(0x0b, "\x01") + chunk(0x0f, request, 1)))) << "of another vendor";
}

TEST(SipCopy, OfARequestNamesWhatWasSent) {
  const auto copy = read_copy(request);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->status, 0);
  EXPECT_EQ(copy->call_id, "abc@pbx");
  EXPECT_EQ(copy->reference, "ours-1");
}

TEST(SipCopy, OfAnAnswerHasItsStatus) {
  const auto copy = read_copy(refusal);
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->status, 415);
  EXPECT_EQ(copy->reason, "Unsupported Media Type");
  EXPECT_EQ(copy->call_id, "abc@pbx");
  EXPECT_EQ(copy->reference, "") << "an answer names nothing of ours";
}

TEST(SipCopy, OfEverythingElseIsNone) {
  EXPECT_FALSE(read_copy("INVITE sip:a@b SIP/2.0\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nX-Snom-Ref: y\r\n\r\n"));
  EXPECT_FALSE(read_copy("MESSAGE sip:a@b SIP/2.0\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\n\r\n")) << "not ours";
  EXPECT_FALSE(read_copy("SIP/2.0 200 OK\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n"));
  EXPECT_FALSE(read_copy("SIP/2.0 100 Trying\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\n\r\n"));
  EXPECT_FALSE(read_copy("SIP/2.0 200 OK\r\nCSeq: 1 MESSAGE\r\n\r\n"));
  EXPECT_FALSE(read_copy("SIP/2.0 2xx OK\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\n\r\n"));
  EXPECT_FALSE(read_copy("MESSAGE sip:a@b SIP/2.0\r\nCSeq: 1 MESSAGE\r\n\r\nCall-ID: x\r\nX-Snom-Ref: y\r\n"));
  EXPECT_FALSE(read_copy(""));
}

class HepReaderTest : public ::testing::Test {
 protected:
  void open(const std::string& from, const std::string& password = {}) {
    auto opened = HepReader::open({"127.0.0.1", 0, from, password}, [this](SipCopy copy) {
      loop.post([this, copy = std::move(copy)] { copies.push_back(copy); });
    });
    ASSERT_TRUE(opened) << opened.error();
    reader = std::move(*opened);
  }
  void send(const std::string& bytes) const {
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(reader->port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(sendto(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to),
              static_cast<ssize_t>(bytes.size()));
    close(fd);
  }

  testing::MainLoop loop;
  std::vector<SipCopy> copies;
  std::unique_ptr<HepReader> reader;
};

TEST_F(HepReaderTest, TakesCopies) {
  open("127.0.0.1");
  send("garbage");
  send(sip_packet(request));
  send(sip_packet(refusal));
  ASSERT_TRUE(loop.run_until([&] { return copies.size() == 2; }));
  EXPECT_EQ(copies[0].reference, "ours-1");
  EXPECT_EQ(copies[1].status, 415);
}

TEST_F(HepReaderTest, ButNotFromOthers) {
  open("127.0.0.2");
  send(sip_packet(request));
  reader.reset();  // has read by then what there was, or will never
  loop.post([this] { copies.push_back({}); });
  ASSERT_TRUE(loop.run_until([&] { return !copies.empty(); }));
  EXPECT_TRUE(copies[0].call_id.empty());
}

TEST_F(HepReaderTest, NorWithoutThePassword) {
  open("127.0.0.1", "hush");
  send(sip_packet(request));
  send(sip_packet(request, "hus"));
  send(sip_packet(refusal, "hush"));
  ASSERT_TRUE(loop.run_until([&] { return !copies.empty(); }));
  EXPECT_EQ(copies[0].status, 415);
}

TEST(HepReader, SaysWhatItCannotListenOn) {
  const auto opened = HepReader::open({"192.0.2.1", 9060, "127.0.0.1", {}}, [](const SipCopy&) {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), "udp:192.0.2.1:9060: Cannot assign requested address");
}

}  // namespace
}  // namespace snom::asterisk
