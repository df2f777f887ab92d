#include <gtest/gtest.h>

#include <ctime>

#include "sip/user_agent_fixture.h"

// One datagram of 64 KiB took 0.3 s of the thread that serves everybody: with thousands of parameters in its Via, each
// of which was looked for from the first one on, or with thousands of lines, which the library appends that way.
namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t nearly_64_kib = 63'000;
constexpr milliseconds little{25};  ///< of processor time, for one datagram

std::string filled_with(std::string_view part, std::size_t size = nearly_64_kib) {
  std::string text;
  while (text.size() + part.size() <= size) text += part;
  return text;
}

std::string options(const SipPeer& from, const std::string& via_parameters, const std::string& headers) {
  return "OPTIONS sip:1000@example.com SIP/2.0\r\nVia: SIP/2.0/UDP " + from.address() + ";branch=z9hG4bK-1" +
         via_parameters +
         "\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:1000@example.com>\r\nCall-ID: many\r\nCSeq: 1 OPTIONS\r\n" +
         headers + "Content-Length: 0\r\n\r\n";
}

class HeadersWithoutEnd : public ServerTest {
 protected:
  [[nodiscard]] milliseconds processor_time() {
    timespec used{};
    loop_->run_and_wait([&used] { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used); });
    return milliseconds(used.tv_sec * 1000 + used.tv_nsec / 1'000'000);
  }

  /// Of the loop's thread for each such request, with one that is answered behind them.
  [[nodiscard]] milliseconds time_taken_by(const std::string& at, const std::string& via_parameters,
                                           const std::string& headers) {
    constexpr int times = 10;
    SipPeer stranger("udp", "127.0.0.1");
    SipPeer other("udp", "127.0.0.1");
    stranger.connect(at);
    other.connect(at);
    const milliseconds before = processor_time();
    for (int i = 0; i < times; ++i) {
      stranger.send(options(stranger, via_parameters, headers));
      other.send(options(other, "", ""));
      EXPECT_TRUE(other.receive(milliseconds(10'000)));
    }
    return (processor_time() - before) / times;
  }
};

TEST_F(HeadersWithoutEnd, CostLittle) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer takes its own time for each piece of memory: processor time tells nothing";
#endif
  TestPhone phone(*loop_, address("udp"));
  for (const std::string& at : {address("udp"), phone.listening()}) {
    for (const std::string& parameters :
         {filled_with(";rport"), filled_with(";a", 30'000) + filled_with(";Maddr", 30'000),
          filled_with(";received=1;rport=2;maddr=3;branch=4")}) {
      EXPECT_LT(time_taken_by(at, parameters, ""), little) << at << " " << parameters.substr(0, 30);
    }
    for (const std::string line : {"z:\r\n", "z:\n", "z:\r", "Accept:\r\n", "Route:a\r\n", "z\r\n", "z:\r\n \r\n"}) {
      EXPECT_LT(time_taken_by(at, "", filled_with(line)), little) << at << " " << line;
    }
  }
}

TEST_F(HeadersWithoutEnd, AreNoMessage) {
  TestPhone phone(*loop_, address("udp"));
  for (const std::string& at : {address("udp"), phone.listening()}) {
    SipPeer stranger("udp", "127.0.0.1");
    stranger.connect(at);
    stranger.send(options(stranger, "", filled_with("Z: 1\r\n", 6 * 260)));
    EXPECT_FALSE(stranger.receive(milliseconds(200))) << at;
    stranger.send("\r\n\r\n" + options(stranger, "", filled_with("Z: 1\r\n", 6 * 260)));
    EXPECT_FALSE(stranger.receive(milliseconds(200))) << at;
    // As many as a message may have, and a body with more lines than that.
    stranger.send(options(stranger, "", filled_with("Z: 1\r\n", 6 * 240)));
    EXPECT_TRUE(stranger.receive()) << at;
    std::string with_body = options(stranger, "", "");
    with_body.replace(with_body.find("Length: 0"), 9, "Length: 4000");
    stranger.send(with_body + filled_with("\r\n", 4000));
    EXPECT_TRUE(stranger.receive()) << at;
  }
}

}  // namespace
}  // namespace snom::sip::test
