#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "control/commands/command_service.h"
#include "http/places.h"
#include "http/server.h"
#include "picture/workroom.h"
#include "registration/directory.h"
#include "sip/event_loop.h"
#include "snomd/about.h"
#include "snomd/event_streams.h"
#include "snomd/listing.h"
#include "snomd/phone_groups.h"
#include "snomd/press_page.h"
#include "snomd/recent_refusals.h"
#include "snomd/router.h"

namespace snom::cluster {
class Nodes;
}  // namespace snom::cluster

namespace snom::snomd {

class Metrics;
class Tokens;

/// What the HTTP interface shows, on the loop's thread.
struct ApiContext {
  control::CommandService& command_service;
  const registration::Directory& directory;
  EventStreams& streams;
  PressPage* presses = nullptr;                 ///< of listed phones; nullptr: there are none by HTTP
  PhoneGroups* groups = nullptr;                ///< that operators make; nullptr: none are kept
  const About* about = nullptr;                 ///< nullptr: not told
  const RecentRefusals* refusals = nullptr;     ///< of SIP; nullptr: not told
  const control::ButtonStore* store = nullptr;  ///< nullptr: not told
  const cluster::Nodes* nodes = nullptr;        ///< nullptr: this is no node
};

using ResponderPointer = std::shared_ptr<http::Responder>;

/// What the resources of the HTTP interface (resources/) have in common. Any thread, unless said otherwise.
class ApiCore final {
 public:
  /// `context`: nullptr while snomd stops; called on the loop's thread only. `loop` and `workroom` outlive this.
  ApiCore(sip::EventLoop& loop, picture::Workroom& workroom, std::function<ApiContext*()> context);

  /// Runs `work` on the loop's thread; answers 503 while snomd stops.
  template <typename Work>
  void on_loop(ResponderPointer responder, Work work) {
    loop_.post([this, responder = std::move(responder), work = std::move(work)]() mutable {
      if (ApiContext* context = context_()) return work(*context);
      send_stopping(*responder);
    });
  }
  /// Has the workroom make the response and send it; 503 when it has too much to do. `bytes`: kept until then.
  void answer_elsewhere(std::size_t bytes, ResponderPointer responder, std::function<http::Response()> make);

  /// What lists are made with. `place`: kept by each while it is under way.
  struct Parts {
    sip::EventLoop& loop;
    picture::Workroom& workroom;
    const std::function<ApiContext*()>& context;
    const std::shared_ptr<const void> place;
  };

  /// Copies what a list says of one phone.
  using Copy = std::function<void(const ApiContext& context, std::size_t phone, std::vector<Listing::Entry>& entries)>;
  /// Answers with a list, piece by piece. Loop's thread. `peer`: who asks, as Request has it; `phones`: how many there
  /// are to copy.
  void list(std::string_view peer, std::size_t phones, std::size_t bytes_an_entry, Copy copy,
            ResponderPointer responder);

  /// Any thread; without a place.
  [[nodiscard]] Parts parts() const { return {loop_, workroom_, context_, nullptr}; }

  /// Makes what answers piece by piece and keeps itself meanwhile; 503 when too many are under way, in all or for the
  /// peer's address. Loop's thread.
  template <typename Made>
  void list(std::string_view peer, ResponderPointer responder,
            const std::function<std::shared_ptr<Made>(const Parts& parts)>& make) {
    auto place = place_for(peer, *responder);
    if (place) make({loop_, workroom_, context_, std::move(place)})->answer(std::move(responder));
  }

 private:
  static void send_stopping(http::Responder& responder);
  /// nullptr: there is none, and that is answered.
  [[nodiscard]] http::Places::Place place_for(std::string_view peer, http::Responder& responder);

  sip::EventLoop& loop_;
  picture::Workroom& workroom_;
  /// Of lists that are written at the same time; each holds its own, however it ends.
  http::Places places_;
  std::function<ApiContext*()> context_;
};

[[nodiscard]] http::Response no_such_phone(const std::string& phone);

/// Who is said to have set a key: the name of the token; "http" where none is wanted.
[[nodiscard]] std::string set_by(const access::Caller& caller);

// The resources, a file each. `core` outlives the router.
void add_commands(Router& router, ApiCore& core);
void add_phones(Router& router, ApiCore& core);
void add_buttons(Router& router, ApiCore& core);
void add_events(Router& router, ApiCore& core);
void add_groups(Router& router, ApiCore& core);
void add_layouts(Router& router, ApiCore& core);
void add_presses(Router& router, ApiCore& core);
void add_health(Router& router, ApiCore& core);
void add_models(Router& router, ApiCore& core);
void add_status(Router& router, ApiCore& core);
void add_me(Router& router);
void add_metrics(Router& router, ApiCore& core, const Metrics& metrics);
void add_trials(Router& router, ApiCore& core);
void add_tokens(Router& router, ApiCore& core, Tokens& tokens);

}  // namespace snom::snomd
