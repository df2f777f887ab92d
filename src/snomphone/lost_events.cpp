#include "snomphone/lost_events.h"

#include "phone/event.h"

namespace snom::snomphone {

std::string lost_events(std::uint64_t lost) {
  return phone::to_json({"gap", {{"lost", static_cast<std::int64_t>(lost)}}}, "") + "\n";
}

}  // namespace snom::snomphone
