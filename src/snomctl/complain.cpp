#include "snomctl/complain.h"

#include <cstdio>

#include <fmt/format.h>

#include "language/text.h"

namespace snom::snomctl {

int complain(const std::string& what, int status) {
  fmt::print(stderr, "snomctl: {}\n", language::printable(what));
  return status;
}

int complain(const Client::Failure& failure) {
  const auto status = failure.status;
  const bool is_refused = status == 400 || status == 404 || status == 409 || status == 412;
  return complain(failure.text, is_refused ? refused : unreachable);
}

int tell(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  return done;
}

}  // namespace snom::snomctl
