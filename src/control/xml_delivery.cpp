#include "control/xml_delivery.h"

#include <utility>

#include "language/snom_xml.h"

namespace snom::control {

using std::chrono::milliseconds;

milliseconds XmlDelivery::duration(const std::vector<XmlStep>& steps) const {
  milliseconds total{0};
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) total += steps[i].pause.value_or(pause_);
  return total;
}

void XmlDelivery::send(const Registration& to, std::vector<XmlStep> steps, std::function<void(SipOutcome)> done) {
  const auto name = to.profile + "\n" + to.contact;
  auto& lane = lanes_[name];
  if (lane.jobs.size() >= most_waiting) return done({0, "too many commands wait for this phone"});
  lane.jobs.push_back({to, std::move(steps), std::move(done)});
  if (!lane.busy) go_on(name);
}

void XmlDelivery::go_on(const std::string& lane) {
  const auto found = lanes_.find(lane);
  if (found == lanes_.end()) return;
  if (found->second.jobs.empty()) {
    lanes_.erase(found);
    return;
  }
  found->second.busy = true;
  if (under_way_ >= most_under_way) return waiting_.push_back(lane);
  send_next(lane);
}

void XmlDelivery::send_next(const std::string& lane) {
  const auto& job = lanes_.at(lane).jobs.front();
  OutgoingMessage message{job.to,
                          {},
                          std::string(language::snom_xml_content_type),
                          job.steps[job.next].body,
                          std::string(language::snom_xml_event)};
  ++under_way_;
  messages_.send(std::move(message), [this, alive = std::weak_ptr(alive_), lane](const SipOutcome& outcome) {
    if (!alive.expired()) answered(lane, outcome);
  });
}

void XmlDelivery::answered(const std::string& lane, const SipOutcome& outcome) {
  --under_way_;
  auto& jobs = lanes_.at(lane).jobs;
  auto& job = jobs.front();
  const auto pause = job.steps[job.next].pause.value_or(pause_);
  std::function<void(SipOutcome)> done;
  const bool taken = outcome.accepted() || outcome.untold;
  if (!taken || ++job.next == job.steps.size()) {
    done = std::move(job.done);
    jobs.pop_front();
  }
  const auto alive = std::weak_ptr(alive_);
  clock_.after(pause, [this, alive, lane] {
    if (alive.expired()) return;
    const auto found = lanes_.find(lane);
    if (found == lanes_.end()) return;
    found->second.busy = false;
    go_on(lane);
  });
  // What is told may end this.
  if (done) done(outcome);
  while (!alive.expired() && !waiting_.empty() && under_way_ < most_under_way) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    send_next(next);
  }
}

}  // namespace snom::control
