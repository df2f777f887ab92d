#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace snom::http::testing {

/// A client that sends exactly the bytes it is told, for what no well-behaved client sends. Waits 5 s at most.
class RawClient final {
 public:
  /// "127.0.0.1:34567" or "[::1]:34567".
  explicit RawClient(const std::string& address);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) const;
  void shut_down_sending() const;
  /// Reads until `end` is in what came since the last call, and answers all up to and with it. What came before the
  /// peer closed, or before the time was over, if `end` never came.
  std::string read_until(std::string_view end);
  /// Reads one answer with Content-Length: its head and body.
  std::string read_answer();
  /// Reads to the end of the connection.
  std::string read_all();
  /// Reads what is there, 64 KiB at most, once there is something; false: end of input, or time over.
  bool read_some(std::chrono::milliseconds time);
  /// True when the peer closes within the time.
  bool closed_within(std::chrono::milliseconds time);

 private:
  int socket_ = -1;
  std::string input_;
};

}  // namespace snom::http::testing
