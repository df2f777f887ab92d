#include "store/group_writer.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "runtime/guard.h"

namespace snom::store {
namespace {

using control::ButtonStore;

/// A transaction of that size takes some 50 ms on one core: the end is never further away than that, and a sync.
constexpr std::size_t max_rows = 8192;
constexpr std::chrono::milliseconds pause_without_memory{100};

std::size_t rows(const ButtonStore::Change& change) {
  const auto looked_at = change.judged_by == nullptr ? 0 : change.judged_by->keys.size();
  return change.put.size() + change.forget.size() + change.groups.size() + looked_at;
}

/// Calls `see` with the phone of each key of a change.
template <typename See>
void for_each_phone(const ButtonStore::Change& change, See see) {
  if (change.judged_by != nullptr) return see(change.judged_by->address_of_record);
  for (const auto& put : change.put) see(put.address_of_record);
  for (const auto& gone : change.forget) see(gone.address_of_record);
}

/// What goes into one transaction. A change is judged by what was kept before that: no other one of its phone goes with
/// it. As long as none is judged by anything, this costs nothing.
class Together {
 public:
  /// `taken`: those before `next`, in jobs that stay where they are.
  template <typename Jobs>
  [[nodiscard]] bool may_come(const Jobs& taken, const ButtonStore::Change& next) {
    if (!has_judged_ && next.judged_by == nullptr) return true;
    has_judged_ = true;
    for (; seen_ < taken.size(); ++seen_) {
      const auto& change = taken[seen_].change;
      for_each_phone(change, [&](const std::string& phone) {
        phones_.insert(phone);
        if (change.judged_by != nullptr) judged_.insert(phone);
      });
    }
    bool may = true;
    const auto& others = next.judged_by != nullptr ? phones_ : judged_;
    for_each_phone(next, [&](const std::string& phone) { may = may && !others.contains(phone); });
    return may;
  }

