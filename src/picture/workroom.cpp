#include "picture/workroom.h"

#include <pthread.h>

#include <exception>
#include <utility>

#include "runtime/guard.h"

namespace snom::picture {
namespace {

constexpr std::string_view stopping = "stopping";

}  // namespace

Workroom::Workroom(std::size_t most_bytes)
    : most_bytes_(most_bytes), thread_([this] { runtime::guarded("the workroom", [this] { work_through(); }); }) {}

Workroom::~Workroom() { stop(); }

tl::expected<void, std::string_view> Workroom::run(std::size_t bytes, Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return tl::unexpected(stopping);
    if (bytes_ > 0 && bytes_ + bytes > most_bytes_) return tl::unexpected(too_much_waits);
    waiting_.push_back({bytes, std::move(work)});
    bytes_ += bytes;
    // Under the lock: when the work is done, which may be at once, this may be at its end.
    changed_.notify_one();
  }
  return {};
}

void Workroom::work_through() {
  pthread_setname_np(pthread_self(), "snom-workroom");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    auto piece = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    do_or_tell(piece.work);
    piece.work = nullptr;
    lock.lock();
    bytes_ -= piece.bytes;
  }
}

void Workroom::do_or_tell(const Work& work) {
  try {
    try {
      return work({});
    } catch (const std::exception& error) {
      work(error.what());
    } catch (...) {
      work("failed");
    }
  } catch (...) {  // NOLINT(bugprone-empty-catch): whoever waits sees its reply destroyed
  }
}

void Workroom::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.request_stop();
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  for (const auto& piece : std::exchange(waiting_, {})) {
    try {
      piece.work(stopping);
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
  }
}

}  // namespace snom::picture
