#include "snomd/event_hub.h"

#include <spdlog/spdlog.h>

#include "snomd/event_json.h"

namespace snom::snomd {
namespace {

constexpr auto keep_alive_interval = std::chrono::seconds(15);

/// Commands are many and have a reply of their own; what phones do by themselves is what a log is read for.
spdlog::level::level_enum level_of(const control::Event& event) {
  const bool by_command =
      std::holds_alternative<control::CommandDone>(event) || std::holds_alternative<control::ButtonSet>(event);
  return by_command ? spdlog::level::debug : spdlog::level::info;
}

}  // namespace

void EventHub::publish(const control::Event& event) {
  const auto level = level_of(event);
  const bool logged = spdlog::should_log(level);
  if (!logged && streams_.empty()) return;
  const std::string json = dump(to_json(event));
  const std::string_view name = event_name(event);
  if (logged) spdlog::log(level, "{} {}", name, json);
  if (streams_.empty()) return;
  std::string text;
  text.reserve(json.size() + 32);
  text.append("event: ").append(name).append("\ndata: ").append(json).append("\n\n");
  send_to_all(text);
}

void EventHub::add(std::shared_ptr<http::Stream> stream) {
  if (!stream->write(": watching\n\n")) return;
  streams_.push_back(std::move(stream));
  if (!keep_alive_timer_) keep_alive();
}

void EventHub::close() {
  if (keep_alive_timer_) loop_.cancel(*keep_alive_timer_);
  keep_alive_timer_.reset();
  streams_.clear();
}

void EventHub::send_to_all(std::string_view bytes) {
  std::erase_if(streams_, [&](const std::shared_ptr<http::Stream>& stream) { return !stream->write(bytes); });
}

void EventHub::keep_alive() {
  keep_alive_timer_.reset();
  if (streams_.empty()) return;
  keep_alive_timer_ = loop_.after(keep_alive_interval, [this] {
    send_to_all(": still here\n\n");
    keep_alive();
  });
}

}  // namespace snom::snomd
