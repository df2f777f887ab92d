#include "snomd/event_streams.h"

#include <chrono>
#include <string>
#include <utility>

#include "snomd/event_json.h"

namespace snom::snomd {
namespace {

constexpr auto keep_alive_interval = std::chrono::seconds(15);

}  // namespace

void EventStreams::publish(const control::Event& event) {
  if (streams_.empty()) return;
  const std::string json = dump(to_json(event));
  std::string text;
  text.reserve(json.size() + 32);
  text.append("event: ").append(event_name(event)).append("\ndata: ").append(json).append("\n\n");
  send_to_all(text);
}

void EventStreams::add(std::shared_ptr<http::Stream> stream) {
  if (!stream->write(": watching\n\n")) return;
  streams_.push_back(std::move(stream));
  if (!keep_alive_timer_) keep_alive();
}

void EventStreams::close() {
  if (keep_alive_timer_) loop_.cancel(*keep_alive_timer_);
  keep_alive_timer_.reset();
  streams_.clear();
}

void EventStreams::send_to_all(std::string_view bytes) {
  std::erase_if(streams_, [&](const std::shared_ptr<http::Stream>& stream) { return !stream->write(bytes); });
}

void EventStreams::keep_alive() {
  keep_alive_timer_.reset();
  if (streams_.empty()) return;
  keep_alive_timer_ = loop_.after(keep_alive_interval, [this] {
    send_to_all(": still here\n\n");
    keep_alive();
  });
}

}  // namespace snom::snomd
