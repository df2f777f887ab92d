#include "snomd/event_streams.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "language/hex.h"
#include "runtime/random.h"
#include "snomd/event_json.h"

namespace snom::snomd {
namespace {

constexpr std::chrono::seconds keep_alive_interval{15};

/// What was missed is given in turns: so many events looked at in one, and no more than so many bytes on their way,
/// so that neither the loop nor the stream (which has room for 1 MiB) has too much of it.
constexpr std::size_t events_a_turn = 100;
constexpr std::size_t most_bytes_waiting = 256UL * 1024;
constexpr std::chrono::milliseconds turn_interval{5};

std::string random_run() { return language::to_hex(runtime::random_bytes(4)); }

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_among(const EventStreams::Wish::Names& wanted, std::string_view one) {
  return wanted.empty() || wanted.contains(one);
}

}  // namespace

EventStreams::EventStreams(sip::EventLoop& loop, EventMemory::Limits limits, std::string run, std::string node)
    : loop_(loop), memory_(limits), run_(run.empty() ? random_run() : std::move(run)), node_(std::move(node)) {}

std::string EventStreams::id(std::uint64_t number) const { return fmt::format("{}-{}", run_, number); }

void EventStreams::publish(const control::Event& event) {
  const auto now = std::chrono::steady_clock::now();
  memory_.add(event, now);
  std::string text;  // once for all who want it
  std::erase_if(watchers_, [&](Watcher& watcher) {
    if (watcher.behind) return false;  // he comes to it
    watcher.next = memory_.newest() + 1;
    if (!wants(watcher, event)) return false;
    if (text.empty()) text = text_of(memory_.newest(), event, now);
    return !write(watcher, text);
  });
}

void EventStreams::add(std::shared_ptr<http::Stream> stream, Wish wish) {
  Watcher watcher{std::move(stream), std::move(wish)};
  watcher.next = memory_.newest() + 1;
  if (!begin(watcher)) return;
  watchers_.push_back(std::move(watcher));
  if (watchers_.back().behind) catch_up_later();
  if (!keep_alive_timer_) keep_alive();
}

bool EventStreams::begin(Watcher& watcher) {
  if (!watcher.wish.after) return write(watcher, fmt::format(": watching\nid: {}\n\n", newest_id()));
  const std::string_view after = *watcher.wish.after;
  const auto dash = after.rfind('-');
  const auto number = dash == std::string_view::npos ? std::nullopt : number_of(after.substr(dash + 1));
  std::string text = ": watching\n\n";
  if (!number || (after.substr(0, dash) == run_ && *number > memory_.newest())) {
    text += gap(watcher.next, std::nullopt, "unknown");
  } else if (after.substr(0, dash) != run_) {
    watcher.next = memory_.oldest();
    text += gap(watcher.next, std::nullopt, "restarted");
  } else {
    watcher.next = *number + 1;
  }
  watcher.behind = watcher.next <= memory_.newest();
  return write(watcher, text);
}

bool EventStreams::wants(const Watcher& watcher, const control::Event& event) const {
  if (!is_among(watcher.wish.types, event_name(event))) return false;
  return watcher.wish.phones.empty() || is_among(watcher.wish.phones, phone_of(event));
}

std::string EventStreams::text_of(std::uint64_t number, const control::Event& event, EventMemory::TimePoint at) const {
  auto data = to_json(event, at);
  if (!node_.empty()) data["node"] = node_;
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", id(number), event_name(event), dump(data));
}

std::string EventStreams::gap(std::uint64_t next, std::optional<std::uint64_t> lost, std::string_view why) const {
  const nlohmann::json data{{"lost", lost ? nlohmann::json(*lost) : nlohmann::json(nullptr)}, {"why", why}};
  return fmt::format("id: {}\nevent: gap\ndata: {}\n\n", id(next - 1), dump(data));
}

bool EventStreams::write(Watcher& watcher, std::string_view bytes) {
  watcher.written += bytes.size();
  return watcher.stream->write(bytes);
}

bool EventStreams::catch_up(Watcher& watcher) {
  std::string text;
  if (watcher.next < memory_.oldest()) {
    text = gap(memory_.oldest(), memory_.oldest() - watcher.next, "forgotten");
    watcher.next = memory_.oldest();
  }
  const auto end = std::min(memory_.newest() + 1, watcher.next + events_a_turn);
  while (watcher.next < end && watcher.stream->waiting() + text.size() < most_bytes_waiting) {
    const auto number = watcher.next++;
    const auto kept = memory_.at(number);
    if (wants(watcher, kept.event)) text += text_of(number, kept.event, kept.at);
  }
  watcher.behind = watcher.next <= memory_.newest();
  return text.empty() ? watcher.stream->open() : write(watcher, text);
}

void EventStreams::catch_up_later() {
  if (catch_up_timer_) return;
  catch_up_timer_ = loop_.after(turn_interval, [this] {
    catch_up_timer_.reset();
    std::erase_if(watchers_, [this](Watcher& watcher) { return watcher.behind && !catch_up(watcher); });
    const bool more =
        std::any_of(watchers_.begin(), watchers_.end(), [](const Watcher& watcher) { return watcher.behind; });
    if (more) catch_up_later();
  });
}

void EventStreams::close() {
  for (auto* timer : {&keep_alive_timer_, &catch_up_timer_}) {
    if (*timer) loop_.cancel(**timer);
    timer->reset();
  }
  watchers_.clear();
}

void EventStreams::keep_alive() {
  keep_alive_timer_.reset();
  if (watchers_.empty()) return;
  keep_alive_timer_ = loop_.after(keep_alive_interval, [this] {
    std::erase_if(watchers_, [this](Watcher& watcher) { return !is_there(watcher); });
    keep_alive();
  });
}

bool EventStreams::is_there(Watcher& watcher) {
  const auto waiting = watcher.stream->waiting();
  const auto taken = watcher.written - std::min<std::uint64_t>(waiting, watcher.written);
  if (waiting > 0 && taken == watcher.taken) return false;
  watcher.taken = taken;
  // Who filters has the latest number too, so that what he did not want is nothing that he missed.
  const auto number = watcher.behind ? std::string() : fmt::format("id: {}\n", newest_id());
  return write(watcher, fmt::format(": still here\n{}\n", number));
}

}  // namespace snom::snomd
