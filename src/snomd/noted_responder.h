#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access/gate.h"
#include "http/server.h"
#include "snomd/audit_log.h"
#include "snomd/metrics.h"

namespace snom::snomd {

/// Passes an answer on, and before that counts it and writes it into the audit log. Any thread.
class NotedResponder final : public http::Responder {
 public:
  /// What is noted of it.
  struct Of {
    std::weak_ptr<const void> alive;  ///< nothing else of these is used once it has gone
    const access::Gate& gate;
    AuditLog& audit;
    Metrics& metrics;
    std::string method;
    std::string_view pattern;  ///< of the route; empty without one
    access::Caller caller;
    std::optional<AuditLog::Change> change;  ///< for the audit log; nullopt: it has nothing of this
  };

  NotedResponder(std::shared_ptr<http::Responder> to, Of of) : to_(std::move(to)), of_(std::move(of)) {}
  /// One that is dropped unanswered is noted as 500, which the server answers.
  ~NotedResponder() override;
  NotedResponder(const NotedResponder&) = delete;
  NotedResponder& operator=(const NotedResponder&) = delete;

  void send(http::Response response) override;
  void send_in_pieces(http::Response first, http::NextPiece next) override;
  /// A stream that ends with the next write after the caller may no more.
  [[nodiscard]] std::shared_ptr<http::Stream> stream(std::string content_type) override;

 private:
  /// Once. Of a body that is made in pieces or does not end there is no more than its type.
  void note(int status, std::string_view content_type, std::string_view body);

  const std::shared_ptr<http::Responder> to_;
  const Of of_;
  std::atomic<bool> is_noted_ = false;
};

}  // namespace snom::snomd
