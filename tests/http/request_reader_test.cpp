#include "http/request_reader.h"

#include <gtest/gtest.h>

namespace snom::http {
namespace {

using Stage = RequestReader::Stage;
using std::literals::string_literals::operator""s;

constexpr std::size_t max_body = 1000;

/// What is read of these bytes, one letter for each stage but `incomplete`: h(ead), c(omplete), or the refusal's
/// status.
std::string read_all(std::string_view bytes, std::size_t at_a_time) {
  RequestReader reader(max_body);
  std::string read;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(at_a_time, bytes.size()))) {
    reader.append(bytes.substr(0, at_a_time));
    for (bool more = true; more;) {
      const auto stage = reader.read();
      if (!stage) return read + std::to_string(stage.error().status);
      more = *stage == Stage::head_ended || *stage == Stage::complete;
      if (more) read += *stage == Stage::head_ended ? 'h' : 'c';
    }
  }
  return read;
}

/// The same however they arrive.
std::string read_all(const std::string& bytes) {
  const auto whole = read_all(bytes, bytes.size());
  EXPECT_EQ(whole, read_all(bytes, 1)) << bytes;
  EXPECT_EQ(whole, read_all(bytes, 7)) << bytes;
  return whole;
}

std::string post(const std::string& headers, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}

const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(RequestReader, ReadsOneRequestBehindAnother) {
  EXPECT_EQ(read_all("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n" + post("Content-Length: 2\r\n", "ok") + "\r\n" +
                     post("Transfer-Encoding: Chunked\r\n", "2;x=y\r\nok\r\n0\r\nX: y\r\n\r\n") +
                     "GET / HTTP/1.0\r\n\r\nGET"),
            "hchchchc");
}

TEST(RequestReader, TheHeadIsThereBeforeTheBody) {
  RequestReader reader(max_body);
  reader.append(post("Content-Length: 2\r\nX: y\r\n", ""));
  ASSERT_EQ(reader.read().value(), Stage::head_ended);
  EXPECT_EQ(reader.request().method, "POST");
  EXPECT_EQ(reader.request().header("x"), "y");
  EXPECT_TRUE(reader.has_body());
  EXPECT_EQ(reader.read().value(), Stage::incomplete);
  reader.append("ok");
  ASSERT_EQ(reader.read().value(), Stage::complete);
  EXPECT_EQ(reader.request().body, "ok");
  EXPECT_EQ(reader.read().value(), Stage::between);
}

TEST(RequestReader, ATrailerIsNoHeader) {
  RequestReader reader(max_body);
  reader.append(post("Transfer-Encoding: chunked\r\n", "0\r\nAuthorization: Bearer x\r\n\r\n"));
  ASSERT_EQ(reader.read().value(), Stage::head_ended);
  ASSERT_EQ(reader.read().value(), Stage::complete);
  EXPECT_EQ(reader.request().header("authorization"), "");
}

TEST(RequestReader, ATrailerIsOfHeaderFields) {
  const std::string chunked = post("Transfer-Encoding: chunked\r\n", "0\r\n");
  for (const std::string fine : {"X: y\r\n", "X:\r\n", "X: y\r\nDigest: z\r\n"})
    EXPECT_EQ(read_all(chunked + fine + "\r\n"), "hc");
  for (const std::string wrong :
       {"x\r\n", "X: y\r\nGET / HTTP/1.1\r\n", ": y\r\n", " X: y\r\n", "X: y\r\n z\r\n", "X : y\r\n"}) {
    EXPECT_EQ(read_all(chunked + wrong + "\r\n"), "h400") << wrong;
  }
}

