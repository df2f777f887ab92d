#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "layout/layout.h"
#include "runtime/lifetime.h"
#include "snomd/api_core.h"

namespace snom::snomd {

/// Layouts that are being applied, and what became of those that were: of each phone a command, so many at a time. A
/// bounded number is kept; the oldest that have ended go first. Loop's thread.
class LayoutJobs final {
 public:
  struct Limits {
    std::size_t running = 4;
    std::size_t kept = 16;              ///< with those that run
    std::size_t kept_keys = 1'000'000;  ///< of all that are kept
  };
  enum class State { running, done, cancelled };
  struct Key {
    std::string key;
    std::optional<layout::KeyOutcome> outcome;  ///< none: not known yet, or not begun
  };
  struct Phone {
    std::string phone;
    std::vector<Key> keys;
    std::string why;  ///< it has not got all of them; empty: nothing is to be said
  };
  struct Job {
    std::string id;
    std::string name;  ///< of the layout
    State state = State::running;
    std::chrono::system_clock::time_point begun;
    std::optional<std::chrono::system_clock::time_point> ended;
    std::size_t same_keys = 0;  ///< were as the layout says
    std::size_t keys = 0;       ///< to be changed
    std::size_t confirmed = 0;
    std::size_t pending = 0;
    std::size_t failed = 0;
    std::size_t phones_done = 0;
    std::vector<Phone> phones;
    std::size_t under_way = 0;  ///< commands

   private:
    friend class LayoutJobs;
    std::string by;
    std::vector<layout::PhoneChange> changes;  ///< emptied as they are made
    std::size_t next = 0;
    std::size_t parallel = 1;
  };

  /// `context`: nullptr while snomd stops.
  explicit LayoutJobs(std::function<ApiContext*()> context) : LayoutJobs(std::move(context), Limits{}) {}
  LayoutJobs(std::function<ApiContext*()> context, Limits limits) : context_(std::move(context)), limits_(limits) {}

  /// Begins to make the changes, `parallel` phones at a time; `by`: who is said to make them. The error: too many run
  /// already.
  [[nodiscard]] tl::expected<const Job*, std::string> start(std::string name, std::string by,
                                                            layout::Difference difference, std::size_t parallel);
  /// nullptr: there is none, or it is not kept any more.
  [[nodiscard]] const Job* find(std::string_view id) const;
  /// The newest first.
  [[nodiscard]] std::vector<const Job*> all() const;
  /// Of one that runs nothing more is begun; what is under way ends. One that has ended is forgotten: nullptr.
  const Job* cancel(std::string_view id);

 private:
  using JobPointer = std::shared_ptr<Job>;
  void go_on(const JobPointer& job);
  /// `said`: by the phone; none: nobody knows.
  void settle(const JobPointer& job, std::size_t index, const std::string& reply,
              std::optional<control::Delivery> said);
  void make_room();

  const std::function<ApiContext*()> context_;
  const Limits limits_;
  std::list<JobPointer> jobs_;  ///< the oldest first
  runtime::Lifetime lifetime_;
};

[[nodiscard]] std::string_view to_string(LayoutJobs::State state);

}  // namespace snom::snomd
