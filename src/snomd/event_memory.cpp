#include "snomd/event_memory.h"

namespace snom::snomd {
namespace {

/// A registration is shared with who else keeps it, and may outlive those.
constexpr std::size_t bytes_a_registration = 768;

struct Bytes {
  static std::size_t of(const language::Button& button) {
    return button.key.size() + button.label.size() + button.number.size() + button.caller.size();
  }
  static std::size_t of(const std::vector<control::ContactOutcome>& contacts) {
    std::size_t bytes = 0;
    for (const auto& contact : contacts) {
      bytes += sizeof contact + contact.contact.size() + contact.reason.size() + contact.lost.size();
    }
    return bytes;
  }

  std::size_t operator()(const control::Registered&) const { return bytes_a_registration; }
  std::size_t operator()(const control::Unregistered& e) const { return bytes_a_registration + e.why.size(); }
  std::size_t operator()(const control::ButtonSet& e) const {
    return e.address_of_record.size() + of(e.button) + of(e.contacts) + e.error.size();
  }
  std::size_t operator()(const control::KeysSent& e) const { return bytes_a_registration + e.reason.size(); }
  std::size_t operator()(const control::Pressed& e) const {
    return e.address_of_record.size() + e.key.size() + e.action.size() + e.why.size() + e.output.size() +
           e.network.size();
  }
  std::size_t operator()(const control::CommandDone& e) const {
    return e.command.size() + e.reply.size() + of(e.contacts);
  }
};

}  // namespace

std::size_t bytes_of(const control::Event& event) {
  const bool is_small = std::holds_alternative<control::Registered>(event);
  return sizeof(EventMemory::Packed) + (is_small ? 0 : sizeof event) + std::visit(Bytes{}, event);
}

void EventMemory::add(const control::Event& event, TimePoint at) {
  ++newest_;
  const auto bytes = bytes_of(event);
  // One that is larger than all may be makes those before it unreachable without a gap: they go, too.
  if (limits_.events == 0 || bytes > limits_.bytes) {
    kept_.clear();
    bytes_ = 0;
    return;
  }
  while (!kept_.empty() && (kept_.size() >= limits_.events || bytes_ + bytes > limits_.bytes)) {
    bytes_ -= kept_.front().bytes;
    kept_.pop_front();
  }
  Packed& packed = kept_.emplace_back();
  packed.at = at;
  packed.bytes = bytes;
  if (const auto* registered = std::get_if<control::Registered>(&event)) {
    packed.event = *registered;
  } else {
    packed.event = std::make_unique<const control::Event>(event);
  }
  bytes_ += bytes;
}

EventMemory::Kept EventMemory::at(std::uint64_t number) const {
  const Packed& packed = kept_[number - oldest()];
  if (const auto* registered = std::get_if<control::Registered>(&packed.event)) return {*registered, packed.at};
  return {*std::get<std::unique_ptr<const control::Event>>(packed.event), packed.at};
}

}  // namespace snom::snomd
