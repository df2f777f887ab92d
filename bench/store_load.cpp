// Saves keys to a store in a folder, so many at a time, for so long; tells how many a second were kept and what each
// cost in CPU time, beside how often the disk syncs: with one save at a time it cannot be quicker than that.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "store/sqlite_button_store.h"

namespace {

using Clock = std::chrono::steady_clock;
using snom::control::ButtonStore;
using snom::control::WantedButton;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The thread that calls run() is control's.
class Loop final : public snom::runtime::Executor {
 public:
  bool post(std::function<void()> work) override {
    {
      const std::lock_guard lock(mutex_);
      work_.push_back(std::move(work));
    }
    arrived_.notify_one();
    return true;
  }
  /// How many were done.
  [[nodiscard]] std::size_t posts() const { return posts_; }
  void run_one() {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, std::chrono::seconds(30), [this] { return !work_.empty(); })) {
      throw std::runtime_error("no answer for 30 s");
    }
    const auto work = std::move(work_.front());
    work_.pop_front();
    lock.unlock();
    ++posts_;
    work();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> work_;
  std::size_t posts_ = 0;
};

WantedButton key_of(std::size_t n, std::size_t phones) {
  WantedButton wanted;
  // Phones in no order, as calls have it.
  wanted.address_of_record = fmt::format("{}@example.com", 10000 + n * 7919 % phones);
  wanted.button.key = std::to_string(1 + n % 12);
  wanted.button.light = snom::language::Light::on;
  wanted.button.label = fmt::format("Call {}", n);
  wanted.button.number = "api+internal message";
  wanted.reference = "snom-0123456789abcdef";
  wanted.revision = n + 1;
  wanted.set_by = "http";
  return wanted;
}

/// Appends of 4 kB, each synced: a second.
double syncs_per_second(const std::string& file, double seconds) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) throw std::runtime_error(file + " cannot be made");
  const std::array<char, 4096> page{};
  std::size_t count = 0;
  const auto start = Clock::now();
  double took = 0;
  while (took < seconds) {
    if (write(descriptor, page.data(), page.size()) != static_cast<ssize_t>(page.size()) ||
        fdatasync(descriptor) != 0) {
      throw std::runtime_error(file + " cannot be written");
    }
    ++count;
    took = std::chrono::duration<double>(Clock::now() - start).count();
  }
  close(descriptor);
  std::filesystem::remove(file);
  return static_cast<double>(count) / took;
}

struct Rate {
  double per_second;
  double cpu_microseconds;  ///< of this process for each, on all threads
  double batch;             ///< answers that came with one post
};

Rate saves(const std::string& file, std::size_t in_flight, std::size_t phones, double seconds) {
  Loop loop;
  auto store = snom::store::SqliteButtonStore::open(file, loop);
  if (!store) throw std::runtime_error(store.error());
  std::size_t started = 0;
  std::size_t kept = 0;
  bool stopping = false;
  std::function<void()> next = [&] {
    (*store)->save({{key_of(started++, phones)}, {}}, [&](const ButtonStore::Result& result) {
      if (!result) throw std::runtime_error(result.error().text);
      ++kept;
      if (!stopping) next();
    });
  };
  const double cpu = cpu_seconds();
  const auto start = Clock::now();
  for (std::size_t i = 0; i < in_flight; ++i) next();
  double took = 0;
  while (took < seconds) {
    loop.run_one();
    took = std::chrono::duration<double>(Clock::now() - start).count();
  }
  const std::size_t counted = kept;
  const double used = cpu_seconds() - cpu;
  stopping = true;
  return {static_cast<double>(counted) / took, used * 1e6 / static_cast<double>(counted),
          static_cast<double>(counted) / static_cast<double>(loop.posts())};
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Saves keys to a store and measures what they cost."};
  std::string folder;
  std::vector<std::size_t> in_flight = {1, 50, 500};
  std::size_t phones = 10'000;
  double seconds = 3;
  app.add_option("--folder", folder, "where the file is made, and removed again: the disk to measure")->required();
  app.add_option("--in-flight", in_flight, "saves at a time, one run for each")->capture_default_str();
  app.add_option("--phones", phones, "phones whose keys are saved")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--seconds", seconds, "how long each run takes")->check(CLI::Range(0.1, 60.0))->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const std::string file = folder + "/store_load.db";
  const double syncs = syncs_per_second(folder + "/store_load.sync", seconds);
  fmt::print("sync per_second={:.0f} each_ms={:.2f}\n", syncs, 1000 / syncs);
  const auto remove = [&] {
    for (const char* end : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(file + end);
  };
  for (const std::size_t count : in_flight) {
    const Rate rate = saves(file, count, phones, seconds);
    fmt::print("store in_flight={} per_second={:.0f} cpu_us_each={:.1f} in_one_transaction={:.1f} of_syncs={:.1f}\n",
               count, rate.per_second, rate.cpu_microseconds, rate.batch, rate.per_second / syncs);
  }
  remove();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "store_load: %s\n", error.what());
  return 2;
}
