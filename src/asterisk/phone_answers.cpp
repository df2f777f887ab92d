#include "asterisk/phone_answers.h"

#include <utility>

#include <fmt/format.h>

#include "language/hex.h"
#include "runtime/random.h"

namespace snom::asterisk {
namespace {

constexpr std::size_t reference_bytes = 16;
constexpr int unauthorized = 401;
constexpr int proxy_authentication_required = 407;

control::SipOutcome only_sent() {
  control::SipOutcome outcome;
  outcome.reason = "sent by Asterisk, and no copy of it came by HEP";
  outcome.unconfirmed = true;
  return outcome;
}

}  // namespace

PhoneAnswers::PhoneAnswers(std::chrono::milliseconds limit, runtime::Executor& control, runtime::Clock& clock)
    : limit_(limit), control_(control), clock_(clock) {}

std::string PhoneAnswers::expect(Done done) {
  // Phones see theirs: nothing of one may tell of another.
  auto reference = language::to_hex(runtime::random_bytes(reference_bytes));
  Waiting waiting;
  waiting.done = std::move(done);
  waiting.timer = clock_.after(limit_, lifetime_.guard([this, reference] {
    const auto found = waiting_.find(reference);
    if (found == waiting_.end()) return;
    found->second.is_over = true;
    conclude(reference, found->second);
  }));
  waiting_.emplace(reference, std::move(waiting));
  return reference;
}

void PhoneAnswers::taken(const std::string& reference) {
  const auto found = waiting_.find(reference);
  if (found == waiting_.end()) return;
  found->second.is_taken = true;
  if (found->second.is_over) conclude(reference, found->second);
}

void PhoneAnswers::refused(const std::string& reference, control::SipOutcome outcome, bool is_lost) {
  const auto found = waiting_.find(reference);
  if (found == waiting_.end()) return;
  if (found->second.call_id.empty()) return end(reference, std::move(outcome), is_lost);
  if (found->second.is_over) conclude(reference, found->second);
}

void PhoneAnswers::conclude(const std::string& reference, const Waiting& waiting) {
  if (waiting.last.status != 0) return end(reference, waiting.last, false);
  if (!waiting.call_id.empty()) {
    return end(reference, {0, fmt::format("no answer within {:g} s", limit_.count() / 1000.0)}, true);
  }
  if (waiting.is_taken) end(reference, only_sent(), false);
}

void PhoneAnswers::copied(const SipCopy& copy) {
  if (copy.status == 0) {
    const auto found = waiting_.find(copy.reference);
    if (found == waiting_.end() || !found->second.call_id.empty()) return;
    found->second.call_id = copy.call_id;
    references_.emplace(copy.call_id, copy.reference);
    return;
  }
  const auto found = references_.find(copy.call_id);
  if (found == references_.end()) return;
  const auto reference = found->second;
  control::SipOutcome outcome{copy.status, copy.reason};
  // Asterisk may have a password for it.
  if (copy.status == unauthorized || copy.status == proxy_authentication_required) {
    waiting_.at(reference).last = std::move(outcome);
    return;
  }
  end(reference, std::move(outcome), false);
}

void PhoneAnswers::stop() {
  while (!waiting_.empty()) end(std::string(waiting_.begin()->first), {0, "stopping"}, true);
}

void PhoneAnswers::end(const std::string& reference, control::SipOutcome outcome, bool is_repeated) {
  auto ended = waiting_.extract(reference);
  if (ended.empty()) return;
  clock_.cancel(ended.mapped().timer);
  if (!ended.mapped().call_id.empty()) references_.erase(ended.mapped().call_id);
  control_.post([done = std::move(ended.mapped().done), outcome = std::move(outcome), is_repeated] {
    done(outcome, is_repeated);
  });
}

}  // namespace snom::asterisk
