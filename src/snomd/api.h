#pragma once

#include <memory>
#include <optional>
#include <string>

#include "access/gate.h"
#include "http/server.h"
#include "snomd/api_core.h"
#include "snomd/audit_log.h"
#include "snomd/https_only.h"
#include "snomd/metrics.h"
#include "snomd/noted_responder.h"
#include "snomd/refusal_log.h"
#include "snomd/router.h"
#include "snomd/tokens.h"

namespace snom::snomd {

/// snomd's HTTP interface; docs/snomd.md is its contract. Both functions are called on the HTTP thread: refusal()
/// checks who asks, handle() does the rest on the loop's thread, where the command service lives. Lists are only copied
/// there, some phones a turn, and become JSON in the workroom, as pictures become PNG.
class Api final {
 public:
  using Context = ApiContext;

  /// Who may, and what is written and counted of it.
  struct Guards {
    access::Gate& gate;
    Tokens& tokens;
    AuditLog& audit;
    Metrics& metrics;
  };

  /// `context` is called on the loop's thread only. `loop`, `workroom` and the guards outlive this.
  Api(sip::EventLoop& loop, picture::Workroom& workroom, const Guards& guards, std::function<Context*()> context);

  /// Those who come by plain HTTP are led to this address ("192.0.2.3:8443"), see HttpsOnly. Before the first request.
  void want_https(const std::string& address) { https_only_.emplace(address); }

  /// The refusal, if this request may not do anything. Goes by its headers alone: asked before the body is read.
  [[nodiscard]] std::optional<http::Response> refusal(const http::Request& request);
  /// What refusal() let pass.
  void handle(const http::Request& request, std::shared_ptr<http::Responder> responder);

  [[nodiscard]] const Router& router() const { return router_; }

 private:
  /// refusal(), uncounted.
  [[nodiscard]] std::optional<http::Response> find_refusal(const http::Request& request, const Router::Found& found);
  /// Of a caller without a token.
  [[nodiscard]] static std::optional<http::Response> refusal_of_web_page(const http::Request& request);
  /// What the audit log is to have of it; nullopt: nothing.
  [[nodiscard]] std::optional<AuditLog::Change> change_of(const http::Request& request, std::string_view pattern,
                                                          const std::string& who, access::Role role);

  void log_wrong_token(const std::string& peer);

  Guards guards_;
  RefusalLog refusals_;  ///< HTTP thread
  std::optional<HttpsOnly> https_only_;
  /// A request may be dropped when this has gone.
  const std::shared_ptr<const char> alive_ = std::make_shared<const char>('\0');
  ApiCore core_;
  Router router_;
};

}  // namespace snom::snomd
