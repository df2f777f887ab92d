#include "snomctl/health.h"

#include <fmt/format.h>

#include "language/text.h"
#include "snomctl/answer_json.h"
#include "snomctl/complain.h"

namespace snom::snomctl {

int health(const Client& client, bool as_json) {
  const auto live = client.send("GET", "/health/live", nullptr);
  if (!live) return complain(live.error().text, unreachable);
  const auto ready = client.send("GET", "/health/ready", nullptr);
  if (!ready) return complain(ready.error().text, ready.error().status == 503 ? refused : unreachable);
  if (text_of(*ready, "status") != "ready") {
    return complain("what answered is not snomd: it does not say that it is ready", unreachable);
  }
  return tell(as_json ? json_text(*ready) + "\n" : "ready\n");
}

}  // namespace snom::snomctl
