#include "http/stream_state.h"

#include <array>
#include <charconv>

#include "http/connection.h"

namespace snom::http {

bool StreamState::write(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_ || ended_ || mailbox_->closed()) return false;
  if (bytes.empty()) return true;  // an empty chunk would end the body
  if (waiting_.size() + being_sent_ + bytes.size() > max_waiting) {
    closed_ = true;
    mailbox_->post([connection = connection_] {
      if (const auto peer = connection.lock()) peer->close();
    });
    return false;
  }
  if (chunked_) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16).ptr;
    waiting_.append(digits.data(), end).append("\r\n").append(bytes).append("\r\n");
  } else {
    waiting_ += bytes;
  }
  request_flush();
  return true;
}

bool StreamState::open() const {
  const std::lock_guard lock(mutex_);
  return !closed_ && !mailbox_->closed();
}

std::size_t StreamState::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size() + being_sent_;
}

void StreamState::end() {
  const std::lock_guard lock(mutex_);
  if (closed_ || ended_) return;
  ended_ = true;
  if (chunked_) waiting_ += "0\r\n\r\n";
  request_flush();
}

std::string StreamState::take() {
  const std::lock_guard lock(mutex_);
  flush_requested_ = false;
  std::string taken;
  taken.swap(waiting_);
  being_sent_ = taken.size();
  return taken;
}

bool StreamState::finished() const {
  const std::lock_guard lock(mutex_);
  return ended_ && waiting_.empty() && being_sent_ == 0;
}

void StreamState::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  waiting_.clear();
}

void StreamState::request_flush() {
  if (flush_requested_) return;
  flush_requested_ = true;
  mailbox_->post([connection = connection_] {
    if (const auto peer = connection.lock()) peer->flush_stream();
  });
}

}  // namespace snom::http
