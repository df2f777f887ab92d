#include "control/xml_delivery.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "language/snom_xml.h"

namespace snom::control {

using std::chrono::milliseconds;

namespace {

/// The sender ends a NOTIFY that was sent at once by the same limit: it goes first.
constexpr milliseconds grace{200};

}  // namespace

milliseconds XmlDelivery::duration(const std::vector<XmlStep>& steps) const {
  milliseconds total{0};
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) total += steps[i].pause.value_or(pause_);
  return total;
}

void XmlDelivery::send(const RegistrationPointer& to, std::vector<XmlStep> steps,
                       std::function<void(SipOutcome)> done) {
  const auto name = to->profile + "\n" + to->contact;
  auto& lane = lanes_[name];
  if (lane.jobs.size() >= most_waiting) return done({0, "too many commands wait for this phone"});
  // Pauses are wanted, so they are no part of the limit.
  const auto now = clock_.now();
  auto limit = limit_;
  for (const auto& job : lane.jobs) limit += pauses_of(job);
  if (lane.busy && !lane.under_way && lane.free > now) limit += std::chrono::ceil<milliseconds>(lane.free - now);
  const auto id = next_job_++;
  const auto deadline = now + limit + grace;
  lane.jobs.push_back({to, std::move(steps), std::move(done), id, now, deadline, limit});
  // What is sent at once has the sender's limit, which is the same.
  if (lane.busy) {
    watch(name, id, deadline);
  } else {
    go_on(name);
  }
}

milliseconds XmlDelivery::pauses_of(const Job& job) const {
  milliseconds total{0};
  for (auto step = job.next; step < job.steps.size(); ++step) total += job.steps[step].pause.value_or(pause_);
  return total;
}

void XmlDelivery::watch(const std::string& lane, std::uint64_t job, runtime::Clock::TimePoint until) {
  const auto found = lanes_.find(lane);
  if (found == lanes_.end()) return;
  const auto& jobs = found->second.jobs;
  if (std::none_of(jobs.begin(), jobs.end(), [job](const Job& other) { return other.id == job; })) return;
  clock_.after(std::chrono::ceil<milliseconds>(until - clock_.now()), [this, alive = std::weak_ptr(alive_), lane, job] {
    if (!alive.expired()) end_if_over(lane, job);
  });
}

void XmlDelivery::end_if_over(const std::string& name, std::uint64_t id) {
  const auto found = lanes_.find(name);
  if (found == lanes_.end()) return;
  auto& lane = found->second;
  const auto job = std::find_if(lane.jobs.begin(), lane.jobs.end(), [id](const Job& other) { return other.id == id; });
  if (job == lane.jobs.end() || !job->done) return;
  const auto now = clock_.now();
  if (lane.waits) job->deadline = std::max(job->deadline, now + limit_);
  if (job->deadline > now) return watch(name, id, job->deadline);

  const auto seconds = [](auto time) { return std::chrono::duration<double>(time).count(); };
  const auto done = std::exchange(job->done, nullptr);
  std::string why;
  if (job->next > 0) {
    why = fmt::format("not finished within {:g} s: the phone answers too slowly", seconds(now - job->since));
  } else if (job == lane.jobs.begin() && lane.under_way) {
    why = fmt::format("no answer within {:g} s", seconds(job->limit));
    if (const auto waited = seconds(lane.sent - job->since); waited > 0.05) {
      why += fmt::format(", {:.1f} s of which it waited for the answer to an earlier command", waited);
    }
  } else {
    why = fmt::format("not sent within {:g} s: the phone has not answered an earlier command", seconds(job->limit));
  }
  // The answer to what is under way is still waited for, so that no other NOTIFY goes out before it.
  if (job == lane.jobs.begin() && lane.under_way) {
    job->steps.resize(job->next + 1);
  } else {
    lane.jobs.erase(job);
  }
  done({0, std::move(why)});
}

void XmlDelivery::go_on(const std::string& lane) {
  const auto found = lanes_.find(lane);
  if (found == lanes_.end()) return;
  if (found->second.jobs.empty()) {
    lanes_.erase(found);
    return;
  }
  found->second.busy = true;
  if (under_way_ >= most_under_way) {
    found->second.waits = true;
    return waiting_.push_back(lane);
  }
  send_next(lane);
}

void XmlDelivery::send_next(const std::string& lane) {
  auto& at = lanes_.at(lane);
  const auto now = clock_.now();
  if (std::exchange(at.waits, false)) {
    for (auto& job : at.jobs) {
      job.since = now;
      job.deadline = std::max(job.deadline, now + job.limit + grace);
    }
  }
  at.sent = now;
  at.under_way = true;
  const auto& job = at.jobs.front();
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
  auto& at = lanes_.at(lane);
  at.under_way = false;
  const auto alive = std::weak_ptr(alive_);
  auto& jobs = at.jobs;
  auto& job = jobs.front();
  const auto pause = job.steps[job.next].pause.value_or(pause_);
  std::function<void(SipOutcome)> done;
  const bool taken = outcome.accepted() || outcome.untold;
  if (!taken || ++job.next == job.steps.size()) {
    done = std::move(job.done);
    jobs.pop_front();
  } else {
    const auto now = clock_.now();
    if (job.next == 1) job.deadline = now + pauses_of(job) + pause + longest;
    if (job.deadline <= now) {
      end_if_over(lane, job.id);
      if (alive.expired()) return;
    }
  }
  at.free = clock_.now() + pause;
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
