#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "control/event.h"
#include "http/server.h"
#include "sip/event_loop.h"

namespace snom::snomd {

/// Hands events to everybody who watches GET /v1/events (server-sent events, HTML Living Standard section 9.2). Loop's
/// thread.
class EventStreams final : public control::EventSink {
 public:
  explicit EventStreams(sip::EventLoop& loop) : loop_(loop) {}

  void publish(const control::Event& event) override;

  /// A new watcher: gets every event from now on and a comment every 15 s, until it goes.
  void add(std::shared_ptr<http::Stream> stream);

  /// Ends all streams; nothing of this is on the loop any more.
  void close();

 private:
  void send_to_all(std::string_view bytes);
  void keep_alive();

  sip::EventLoop& loop_;
  std::vector<std::shared_ptr<http::Stream>> streams_;
  std::optional<sip::EventLoop::TimerId> keep_alive_timer_;
};

}  // namespace snom::snomd
