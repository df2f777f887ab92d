#include "mod_snom/core.h"

#include <cstdlib>

#include "language/text.h"

namespace snom::freeswitch {
namespace {

switch_log_level_t level_of(Level level) {
  switch (level) {
    case Level::error:
      return SWITCH_LOG_ERROR;
    case Level::warning:
      return SWITCH_LOG_WARNING;
    case Level::notice:
      return SWITCH_LOG_NOTICE;
    case Level::info:
      return SWITCH_LOG_INFO;
    case Level::debug:
      break;
  }
  return SWITCH_LOG_DEBUG;
}

}  // namespace

void log(Level level, const std::string& text) {
  switch_log_printf(SWITCH_CHANNEL_LOG, level_of(level), "mod_snom: %s\n", language::printable(text).c_str());
}

std::string run_api(const std::string& command, const std::string& arguments) {
  switch_stream_handle_t stream;
  SWITCH_STANDARD_STREAM(stream);
  struct Freed {
    const switch_stream_handle_t& stream;
    ~Freed() { std::free(stream.data); }
  } const freed{stream};
  switch_api_execute(command.c_str(), arguments.c_str(), nullptr, &stream);
  return stream.data != nullptr ? static_cast<const char*>(stream.data) : "";
}

std::string header(switch_event_t* event, const char* name) {
  const char* value = switch_event_get_header(event, name);
  return value != nullptr ? value : "";
}

std::uint64_t sequence_of(switch_event_t* event) {
  const char* value = switch_event_get_header(event, "Event-Sequence");
  return value != nullptr ? std::strtoull(value, nullptr, 10) : 0;
}

std::uint64_t next_sequence() {
  switch_event_t* event = nullptr;
  if (switch_event_create(&event, SWITCH_EVENT_CUSTOM) != SWITCH_STATUS_SUCCESS) return 0;
  const auto sequence = sequence_of(event);
  switch_event_destroy(&event);
  return sequence;
}

OutgoingEvent::OutgoingEvent(const char* subclass) {
  if (switch_event_create_subclass(&event_, SWITCH_EVENT_CUSTOM, subclass) != SWITCH_STATUS_SUCCESS) event_ = nullptr;
}

OutgoingEvent::OutgoingEvent(switch_event_types_t type) {
  if (switch_event_create(&event_, type) != SWITCH_STATUS_SUCCESS) event_ = nullptr;
}

OutgoingEvent::~OutgoingEvent() {
  if (event_ != nullptr) switch_event_fire(&event_);
}

void OutgoingEvent::add(const char* name, const std::string& value) {
  if (event_ != nullptr) switch_event_add_header_string(event_, SWITCH_STACK_BOTTOM, name, value.c_str());
}

}  // namespace snom::freeswitch
