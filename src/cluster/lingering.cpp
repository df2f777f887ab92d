#include "cluster/lingering.h"

#include <algorithm>
#include <utility>

namespace snom::cluster {
namespace {

constexpr std::chrono::milliseconds look_interval{500};

/// Over a connection nothing is repeated.
bool is_repeated(std::string_view transport) { return transport.empty() || transport == "udp"; }

}  // namespace

Lingering::Done Lingering::until_over(const registration::Registration& to, std::shared_ptr<const Speaking> speaking,
                                      Done done) {
  if (!is_repeated(to.transport)) return done;
  return lifetime_.guard([this, address_of_record = to.address_of_record(), speaking = std::move(speaking),
                          sent = clock_.now(), done = std::move(done)](control::SipOutcome outcome) mutable {
    if (outcome.status == 0) keep(address_of_record, std::move(speaking), sent);
    speaking.reset();
    done(std::move(outcome));
  });
}

void Lingering::keep(const std::string& address_of_record, std::shared_ptr<const Speaking> speaking,
                     runtime::Clock::TimePoint sent) {
  auto& kept = kept_[address_of_record];
  const auto until = sent + time_;
  // The older one is over by then.
  if (kept.speaking == nullptr || kept.until < until) kept = {std::move(speaking), until};
  if (!looks_) look_later();
}

void Lingering::look_later() {
  looks_ = true;
  clock_.after(look_interval, lifetime_.guard([this] {
    looks_ = false;
    std::erase_if(kept_, [now = clock_.now()](const auto& one) { return one.second.until <= now; });
    if (!kept_.empty()) look_later();
  }));
}

}  // namespace snom::cluster
