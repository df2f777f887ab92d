#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "control/switchboard.h"
#include "http/server.h"
#include "snomd/event_hub.h"

namespace snom::snomd {

/// snomd's HTTP interface; docs/snomd.md is its contract. handle() is called on the HTTP thread, checks who asks, and
/// does the rest on the loop's thread, where the switchboard lives.
class Api final {
 public:
  /// What the interface shows, on the loop's thread. nullptr while snomd stops: requests are then answered 503.
  struct House {
    control::Switchboard& switchboard;
    const control::Directory& directory;
    EventHub& events;
  };

  /// `token`: empty = none asked for. `house` is called on the loop's thread only.
  Api(sip::EventLoop& loop, std::string token, std::function<House*()> house);

  void handle(const http::Request& request, std::shared_ptr<http::Responder> responder);

 private:
  /// The refusal, if this request may not do anything.
  [[nodiscard]] std::optional<http::Response> refusal(const http::Request& request) const;

  sip::EventLoop& loop_;
  std::string token_;
  std::function<House*()> house_;
};

}  // namespace snom::snomd
