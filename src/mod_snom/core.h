#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <switch.h>

/// The few things of FreeSWITCH's core that several files here use, in C++ clothes. Any thread.
namespace snom::freeswitch {

enum class Level { error, warning, notice, info, debug };
void log(Level level, const std::string& text);

/// Runs an API command; what it wrote.
[[nodiscard]] std::string run_api(const std::string& command, const std::string& arguments);

/// A header's value; empty when there is none.
[[nodiscard]] std::string header(switch_event_t* event, const char* name);

/// When an event was made: the core counts them (`Event-Sequence`), and may deliver one a good while later. 0 when it
/// has no number.
[[nodiscard]] std::uint64_t sequence_of(switch_event_t* event);
/// A number of its own: events that exist have a lower one, those to come a higher one. 0 when memory is out.
[[nodiscard]] std::uint64_t next_sequence();

/// An event that is fired at the end of its life unless it was given away.
class OutgoingEvent {
 public:
  /// CUSTOM with that subclass.
  explicit OutgoingEvent(const char* subclass);
  /// One of the core's.
  explicit OutgoingEvent(switch_event_types_t type);
  ~OutgoingEvent();
  OutgoingEvent(const OutgoingEvent&) = delete;
  OutgoingEvent& operator=(const OutgoingEvent&) = delete;

  void add(const char* name, const std::string& value);

 private:
  switch_event_t* event_ = nullptr;
};

}  // namespace snom::freeswitch
