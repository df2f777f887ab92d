#pragma once

#include <chrono>
#include <optional>

#include <curl/curl.h>

#include "runtime/wake_up.h"

namespace snom::http {

/// Waits for what a curl multi waits for, and has curl act on just that. With curl_multi_perform() each answer would
/// cost as much as there are requests under way. https://curl.se/libcurl/c/curl_multi_socket_action.html
///
/// One thread, but for wake(). It outlives the multi.
class CurlEvents final {
 public:
  /// Throws std::system_error where there is no descriptor left.
  CurlEvents();
  ~CurlEvents();
  CurlEvents(const CurlEvents&) = delete;
  CurlEvents& operator=(const CurlEvents&) = delete;

  /// Once, before anything is added to the multi.
  void watch(CURLM* multi);

  /// Has curl do what its time has come for; it begins what was added to the multi.
  void act_on_time();
  /// Waits for the first event, for wake(), for curl's time or for `limit`, and has curl act on the events.
  void wait_and_act(std::chrono::milliseconds limit);
  /// Any thread: ends the wait under way, or the next one.
  void wake() const noexcept { wake_up_.wake(); }

 private:
  using Clock = std::chrono::steady_clock;

  static int note_socket(CURL* easy, curl_socket_t socket, int what, void* events, void* known);
  static int note_time(CURLM* multi, long after_ms, void* events);
  void note_socket(curl_socket_t socket, int what, bool is_known);
  [[nodiscard]] int wait_ms(std::chrono::milliseconds limit) const;

  const int epoll_;
  const runtime::WakeUp wake_up_;
  CURLM* multi_ = nullptr;
  std::optional<Clock::time_point> due_;  ///< when curl wants to be called, whatever happens
};

}  // namespace snom::http
