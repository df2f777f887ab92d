#include "snomctl/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace snom::snomctl {

Progress::Progress(std::size_t all) : all_(all), shown_(isatty(STDERR_FILENO) == 1) { show(0); }

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::show(std::size_t done) const {
  if (!shown_) return;
  constexpr std::size_t width = 40;
  const std::size_t filled = all_ == 0 ? width : width * std::min(done, all_) / all_;
  fmt::print(stderr, "\r[{:#<{}}{:<{}}] {} of {} phones", "", filled, "", width - filled, done, all_);
  std::fflush(stderr);
}

}  // namespace snom::snomctl
