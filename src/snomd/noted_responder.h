#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/server.h"

namespace snom::snomd {

/// Passes an answer on, and says before that how it turned out: for counters and for the audit log. Any thread.
class NotedResponder final : public http::Responder {
 public:
  /// Called once, on the thread that answers. Of a body that is made in pieces or does not end there is no more than
  /// its type.
  using Note = std::function<void(int status, std::string_view content_type, std::string_view body)>;
  /// Whether whoever asked may still watch.
  using StillMay = std::function<bool()>;

  NotedResponder(std::shared_ptr<http::Responder> to, Note note, StillMay still_may)
      : to_(std::move(to)), note_(std::move(note)), still_may_(std::move(still_may)) {}
  /// One that is dropped unanswered is noted as 500, which the server answers.
  ~NotedResponder() override;
  NotedResponder(const NotedResponder&) = delete;
  NotedResponder& operator=(const NotedResponder&) = delete;

  void send(http::Response response) override;
  void send_in_pieces(http::Response first, http::NextPiece next) override;
  /// A stream that ends with the next write after the caller may no more.
  [[nodiscard]] std::shared_ptr<http::Stream> stream(std::string content_type) override;

 private:
  void note(int status, std::string_view content_type, std::string_view body);

  const std::shared_ptr<http::Responder> to_;
  const Note note_;
  const StillMay still_may_;
  std::atomic<bool> is_noted_ = false;
};

}  // namespace snom::snomd
