#include "control/remote/xml_delivery.h"

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
  const auto job = std::make_shared<Job>();
  job->to = to;
  job->steps = std::move(steps);
  job->done = std::move(done);
  job->contact = to->profile + "\n" + to->contact;
  auto& line = lines_[job->contact];
  if (!line) line = std::make_shared<Line>();
  if (line->jobs >= most_waiting) {
    executor_.post([done = std::move(job->done)] { done({0, "too many commands wait for this phone"}); });
    return;
  }
  job->line = line;
  // Pauses are wanted, so they are no part of the limit.
  const auto now = clock_.now();
  job->limit = limit_;
  if (line->pauses > now) job->limit += std::chrono::ceil<milliseconds>(line->pauses - now);
  job->since = now;
  job->deadline = now + job->limit + grace;
  ++line->jobs;
  line->pauses = std::max(line->pauses, now) + pauses_of(*job);
  const auto turn = [this, job](ContactQueue::Token way) { begin(job, std::move(way)); };
  if (auto way = ways_.enter(job->contact, turn)) {
    // What is sent at once has the sender's limit, which is the same.
    begin(job, std::move(way));
  } else {
    watch(job);
  }
}

milliseconds XmlDelivery::pauses_of(const Job& job) const {
  milliseconds total{0};
  for (auto step = job.next; step < job.steps.size(); ++step) total += job.steps[step].pause.value_or(pause_);
  return total;
}

void XmlDelivery::watch(const JobPointer& job) {
  clock_.after(std::chrono::ceil<milliseconds>(job->deadline - clock_.now()),
               lifetime_.guard([this, weak = std::weak_ptr(job)] {
                 const auto kept = weak.lock();
                 if (kept && kept->done) end_if_over(kept);
               }));
}

void XmlDelivery::end_if_over(const JobPointer& job) {
  const auto now = clock_.now();
  const auto& line = *job->line;
  if (line.waits_for_place) {
    job->deadline = std::max(job->deadline, now + limit_);
  } else if (line.placed > job->since) {
    job->since = line.placed;
    job->deadline = std::max(job->deadline, line.placed + job->limit + grace);
  }
  if (job->deadline > now) return watch(job);
  // The answer to what is under way is still waited for, so that no other NOTIFY goes out before it.
  auto why = why_over(*job);
  job->steps.resize(job->next + 1);
  end(job, {0, std::move(why)});
}

std::string XmlDelivery::why_over(const Job& job) const {
  const auto seconds = [](auto time) { return std::chrono::duration<double>(time).count(); };
  if (job.next > 0) {
    return fmt::format("not finished within {:g} s: the phone answers too slowly", seconds(clock_.now() - job.since));
  }
  if (!job.under_way) {
    return fmt::format("not sent within {:g} s: the phone has not answered an earlier command", seconds(job.limit));
  }
  auto why = fmt::format("no answer within {:g} s", seconds(job.limit));
  if (const auto waited = seconds(job.sent - job.since); waited > 0.05) {
    why += fmt::format(", {:.1f} s of which it waited for the answer to an earlier command", waited);
  }
  return why;
}

void XmlDelivery::end(const JobPointer& job, SipOutcome outcome) {
  if (!job->done) return;
  --job->line->jobs;
  std::exchange(job->done, nullptr)(std::move(outcome));
}

void XmlDelivery::forget_if_idle(const Job& job) {
  if (job.line->jobs == 0) lines_.erase(job.contact);
}

void XmlDelivery::begin(const JobPointer& job, ContactQueue::Token way) {
  // One whose time was over while it waited leaves the way to the next.
  if (!job->done) return forget_if_idle(*job);
  job->way = std::move(way);
  send_when_placed(job);
}

void XmlDelivery::send_when_placed(const JobPointer& job) {
  if (under_way_ < most_under_way) return send_next(job);
  job->line->waits_for_place = true;
  waiting_.push_back(job);
}

void XmlDelivery::send_next(const JobPointer& job) {
  const auto now = clock_.now();
  if (std::exchange(job->line->waits_for_place, false)) {
    job->line->placed = now;
    job->since = now;
    job->deadline = std::max(job->deadline, now + job->limit + grace);
  }
  job->sent = now;
  job->under_way = true;
  const XmlStep& step = job->steps[job->next];
  const bool is_xml = step.event.empty();
  OutgoingMessage message{job->to,
                          {},
                          std::string(is_xml ? language::snom_xml_content_type : std::string_view()),
                          step.body,
                          is_xml ? std::string(language::snom_xml_event) : step.event,
                          job->way};
  ++under_way_;
  messages_.send(std::move(message),
                 lifetime_.guard([this, job](SipOutcome outcome) { answered(job, std::move(outcome)); }));
}

void XmlDelivery::answered(const JobPointer& job, SipOutcome outcome) {
  --under_way_;
  job->under_way = false;
  const auto now = clock_.now();
  job->line->pauses += now - job->sent;
  const auto pause = job->steps[job->next].pause.value_or(pause_);
  const bool taken = outcome.accepted() || outcome.unconfirmed;
  if (!taken || ++job->next == job->steps.size()) {
    job->steps.clear();
    end(job, std::move(outcome));
  } else {
    if (job->next == 1) job->deadline = now + pauses_of(*job) + pause + longest;
    if (job->deadline <= now) end_if_over(job);
  }
  go_on_after(pause, job);
  while (!waiting_.empty() && under_way_ < most_under_way) {
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    send_next(next);
  }
}

void XmlDelivery::go_on_after(milliseconds pause, const JobPointer& job) {
  clock_.after(pause, lifetime_.guard([this, job] {
    if (job->done) return send_when_placed(job);
    job->way.reset();
    forget_if_idle(*job);
  }));
}

}  // namespace snom::control
