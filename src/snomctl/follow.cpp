#include "snomctl/follow.h"

#include <algorithm>

namespace snom::snomctl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{250};
constexpr milliseconds longest_pause{5000};

}  // namespace

tl::expected<void, Client::Failure> follow(const Follow& how) {
  std::string last_id;
  bool is_lost = false;
  auto pause = first_pause;
  for (;;) {
    const auto ended = how.stream(last_id, [&] {
      if (is_lost) how.tell("snomd is there again");
      is_lost = false;
      pause = first_pause;
    });
    if (ended) return {};
    const auto& [text, may_come_back, status] = ended.error();
    if (!may_come_back || last_id.empty()) return tl::unexpected(Client::Failure{status, text});
    if (!is_lost) how.tell(text + ": trying again until it is there");
    is_lost = true;
    how.pause(pause);
    pause = std::min(2 * pause, longest_pause);
  }
}

}  // namespace snom::snomctl
