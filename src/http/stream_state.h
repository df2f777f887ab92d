#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/mailbox.h"
#include "http/server.h"

namespace snom::http {

class Connection;

/// What a stream and its connection share: bytes on their way from any thread to the server's.
class StreamState final : public std::enable_shared_from_this<StreamState> {
 public:
  /// `chunked`: frame what is written as chunks (RFC 9112 section 7.1).
  StreamState(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Connection> connection, bool chunked)
      : mailbox_(std::move(mailbox)), connection_(std::move(connection)), chunked_(chunked) {}

  /// Any thread.
  bool write(std::string_view bytes);
  [[nodiscard]] bool open() const;
  [[nodiscard]] std::size_t waiting() const;
  /// Nothing more will be written: the body ends behind what waits.
  void end();

  /// Server's thread. What is to be sent next; empty when nothing waits. What was taken before counts as sent.
  [[nodiscard]] std::string take();
  /// Server's thread. True when everything is sent and nothing more will come.
  [[nodiscard]] bool finished() const;
  /// Server's thread. The connection is gone.
  void close();

 private:
  void request_flush();  ///< with the lock held

  static constexpr std::size_t max_waiting = 1024 * 1024;

  const std::shared_ptr<Mailbox> mailbox_;
  const std::weak_ptr<Connection> connection_;  ///< locked on the server's thread only: there connections live and die
  const bool chunked_;

  mutable std::mutex mutex_;
  std::string waiting_;
  std::size_t being_sent_ = 0;
  bool flush_requested_ = false;
  bool closed_ = false;
  bool ended_ = false;
};

/// The handler's end of a stream.
class StreamHandle final : public Stream {
 public:
  explicit StreamHandle(std::shared_ptr<StreamState> state) : state_(std::move(state)) {}
  ~StreamHandle() override { state_->end(); }
  StreamHandle(const StreamHandle&) = delete;
  StreamHandle& operator=(const StreamHandle&) = delete;

  bool write(std::string_view bytes) override { return state_->write(bytes); }
  [[nodiscard]] bool open() const override { return state_->open(); }
  [[nodiscard]] std::size_t waiting() const override { return state_->waiting(); }

 private:
  const std::shared_ptr<StreamState> state_;
};

}  // namespace snom::http
