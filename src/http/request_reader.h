#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "http/chunked_body.h"
#include "http/server.h"

namespace snom::http {

/// Cuts a connection's bytes into requests (RFC 9112), one after another. What two readers could cut differently
/// (request smuggling, RFC 9112 section 11.2) is refused, and behind a refusal nothing more is read. One thread.
class RequestReader final {
 public:
  enum class Stage {
    between,     ///< no byte of a next request is there
    incomplete,  ///< in the middle of one
    head_ended,  ///< once for each request: request() has all but the body
    complete,    ///< request() may be taken; reading on begins the next one
  };

  /// `max_body`: bytes; a longer one is refused as soon as that can be told.
  explicit RequestReader(std::size_t max_body);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  void append(std::string_view bytes) { input_ += bytes; }
  /// Reads on, to the next stage that there are bytes for.
  [[nodiscard]] tl::expected<Stage, Refusal> read();

  /// From `head_ended` on. Fields of a trailer are none of its headers.
  [[nodiscard]] Request& request() { return request_; }
  [[nodiscard]] bool http_1_0() const { return http_1_0_; }
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }
  /// From `head_ended` on: more of this request is to come, or waits to be read.
  [[nodiscard]] bool has_body() const { return has_body_; }
  /// From `head_ended` on: the client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool expects_continue() const;

  /// In the middle of a request.
  [[nodiscard]] bool begun() const { return begun_; }
  [[nodiscard]] bool has_unread() const { return taken_ < input_.size(); }
  /// Bytes that are kept of a request that is not complete.
  [[nodiscard]] std::size_t held() const { return begun_ ? input_.size() + request_.body.size() : 0; }
  /// Forgets all.
  void clear();

 private:
  struct Head;
  [[nodiscard]] tl::expected<Stage, Refusal> read_head();
  [[nodiscard]] tl::expected<Stage, Refusal> read_body();
  [[nodiscard]] tl::expected<void, Refusal> check_lines(std::string_view bytes);
  [[nodiscard]] tl::expected<void, Refusal> take_head();

  const std::size_t max_body_;
  std::string input_;  ///< the first `taken_` bytes of it are read
  std::size_t taken_ = 0;
  bool begun_ = false;
  std::unique_ptr<Head> head_;         ///< in the middle of a head
  std::optional<ChunkedBody> chunks_;  ///< of the body that is read, if it comes so; otherwise
  std::size_t body_left_ = 0;          ///< so much of it is to come
  Request request_;
  bool http_1_0_ = false;
  bool keep_alive_ = true;
  bool has_body_ = false;
};

}  // namespace snom::http
