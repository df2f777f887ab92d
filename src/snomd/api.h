#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/server.h"
#include "snomd/api_core.h"
#include "snomd/router.h"

namespace snom::snomd {

/// snomd's HTTP interface; docs/snomd.md is its contract. Both functions are called on the HTTP thread: refusal()
/// checks who asks, handle() does the rest on the loop's thread, where the command service lives. Lists are only copied
/// there, some phones a turn, and become JSON in the workroom, as pictures become PNG.
class Api final {
 public:
  using Context = ApiContext;

  /// `token`: empty = none asked for. `context` is called on the loop's thread only. `loop` and `workroom` outlive
  /// this.
  Api(sip::EventLoop& loop, picture::Workroom& workroom, std::string token, std::function<Context*()> context);

  /// The refusal, if this request may not do anything. Goes by its headers alone: asked before the body is read.
  [[nodiscard]] std::optional<http::Response> refusal(const http::Request& request) const;
  /// What refusal() let pass.
  void handle(const http::Request& request, std::shared_ptr<http::Responder> responder);

  [[nodiscard]] const Router& router() const { return router_; }

 private:
  std::string token_;
  ApiCore core_;
  Router router_;
};

}  // namespace snom::snomd