/// RFC 9112 section 11.2: each of these ends elsewhere for another reader, which then takes `hidden` for a request.
TEST(RequestReader, WhatCouldBeCutInTwoWaysIsRefused) {
  const auto length = std::to_string(hidden.size());
  for (const auto& [bytes, wanted] : std::initializer_list<std::pair<std::string, std::string>>{
           {post("Transfer-Encoding: xchunked\r\n", hidden), "501"},
           {post("Transfer-Encoding: chunked, identity\r\n", hidden), "501"},
           {post("Transfer-Encoding: identity\r\n", hidden), "501"},
           {post("Transfer-Encoding: gzip, chunked\r\n", hidden), "501"},
           {post("Transfer-Encoding: \"chunked\"\r\n", hidden), "501"},
           {post("Transfer-Encoding: chunked;a=b\r\n", hidden), "501"},
           {post("Transfer-Encoding: \vchunked\r\n", hidden), "400"},
           {post("Transfer-Encoding:\r\n", hidden), "501"},
           {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden), "400"},
           {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n" + hidden), "400"},
           {post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden), "400"},
           {post("Transfer-Encoding: chunked\r\nContent-Length: " + length + "\r\n", "0\r\n\r\n" + hidden), "400"},
           {post("Content-Length: " + length + "\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden), "400"},
           {post("Content-Length: " + length + "\r\nTransfer-Encoding: xchunked\r\n", hidden), "400"},
           {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, "400"},
           {post("Content-Length: 0\r\nContent-Length: " + length + "\r\n", hidden), "400"},
           {post("Content-Length: 0\r\nContent-Length: 0\r\n", hidden), "400"},
           {post("Content-Length: 0, 0\r\n", hidden), "400"},
           {post("Content-Length: 0, " + length + "\r\n", hidden), "400"},
           {post("Content-Length: +0\r\n", hidden), "400"},
           {post("Content-Length: -0\r\n", hidden), "400"},
           {post("Content-Length: 0x0\r\n", hidden), "400"},
           {post("Content-Length:\r\n", hidden), "400"},
           {post("Content-Length: 18446744073709551616\r\n", hidden), "400"},
           {post("Content-Length : 0\r\n", hidden), "400"},
           {post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + hidden), "400"},
           {post("X: y\r\n Content-Length: 0\r\n", hidden), "400"},
           {post("X: y\r\n\tContent-Length: 0\r\n", hidden), "400"},
           {post("X:\r\n y\r\n", hidden), "400"},
           {"POST / HTTP/1.1\r\n X: y\r\nHost: h\r\n\r\n", "400"},
           {post("X: y\nContent-Length: 0\r\n", hidden), "400"},
           {post("X: y\rContent-Length: 0\r\n", hidden), "400"},
           {post("X: y\0z\r\n"s, hidden), "400"},
           {"POST / HTTP/1.1\nHost: h\n\nmore to tell that no head ends here\r\n\r\n", "400"},
           {"POST / HTTP/1.1\rHost: h\r\r\n\r\n", "400"},
           {"POST /a b HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
           {"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
           {"POST / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
           {"POST / HTTP/1.1\r\n\r\n", "400"},
           {"POST / HTTP/2.0\r\nHost: h\r\n\r\n", "400"},
           {"POST / http/1.1\r\nHost: h\r\n\r\n", "400"},
       }) {
    EXPECT_EQ(read_all(bytes), wanted) << bytes;
  }
}

/// "host path query" of a request with this target and "Host: header"; or the refusal's status.
std::string read_target(const std::string& target) {
  RequestReader reader(max_body);
  reader.append("GET " + target + " HTTP/1.1\r\nHost: header\r\n\r\n");
  const auto stage = reader.read();
  if (!stage) return std::to_string(stage.error().status);
  const Request& request = reader.request();
  return std::string(request.header("host")) + " " + request.path + " " + request.query;
}

TEST(RequestReader, OfATargetInAbsoluteFormTheAuthorityIsTheHost) {
  EXPECT_EQ(read_target("/a?http://target/"), "header /a http://target/");
  EXPECT_EQ(read_target("http://target/a?b"), "target /a b");
  EXPECT_EQ(read_target("HTTP://target:80/a://b/"), "target:80 /a://b/ ");
  EXPECT_EQ(read_target("http://target"), "target / ");
  EXPECT_EQ(read_target("http://target?b/c"), "target / b/c");
  EXPECT_EQ(read_target("http://[::1]:8080/"), "[::1]:8080 / ");
  EXPECT_EQ(read_target("*"), "header * ");
}

TEST(RequestReader, AnAuthorityThatIsNoneIsRefused) {
  for (const std::string authority : {"", ":80", "localhost@evil.test", "a:b@c", "a:8o", "a:80:80", "[::1", "[::1]x",
                                      "[]", "[evil.test]", "[::1]:x", "a\\b", "a|b", "\"a\""}) {
    EXPECT_EQ(read_target("http://" + authority + "/"), "400") << authority;
  }
}

TEST(RequestReader, AChunkThatIsNotCleanIsRefused) {
  for (const auto* chunks :
       {"0x2\r\nok\r\n0\r\n\r\n", "+2\r\nok\r\n0\r\n\r\n", "-2\r\nok\r\n0\r\n\r\n", "2\nok\r\n0\r\n\r\n",
        "2\r\nok!\r\n0\r\n\r\n", "2\r\nok0\r\n\r\n", "10000000000000002\r\nok\r\n0\r\n\r\n", "\r\n0\r\n\r\n",
        "2;\rx\r\nok\r\n0\r\n\r\n", "2\r\nok\r\n0\r\nX: \rY\r\n\r\n"}) {
    const auto read = read_all(post("Transfer-Encoding: chunked\r\n", chunks) + hidden);
    EXPECT_TRUE(read == "h400" || read == "h413") << chunks << ": " << read;
  }
}

TEST(RequestReader, HeadersHaveALimitHoweverTheyArrive) {
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "X: yyyyyyy\r\n";
  EXPECT_EQ(read_all(post(many, "")), "431");
  // Each line by itself.
  RequestReader reader(max_body);
  reader.append("GET / HTTP/1.1\r\n");
  int lines = 0;
  for (auto stage = reader.read(); stage && lines < 5000; stage = reader.read(), ++lines) {
    reader.append("X: yyyyyyy\r\n");
  }
  EXPECT_LT(lines, 1500);
}

TEST(RequestReader, ABodyOverTheLimitIsRefusedWithItsHead) {
  EXPECT_EQ(read_all(post("Content-Length: 1001\r\n", "")), "413");
  EXPECT_EQ(read_all(post("Content-Length: 1000\r\n", std::string(1000, 'x'))), "hc");
}

TEST(RequestReader, AnEmptyChunkedBodyMayArriveByteByByte) {
  EXPECT_EQ(read_all(post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n") + hidden), "hchc");
}

TEST(RequestReader, ChunksExtensionsAndTrailersHaveALimit) {
  const std::string chunked = post("Transfer-Encoding: chunked\r\n", "");
  EXPECT_EQ(read_all(chunked + "1;" + std::string(30000, 'x')), "h400");
  EXPECT_EQ(read_all(chunked + "0\r\nX: " + std::string(30000, 'x')), "h400");
  std::string trailer;
  for (int i = 0; i < 5000; ++i) trailer += "X: y\r\n";
  EXPECT_EQ(read_all(chunked + "0\r\n" + trailer), "h400");
}

}  // namespace
}  // namespace snom::http
