#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <vector>

#include "http/server.h"
#include "phone/phones.h"
#include "runtime/clock.h"
#include "runtime/lifetime.h"

namespace snom::phone {

/// Tells those who look at a page what has changed, as server-sent events (HTML Living Standard section 9.2): who
/// watches phones gets the whole state of one as event `phone`, at most fifty a second of each; who watches the list
/// gets what it says of phones as event `phones`, at most five a second, or `reload` when it is too much. All get a
/// comment every 15 s. Phones' thread.
class LiveStates final {
 public:
  /// Both outlive this.
  LiveStates(runtime::Clock& clock, const Phones& phones) : clock_(clock), phones_(phones) {}
  LiveStates(const LiveStates&) = delete;
  LiveStates& operator=(const LiveStates&) = delete;

  void changed(const VirtualPhone& phone);
  /// Tells their state at once, and from then on. `places`: in the phones' order, none twice.
  void watch(std::vector<std::size_t> places, std::shared_ptr<http::Stream> stream);
  void watch_list(std::shared_ptr<http::Stream> stream);

 private:
  struct Watcher {
    std::vector<std::size_t> places;
    std::shared_ptr<http::Stream> stream;
  };
  void tell_states();
  void tell_list();
  void keep_alive();
  void recount();

  runtime::Clock& clock_;
  const Phones& phones_;
  std::vector<Watcher> watchers_;
  std::vector<std::shared_ptr<http::Stream>> list_watchers_;
  std::set<std::size_t> watched_;       ///< by any of the watchers
  std::set<std::size_t> changed_;       ///< of those, since they were told
  std::set<std::size_t> list_changed_;  ///< of all, since list watchers were told
  runtime::Clock::TimePoint told_{};
  bool states_due_ = false;
  bool list_due_ = false;
  bool alive_due_ = false;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::phone
