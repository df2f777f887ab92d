#pragma once

#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "control/keys/button_store.h"
#include "runtime/executor.h"

namespace snom::control::testing {

/// A store whose faults are chosen by hand, around one that has none. The order of answers is kept: one that would come
/// after a held one is held too.
class FaultyButtonStore final : public ButtonStore {
 public:
  /// Both outlive this.
  FaultyButtonStore(ButtonStore& inner, runtime::Executor& control) : inner_(inner), control_(control) {}

  /// The n-th save from the start (from 1) is not kept and answered with that text.
  void fail_save(std::size_t n, std::string text) { failing_.insert_or_assign(n, std::move(text)); }
  /// All are, until recover(): a full disk.
  void fail_all(std::string text) { failing_all_ = std::move(text); }
  void recover() { failing_all_.clear(); }

  /// Saves are kept, their answers held back until release().
  void hold_answers() { holding_ = true; }
  static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  /// The oldest `count` answers; when none is held any more, later ones are told at once again unless held anew.
  void release(std::size_t count = all) {
    if (count == all) holding_ = false;
    for (; count > 0 && !held_.empty(); --count) {
      const auto tell = std::move(held_.front());
      held_.pop_front();
      tell();
    }
    if (held_.empty() && under_way_ == 0) holding_ = false;
  }
  [[nodiscard]] std::size_t held() const { return held_.size(); }

  /// From the n-th save on nothing is kept, and nothing is answered any more, not even what is held: the process is
  /// dead. What the inner store has is what the next process finds.
  void crash_at_save(std::size_t n) { crash_at_ = n; }
  void crash_now() { crash_at_ = saves_ + 1, crash(); }
  [[nodiscard]] bool crashed() const { return crashed_; }

  /// How often save() was called before the crash.
  [[nodiscard]] std::size_t saves() const { return saves_; }

  [[nodiscard]] tl::expected<std::vector<WantedButton>, std::string> load() override { return inner_.load(); }
  [[nodiscard]] tl::expected<std::vector<KeptGroup>, std::string> load_groups() override {
    return inner_.load_groups();
  }

  void save(Change change, std::function<void(Result)> done) override {
    if (crashed_) return;
    if (++saves_ >= crash_at_) return crash();
    ++under_way_;
    const auto failing = failing_.find(saves_);
    if (failing != failing_.end() || !failing_all_.empty()) {
      const std::string text = failing != failing_.end() ? failing->second : failing_all_;
      control_.post([this, done = std::move(done), text]() mutable { answer(std::move(done), tl::unexpected(text)); });
      return;
    }
    inner_.save(std::move(change),
                [this, done = std::move(done)](Result result) mutable { answer(std::move(done), std::move(result)); });
  }

 private:
  void answer(std::function<void(Result)> done, Result result) {
    --under_way_;
    if (crashed_) return;
    if (!holding_) return done(std::move(result));
    held_.emplace_back([done = std::move(done), result = std::move(result)] { done(result); });
  }
  void crash() {
    crashed_ = true;
    held_.clear();
  }

  ButtonStore& inner_;
  runtime::Executor& control_;
  std::map<std::size_t, std::string> failing_;
  std::string failing_all_;
  bool holding_ = false;
  std::size_t under_way_ = 0;  ///< at the inner store, which answers later
  std::deque<std::function<void()>> held_;
  std::size_t saves_ = 0;
  std::size_t crash_at_ = std::numeric_limits<std::size_t>::max();
  bool crashed_ = false;
};

}  // namespace snom::control::testing
