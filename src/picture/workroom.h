#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>

#include <tl/expected.hpp>

namespace snom::picture {

/// A thread for work that takes long: encoding pictures, writing files, making text of long lists. Who hands it over
/// goes on. One piece after the other, in order.
class Workroom final {
 public:
  /// Does it when `why_not` is empty; else tells those who wait why it will not be done: "stopping", or what it threw
  /// when it was begun. Called on the room's thread, or on that of stop().
  using Work = std::function<void(std::string_view why_not)>;

  /// `most_bytes`: of what waits; a single piece may be larger.
  explicit Workroom(std::size_t most_bytes = 128UL * 1024 * 1024);
  /// As stop().
  ~Workroom();
  Workroom(const Workroom&) = delete;
  Workroom& operator=(const Workroom&) = delete;

  /// Any thread. `bytes`: what the work keeps in memory until it is done. An error, too_much_waits or "stopping": the
  /// work is neither done nor told anything.
  [[nodiscard]] tl::expected<void, std::string_view> run(std::size_t bytes, Work work);

  /// Asked to stop as soon as stop() is called: work that takes longer than a tenth of a second looks at it, and ends.
  /// Any thread.
  [[nodiscard]] std::stop_token stop_token() const { return stop_.get_token(); }

  /// Any thread but the room's: ends after the work in hand; what waits is told "stopping". A second call does nothing.
  void stop();

 private:
  struct Piece {
    std::size_t bytes;
    Work work;
  };

  void work_through();
  static void do_or_tell(const Work& work);

  const std::size_t most_bytes_;
  std::mutex mutex_;  ///< for all below
  std::condition_variable changed_;
  std::deque<Piece> waiting_;
  std::size_t bytes_ = 0;  ///< of what waits and of what is in hand
  bool stopping_ = false;
  std::stop_source stop_;
  std::thread thread_;
};

/// What a request or command is told that found the room full.
inline constexpr std::string_view too_much_waits = "too much waits to be written already: try again later";

}  // namespace snom::picture
