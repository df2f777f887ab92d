#include "snomd/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

namespace snom::snomd {
namespace {

TEST(Log, WhatAStrangerSentSteersNoTerminalAndMakesNoLineOfItsOwn) {
  std::ostringstream out;
  spdlog::logger log("snomd", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  log.set_formatter(log_formatter());
  log.warn("{}", "refused: Gr\xc3\xbcn \x1b[2J\x07\xc2\x9b\xe2\x80\xae\x9b\nerror: all is lost");
  const auto line = out.str();
  EXPECT_TRUE(line.ends_with(
      " warning refused: Gr\xc3\xbcn \\x1b[2J\\x07\\xc2\\x9b\\xe2\\x80\\xae\\x9b\\nerror: all is lost\n"))
      << line;
}

TEST(Log, TheJournalIsToldThePriorityAndNoTime) {
  std::ostringstream out;
  spdlog::logger log("snomd", std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  log.set_formatter(journal_formatter());
  log.set_level(spdlog::level::debug);
  log.debug("a");
  log.info("b");
  log.warn("c\n<0>d");
  log.error("e");
  log.critical("f");
  EXPECT_EQ(out.str(), "<7>debug a\n<6>info b\n<4>warning c\\n<0>d\n<3>error e\n<2>critical f\n");
}

TEST(Log, TheJournalIsWhereTheEnvironmentSaysIfThatIsStandardError) {
  struct stat file {};
  ASSERT_EQ(::fstat(STDERR_FILENO, &file), 0);
  const auto stream = std::to_string(file.st_dev) + ":" + std::to_string(file.st_ino);
  EXPECT_TRUE(is_journal(stream));
  EXPECT_FALSE(is_journal(stream + "1"));
  EXPECT_FALSE(is_journal(""));
}

}  // namespace
}  // namespace snom::snomd