 private:
  bool has_judged_ = false;
  std::size_t seen_ = 0;
  std::unordered_set<std::string_view> phones_;  ///< of all that are taken
  std::unordered_set<std::string_view> judged_;  ///< of those that are judged by something
};

}  // namespace

GroupWriter::GroupWriter(Keeper& keeper, std::string name, runtime::Executor& control, Limits limits)
    : keeper_(keeper), name_(std::move(name)), control_(control), limits_(limits), pace_(limits.pace), thread_([this] {
        runtime::guarded("the thread that writes keys", [this] { run(); });
      }) {}

void GroupWriter::close() {
  {
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    closing_ = true;
    close_by_ = std::chrono::steady_clock::now() + limits_.close;
  }
  wake_.notify_one();
  thread_.join();
  while (answers_->tell()) {
  }
}

void GroupWriter::write(ButtonStore::Change change, std::function<void(ButtonStore::Result)> done) {
  const std::size_t size = rows(change);
  std::unique_lock lock(mutex_);
  std::string refused = keeper_.away();
  if (!refused.empty()) {
    // Said at once: nobody waits for what cannot be.
  } else if (closing_) {
    refused = fmt::format("{} is being closed", name_);
  } else if (waiting_rows_ + size > limits_.waiting_rows) {
    refused = fmt::format("{} keys wait for the disk already, it does not keep up ({})", waiting_rows_, name_);
  } else {
    const bool is_first = waiting_.empty();
    waiting_rows_ += size;
    waiting_.push_back({std::move(change), std::move(done), {}});
    // Under the lock: when it is written, which may be at once, this may be at its end.
    if (is_first) wake_.notify_one();
    return;
  }
  lock.unlock();
  std::vector<Answers::Answer> answer;
  answer.push_back({std::move(done), tl::unexpected(std::move(refused))});
  answers_->add(std::move(answer), control_);
}

bool GroupWriter::out_of_time() const {
  const std::lock_guard lock(mutex_);
  return closing_ && std::chrono::steady_clock::now() >= close_by_;
}

void GroupWriter::run() {
  for (;;) {
    Jobs jobs;
    // Whatever cannot be had now, memory above all, may be there soon, and what waits goes on waiting.
    if (!runtime::guarded("taking keys to write", [&] { jobs = take(); })) {
      std::this_thread::sleep_for(pause_without_memory);
      continue;
    }
    if (jobs.empty()) return;
    try {
      keep(jobs.begin(), jobs.end());
    } catch (const std::exception& error) {  // memory; the next transaction begins with a rollback
      const control::NotKept why(fmt::format("{}: {}", name_, error.what()));
      for (Job& job : jobs) job.result = tl::unexpected(why);
    }
    runtime::guarded("telling that keys are kept", [&] {
      std::vector<Answers::Answer> answers;
      answers.reserve(jobs.size());
      for (Job& job : jobs) answers.push_back({std::move(job.done), std::move(job.result)});
      answers_->add(std::move(answers), control_);
    });
  }
}

GroupWriter::Jobs GroupWriter::take() {
  std::unique_lock lock(mutex_);
  const auto is_due = [this] { return closing_ || !waiting_.empty(); };
  while (keeper_.tend_every().count() > 0 && !wake_.wait_for(lock, keeper_.tend_every(), is_due)) {
    lock.unlock();
    keeper_.tend();
    lock.lock();
  }
  wake_.wait(lock, is_due);
  if (limits_.gather.count() > 0) wake_.wait_for(lock, limits_.gather, [this] { return closing_; });
  wake_.wait_until(lock, began_ + pace_.pause(), [this] { return closing_; });
  began_ = std::chrono::steady_clock::now();
  Jobs jobs;
  jobs.reserve(std::min(waiting_.size(), max_rows));
  std::size_t taken = 0;
  Together together;
  while (!waiting_.empty()) {
    const std::size_t size = rows(waiting_.front().change);
    if (!jobs.empty() && taken + size > max_rows) break;
    if (!together.may_come(jobs, waiting_.front().change)) break;
    taken += size;
    jobs.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_rows_ -= taken;
  pace_.did(taken);
  return jobs;
}

void GroupWriter::keep(Jobs::iterator begin, Jobs::iterator end) {
  auto kept = out_of_time()
                  ? tl::unexpected(SqlError{SqlError::Kind::busy, name_ + " is being closed, and the disk was "
                                                                          "too slow to keep this before"})
                  : transaction(begin, end);
  if (!kept && kept.error().kind == SqlError::Kind::full && std::exchange(room_to_make_, false)) {
    keeper_.make_room();
    kept = transaction(begin, end);
  }
  if (kept) {
    room_to_make_ = true;
    for (auto& [place, now] : *kept) {
      const auto job = begin + static_cast<Jobs::difference_type>(place);
      job->result = tl::unexpected(
          control::NotKept(fmt::format("{}: what this was judged by was changed meanwhile", name_), std::move(now)));
    }
    return;
  }
  // One that is refused, or too much for a full disk, must not fail the others: halves find it in few transactions.
  const auto kind = kept.error().kind;
  const bool each_for_itself = kind == SqlError::Kind::refused || kind == SqlError::Kind::full;
  if (each_for_itself && std::distance(begin, end) > 1) {
    const auto middle = begin + std::distance(begin, end) / 2;
    keep(begin, middle);
    keep(middle, end);
    return;
  }
  for (auto job = begin; job != end; ++job) job->result = tl::unexpected(control::NotKept(kept.error().text));
}

SqlResult<std::vector<Overtaken>> GroupWriter::transaction(Jobs::const_iterator begin, Jobs::const_iterator end) {
  std::vector<const ButtonStore::Change*> changes;
  for (auto job = begin; job != end; ++job) changes.push_back(&job->change);
  return keeper_.keep(changes);
}

}  // namespace snom::store
