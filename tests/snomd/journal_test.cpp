#include "snomd/journal.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "snomd/log.h"

namespace snom::snomd {
namespace {

/// journald's end: a socket in a folder that goes with it.
class Journald final {
 public:
  Journald() : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    std::string made = (std::filesystem::temp_directory_path() / "snom-journal-XXXXXX").string();
    EXPECT_NE(::mkdtemp(made.data()), nullptr);
    folder_ = made;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = socket();
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~Journald() {
    ::close(descriptor_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Journald(const Journald&) = delete;
  Journald& operator=(const Journald&) = delete;

  [[nodiscard]] std::string socket() const { return folder_ + "/socket"; }
  /// What came, or nothing.
  [[nodiscard]] std::string next() const {
    std::string bytes(256 * 1024, '\0');
    const auto size = ::recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return bytes;
  }

 private:
  int descriptor_;
  std::string folder_;
};

TEST(JournalEntry, IsALineForEachFieldAndNoneOfAnEmptyOne) {
  EXPECT_EQ(journal_entry(4, "warning refused", {{"SNOM_PHONE", "1000@example.com"}, {"SNOM_KEY", ""}}),
            "MESSAGE=warning refused\nPRIORITY=4\nSYSLOG_IDENTIFIER=snomd\nSNOM_PHONE=1000@example.com\n");
}

TEST(JournalEntry, HasNoFieldThatAStrangerMadeOfHisText) {
  EXPECT_EQ(journal_entry(6, "a\nPRIORITY=0", {{"SNOM_USER", "x\nSNOM_EVENT=audit\x1b\xff"}}),
            "MESSAGE=a\\nPRIORITY=0\nPRIORITY=6\nSYSLOG_IDENTIFIER=snomd\n"
            "SNOM_USER=x\\nSNOM_EVENT=audit\\x1b\\xff\n");
}

TEST(JournalEntry, IsNoLongerThanTheJournalsOwnLimits) {
  const auto entry = journal_entry(6, std::string(1000000, 'a'), {{"SNOM_USER", std::string(1000, '\x01')}});
  const auto user = entry.find("SNOM_USER=");
  EXPECT_EQ(entry.substr(0, entry.find('\n')), "MESSAGE=" + std::string(48UL * 1024, 'a') + "...");
  EXPECT_EQ(entry.size() - user, std::string("SNOM_USER=").size() + 256 + std::string("...\n").size());
}

TEST(Journal, IsSentEachEntryAsADatagram) {
  const Journald journald;
  Journal journal(journald.socket());
  EXPECT_TRUE(journal.send("MESSAGE=a\n"));
  EXPECT_TRUE(journal.send("MESSAGE=b\n"));
  EXPECT_EQ(journald.next(), "MESSAGE=a\n");
  EXPECT_EQ(journald.next(), "MESSAGE=b\n");
  EXPECT_EQ(journald.next(), "");
}

TEST(Journal, ThatIsNotThereTakesNothing) {
  std::string path;
  {
    const Journald journald;
    path = journald.socket();
    Journal journal(path);
    EXPECT_TRUE(journal.send("MESSAGE=a\n"));
  }
  for (const auto& socket : {path, std::string(), std::string("relative"), "/" + std::string(200, 'a')}) {
    EXPECT_FALSE(Journal(socket).send("MESSAGE=a\n")) << socket;
  }
}

TEST(Journal, ThatDoesNotReadIsWaitedForOnceAndToldWhatItMissed) {
  const Journald journald;
  Journal journal(journald.socket());
  const auto begun = std::chrono::steady_clock::now();
  constexpr int entries = 5000;  // more than a socket keeps
  for (int i = 0; i < entries; ++i) EXPECT_TRUE(journal.send("MESSAGE=a\n"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));  // and not a second for each
  int taken = 0;
  while (journald.next() == "MESSAGE=a\n") ++taken;
  ASSERT_GT(taken, 0);
  ASSERT_LT(taken, entries);
  EXPECT_TRUE(journal.send("MESSAGE=b\n"));
  EXPECT_EQ(journald.next(), "MESSAGE=warning " + std::to_string(entries - taken) +
                                 " lines of the log were lost: the journal did not take them\n"
                                 "PRIORITY=4\nSYSLOG_IDENTIFIER=snomd\n");
  EXPECT_EQ(journald.next(), "MESSAGE=b\n");
}

TEST(JournalSink, HasTheLevelInTheTextAndAsPriority) {
  const Journald journald;
  std::ostringstream out;
  spdlog::logger log("snomd", journal_sink(journald.socket(), std::make_shared<spdlog::sinks::ostream_sink_mt>(out)));
  log.warn("c\nd");
  EXPECT_EQ(journald.next(), "MESSAGE=warning c\\nd\nPRIORITY=4\nSYSLOG_IDENTIFIER=snomd\n");
  EXPECT_EQ(out.str(), "");
}

TEST(JournalSink, WritesToStandardErrorWhatTheJournalsSocketDoesNotTake) {
  std::ostringstream out;
  spdlog::logger log("snomd", journal_sink("/nowhere/socket", std::make_shared<spdlog::sinks::ostream_sink_mt>(out)));
  log.error("e\n<0>");
  EXPECT_EQ(out.str(), "<3>error e\\n<0>\n");
}

}  // namespace
}  // namespace snom::snomd
