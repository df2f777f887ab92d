#include <algorithm>

#include <nlohmann/json.hpp>

#include "phone/fakes.h"
#include "phone/hands.h"
#include "phone/state_json.h"
#include "targets.h"

namespace snom::fuzz {

/// Lines of an action and its JSON, "press {\"key\":\"P1\"}", for one virtual phone; after each a second passes.
void phone_hands(std::string_view input) {
  phone::testing::Bench bench(phone::testing::Bench::defaults("D865"));
  for (int turns = 0; turns < 64 && !input.empty(); ++turns) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(input.size(), line.size() + 1));
    const std::string_view action = line.substr(0, line.find(' '));
    const std::string_view body = line.substr(std::min(line.size(), action.size() + 1));
    const auto done = phone::do_with_hands(bench.phone, action, body);
    if (!done) {
      must(done.error().status == 400 || done.error().status == 404 || done.error().status == 409, "a known refusal");
      must(!done.error().detail.empty(), "a refusal says why");
    }
    must(nlohmann::json::accept(phone::page_state_json(bench.phone)), "the state is JSON whatever was done");
    bench.clock.pass(std::chrono::seconds(1));
  }
  bench.clock.pass(std::chrono::minutes(2));
  must(bench.phone.keys_down().empty(), "no finger stays on a key");
}

}  // namespace snom::fuzz
