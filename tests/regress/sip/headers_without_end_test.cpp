#include <gtest/gtest.h>

#include <ctime>
#include <thread>

#include "sip/user_agent_fixture.h"

// One message of 64 KiB took 0.3 s of the thread that serves everybody: with thousands of parameters in its Via, each
// of which was looked for from the first one on, or with thousands of lines, which the library appends that way. Over
// TCP only what came with the first line was counted. Lists of thousands of elements took 0.04 s.
namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t nearly_64_kib = 63'000;
constexpr milliseconds little{25};         ///< of processor time, for one message
constexpr milliseconds most_of_a_list{5};  ///< the same

std::string filled_with(std::string_view part, std::size_t size = nearly_64_kib) {
  std::string text;
  while (text.size() + part.size() <= size) text += part;
  return text;
}

std::string options(const SipPeer& from, const std::string& via_parameters, const std::string& headers) {
  return "OPTIONS sip:1000@example.com SIP/2.0\r\nVia: SIP/2.0/" +
         std::string(from.transport() == "udp" ? "UDP " : "TCP ") + from.address() + ";branch=z9hG4bK-1" +
         via_parameters +
         "\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:1000@example.com>\r\nCall-ID: many\r\nCSeq: 1 OPTIONS\r\n" +
         headers + "Content-Length: 0\r\n\r\n";
}

/// `count` elements of a list.
std::string list_of(std::string_view element, std::size_t count) {
  std::string list;
  for (std::size_t i = 0; i < count; ++i) list.append(i == 0 ? "" : ",").append(element);
  return list;
}

class HeadersWithoutEnd : public ServerTest {
 protected:
  [[nodiscard]] milliseconds processor_time() {
    timespec used{};
    loop_->run_and_wait([&used] { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used); });
    return milliseconds(used.tv_sec * 1000 + used.tv_nsec / 1'000'000);
  }

  /// A first piece, and when it was read the rest; of the loop's thread until the connection is closed.
  [[nodiscard]] milliseconds time_taken_in_pieces(const std::string& at, const std::string& first,
                                                  const std::string& rest) {
    SipPeer stranger("tcp", "127.0.0.1");
    stranger.connect(at);
    const milliseconds before = processor_time();
    stranger.send(first);
    std::this_thread::sleep_for(milliseconds(50));
    stranger.send(rest);
    EXPECT_TRUE(stranger.closed_by_peer()) << at << " " << rest.substr(0, 30);
    return processor_time() - before;
  }
  /// Where `phone` and the server listen with TCP.
  [[nodiscard]] std::vector<std::string> streams(const TestPhone& phone) const {
    return {address("tcp"), "tcp" + phone.listening().substr(3)};
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
    for (const std::string name : {"Record-Route", "Route", "Path", "Contact", "m"})
      EXPECT_LT(time_taken_by(at, "", name + ": " + list_of("<sip:a>", 7'500) + "\r\n"), most_of_a_list) << at << name;
    for (const std::string name :
         {"Allow", "Supported", "Require", "Accept", "Unsupported", "Accept-Encoding", "In-Reply-To"})
      EXPECT_LT(time_taken_by(at, "", name + ": " + list_of("a", 30'000) + "\r\n"), most_of_a_list) << at << name;
    EXPECT_LT(time_taken_by(at, "", "v: " + list_of("SIP/2.0/UDP a", 4'000) + "\r\n"), most_of_a_list) << at;
  }
}

TEST_F(HeadersWithoutEnd, CostLittleInPieces) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer takes its own time for each piece of memory: processor time tells nothing";
#endif
  TestPhone phone(*loop_, address("udp"));
  for (const std::string& at : streams(phone)) {
    for (const std::string line : {"z:\r\n", "z:\n", "z:\r", "Accept:\r\n", "Route:a\r\n", "z\r\n", "z:\r\n \r\n"}) {
      EXPECT_LT(time_taken_in_pieces(at, "OPTIONS sip:1000@example.com SIP/2.0\r\nz", filled_with(line)), little)
          << at << " " << line;
    }
    for (const std::string name : {"Record-Route", "Route", "Contact"}) {
      const std::string list = name + ": " + list_of("<sip:a>", 7'500) + "\r\n";
      EXPECT_LT(time_taken_in_pieces(at, "OPTIONS sip:1000@example.com SIP/2.0\r\n", list), little) << at << name;
    }
  }
}

TEST_F(HeadersWithoutEnd, EndTheConnection) {
  TestPhone phone(*loop_, address("udp"));
  for (const std::string& at : streams(phone)) {
    for (const std::string& headers : {filled_with("Z: 1\r\n", 6 * 260), "Z: " + list_of("a", 600) + "\r\n"}) {
      for (const std::size_t first : {std::size_t{40}, std::size_t{500}, std::size_t{10'000}}) {
        SipPeer stranger("tcp", "127.0.0.1");
        stranger.connect(at);
        const std::string request = options(stranger, "", headers);
        stranger.send(request.substr(0, first));
        std::this_thread::sleep_for(milliseconds(20));
        if (first < request.size()) stranger.send(request.substr(first));
        EXPECT_TRUE(stranger.closed_by_peer()) << at << " " << first;
      }
    }
  }
}

TEST_F(HeadersWithoutEnd, AsManyAsAMessageMayHaveAreTakenInPieces) {
  TestPhone phone(*loop_, address("udp"));
  for (const std::string& at : streams(phone)) {
    SipPeer peer("tcp", "127.0.0.1");
    peer.connect(at);
    std::string request =
        options(peer, "", filled_with("Z: 1\r\n", 6 * 240) + "Y: " + list_of("a", 500) + "\r\n ,\r\n");
    request.replace(request.find("Length: 0"), 9, "Length: 4000");
    request += filled_with(",\r\n", 3999) + ",";
    request += options(peer, "", "");  // and another behind it
    for (std::size_t at_byte = 0; at_byte < request.size(); at_byte += 97) {
      peer.send(request.substr(at_byte, 97));
      if (at_byte % 7 == 0) std::this_thread::sleep_for(milliseconds(1));
    }
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(peer.receive()) << at << " " << i;
  }
}

TEST_F(HeadersWithoutEnd, ListsWithoutEndAreNoMessage) {
  TestPhone phone(*loop_, address("udp"));
  for (const std::string& at : {address("udp"), phone.listening()}) {
    SipPeer stranger("udp", "127.0.0.1");
    stranger.connect(at);
    stranger.send(options(stranger, "", "Record-Route: " + list_of("<sip:a>", 520) + "\r\n"));
    EXPECT_FALSE(stranger.receive(milliseconds(200))) << at;
    std::string split;
    for (int i = 0; i < 6; ++i) split += "Allow: " + list_of("a", 101) + "\r\n";
    stranger.send(options(stranger, "", split));
    EXPECT_FALSE(stranger.receive(milliseconds(200))) << at;
    stranger.send(options(stranger, "", "Record-Route: " + list_of("<sip:a>", 500) + "\r\n"));
    EXPECT_TRUE(stranger.receive()) << at;
    std::string with_body = options(stranger, "", "");
    with_body.replace(with_body.find("Length: 0"), 9, "Length: 4000");
    stranger.send(with_body + filled_with(",", 4000));
    EXPECT_TRUE(stranger.receive()) << at;
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
