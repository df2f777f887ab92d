#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace snom::http {

/// Why a request is not read any further.
struct Refusal {
  int status;  ///< 400, 413, 431, 501
  std::string why;
};

/// Reads a body that comes in chunks (RFC 9112 section 7.1), whatever way its bytes arrive. Lines end in CR LF here and
/// sizes are hexadecimal digits alone; extensions and trailer are passed over, and have a limit. One thread.
class ChunkedBody final {
 public:
  /// `max_body`: bytes of all chunks together.
  explicit ChunkedBody(std::size_t max_body) : max_body_(max_body) {}

  /// Takes from the front of `bytes` what belongs to the body; how many they are. Its data is appended to `body`.
  [[nodiscard]] tl::expected<std::size_t, Refusal> take(std::string_view bytes, std::string& body);
  [[nodiscard]] bool complete() const { return stage_ == Stage::complete; }

 private:
  enum class Stage { size, data, data_end, trailer, complete };
  [[nodiscard]] tl::expected<void, Refusal> end_line();
  [[nodiscard]] tl::expected<void, Refusal> read_size();

  const std::size_t max_body_;
  Stage stage_ = Stage::size;
  std::string line_;        ///< what came of the line that is read
  std::size_t left_ = 0;    ///< of the chunk that is read
  std::size_t all_ = 0;     ///< bytes of all chunks
  std::size_t beside_ = 0;  ///< bytes of extensions and trailer
};

}  // namespace snom::http
