#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "control/event.h"
#include "http/server.h"
#include "sip/event_loop.h"
#include "snomd/event_memory.h"

namespace snom::snomd {

/// Hands events to everybody who watches GET /v1/events (server-sent events, HTML Living Standard section 9.2), and to
/// who comes back those that he missed, as far as they are remembered. An event's id is "<run>-<number>": each run of
/// snomd has another. Loop's thread.
class EventStreams final : public control::EventSink {
 public:
  /// `run`: letters and digits; empty = made at random. `node`: of one of several snomd, which each event then names.
  explicit EventStreams(sip::EventLoop& loop, EventMemory::Limits limits = {}, std::string run = {},
                        std::string node = {});

  void publish(const control::Event& event) override;

  /// What a watcher wants to get.
  struct Wish {
    using Names = std::set<std::string, std::less<>>;
    Names types;                       ///< of events; empty: all
    Names phones;                      ///< addresses of record; empty: of all phones and of none
    std::optional<std::string> after;  ///< the id of the last event that he has got; none: from now on
  };
  /// A new watcher: gets each event that he wants from now on, before them those after `after`, and a comment every
  /// 15 s, until he goes or takes nothing for two of them. Where events are lost, he gets an event `gap` in their
  /// place.
  void add(std::shared_ptr<http::Stream> stream, Wish wish);

  /// "1f3a9c07-12": of the latest event.
  [[nodiscard]] std::string newest_id() const { return id(memory_.newest()); }
  [[nodiscard]] std::size_t watchers() const { return watchers_.size(); }

  /// Ends all streams; nothing of this is on the loop any more.
  void close();

 private:
  struct Watcher {
    std::shared_ptr<http::Stream> stream;
    Wish wish;
    std::uint64_t next = 0;     ///< the number of the event that he is to get next
    bool behind = false;        ///< he is still given what he missed
    std::uint64_t written = 0;  ///< bytes
    std::uint64_t taken = 0;    ///< of which the connection had taken at the last comment
  };

  [[nodiscard]] std::string id(std::uint64_t number) const;
  /// Says what is lost, and where he goes on.
  bool begin(Watcher& watcher);
  [[nodiscard]] bool wants(const Watcher& watcher, const control::Event& event) const;
  [[nodiscard]] std::string text_of(std::uint64_t number, const control::Event& event, EventMemory::TimePoint at) const;
  [[nodiscard]] std::string gap(std::uint64_t next, std::optional<std::uint64_t> lost, std::string_view why) const;
  static bool write(Watcher& watcher, std::string_view bytes);
  /// Some of what a watcher missed; false: he is gone.
  bool catch_up(Watcher& watcher);
  void catch_up_later();
  void keep_alive();
  bool is_there(Watcher& watcher);

  sip::EventLoop& loop_;
  EventMemory memory_;
  const std::string run_;
  const std::string node_;
  std::vector<Watcher> watchers_;
  std::optional<sip::EventLoop::TimerId> keep_alive_timer_;
  std::optional<sip::EventLoop::TimerId> catch_up_timer_;
};

}  // namespace snom::snomd
