#include "snomd/log.h"

#include <sstream>

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

}  // namespace
}  // namespace snom::snomd
