#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "runtime/executor.h"

namespace snom::http {

/// Brings work to the server's thread: one wake-up for many. Outlives the server in the hands of responders and
/// streams; closed, it drops what is brought.
class Mailbox final : public runtime::Executor {
 public:
  explicit Mailbox(boost::asio::io_context& io) : io_(&io) {}

  bool post(std::function<void()> work) override;
  /// Runs the work now if this is the server's thread, else posts it.
  void dispatch(std::function<void()> work);
  /// What waits is dropped; the io_context is not touched any more when this returns.
  void close();
  [[nodiscard]] bool closed() const { return closed_; }

  /// Once, before anything is posted by dispatch().
  void set_owner(std::thread::id owner) { owner_ = owner; }
  [[nodiscard]] bool on_owner_thread() const { return std::this_thread::get_id() == owner_; }

 private:
  void run();

  std::mutex mutex_;
  std::vector<std::function<void()>> work_;
  boost::asio::io_context* const io_;
  std::atomic<bool> closed_ = false;  ///< changes under the mutex
  std::thread::id owner_;
};

}  // namespace snom::http
