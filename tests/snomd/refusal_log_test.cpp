#include "snomd/refusal_log.h"

#include <gtest/gtest.h>

namespace snom::snomd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Strings = std::vector<std::string>;

const RefusalLog::TimePoint start{seconds(1000)};

sip::RefusedRequest from(const std::string& host, const std::string& user = "1000") {
  return {"REGISTER", user, host, 5060, "udp", "wrong password"};
}

TEST(RefusalLog, NamesAddressReasonAndUser) {
  RefusalLog log;
  EXPECT_EQ(log.lines(from("192.0.2.7"), start),
            (Strings{"refused REGISTER from 192.0.2.7:5060 (udp): wrong password, user '1000'"}));
  EXPECT_EQ(log.lines(from("2001:db8::7"), start),
            (Strings{"refused REGISTER from [2001:db8::7]:5060 (udp): wrong password, user '1000'"}));
}

TEST(RefusalLog, ANameIsOneShortLine) {
  RefusalLog log;
  EXPECT_EQ(log.lines(from("192.0.2.7", "a\r\nrefused"), start),
            (Strings{"refused REGISTER from 192.0.2.7:5060 (udp): wrong password, user 'a\\x0d\\x0arefused'"}));
  EXPECT_LT(log.lines(from("192.0.2.7", std::string(4000, 'a')), start).at(0).size(), 200u);
}

TEST(RefusalLog, AnAddressGetsTenLinesAndThenOneEachTenSeconds) {
  RefusalLog log;
  std::size_t written = 0;
  for (int i = 0; i < 50; ++i) written += log.lines(from("192.0.2.7"), start).size();
  EXPECT_EQ(written, 10u);
  EXPECT_TRUE(log.lines(from("192.0.2.7"), start + milliseconds(9900)).empty());
  EXPECT_EQ(log.lines(from("192.0.2.8"), start + milliseconds(9900)),
            (Strings{"41 refused requests were not written here: too many",
                     "refused REGISTER from 192.0.2.8:5060 (udp): wrong password, user '1000'"}));
  EXPECT_EQ(log.lines(from("192.0.2.7"), start + milliseconds(10100)).size(), 1u);
  EXPECT_TRUE(log.lines(from("192.0.2.7"), start + milliseconds(10200)).empty());
}

TEST(RefusalLog, AllAddressesTogetherGetAHundredLinesAndTwentyASecond) {
  RefusalLog log;
  const auto burst = [&log](RefusalLog::TimePoint now) {
    std::size_t written = 0;
    for (int i = 0; i < 5000; ++i)
      for (const std::string& line :
           log.lines(from("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)), now))
        written += line.starts_with("refused ") ? 1 : 0;
    return written;
  };
  EXPECT_EQ(burst(start), 100u);
  EXPECT_EQ(burst(start + seconds(1)), 20u);
}

}  // namespace
}  // namespace snom::snomd
