#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sip/client_requests.h"
#include "sip/digest_client.h"
#include "sip/event_loop.h"
#include "sip/user_agent.h"

namespace snom::sip {

/// A phone's subscription to the dialogs of one URI (RFC 6665 section 4.1, RFC 4235), for a key that shows them, or of
/// a list of URIs (RFC 4662): made, refreshed, made again when it was lost. Loop's thread.
class DialogWatch final {
 public:
  struct Identity {
    std::string uri;      ///< who is watched: "sip:snom+1000-2@example.com"
    std::string route;    ///< where the SUBSCRIBE goes
    std::string address;  ///< of record: "sip:1000@example.com"
    std::string contact;  ///< Contact value: "<sip:...;line=x>;+sip.instance=..."
    std::string headers;  ///< "User-Agent: ...\r\n" and the like
    std::chrono::seconds expires{3600};
    std::chrono::milliseconds notify_limit{};  ///< see AccountOptions
    bool is_list = false;
  };
  /// All outlive it.
  DialogWatch(EventLoop& loop, ClientRequests& requests, DigestClient& digest, Identity identity,
              AccountObserver& observer);
  ~DialogWatch();
  DialogWatch(const DialogWatch&) = delete;
  DialogWatch& operator=(const DialogWatch&) = delete;

  [[nodiscard]] const std::string& uri() const { return identity_.uri; }
  /// Begins it, unless it has begun.
  void keep();
  /// Ends it; nothing more is told.
  void end();
  /// A NOTIFY from our server: the status to answer with; nullopt when it belongs to another dialog.
  [[nodiscard]] std::optional<int> notified(const sip_t* sip);

 private:
  void begin_dialog();
  void send(std::chrono::seconds expires);
  void answered(const ClientRequests::Response& response, std::chrono::seconds asked, bool is_refresh);
  /// Where requests in the dialog go: as this request or answer says that makes it, and whom to, as one that renews it.
  void take_way(const sip_t* sip);
  void take_target(const sip_t* sip);
  void failed(const ClientRequests::Response& response);
  /// It was taken, but nothing was told. Begun anew; a NOTIFY of the old dialog that comes late is answered 481.
  void not_notified();
  /// Something of the list was missed (RFC 4662 section 5.2). Asked once until it was answered, and later each time,
  /// as long as the whole does not come: there may be notifiers that never tell it.
  void ask_for_whole();
  void ended(const sip_subscription_state_t* state);
  /// The document of a NOTIFY: the status to answer with.
  [[nodiscard]] int take_document(const sip_t* sip, std::string_view body);
  [[nodiscard]] int take_list(std::string_view content_type, std::string_view body);
  void send_after(std::chrono::milliseconds delay, bool in_dialog);
  void cancel_timer();
  void stop_waiting_for_notify();

  EventLoop& loop_;
  ClientRequests& requests_;
  DigestClient& digest_;
  Identity identity_;
  AccountObserver& observer_;
  std::chrono::seconds expires_;  ///< asked for: more after a 423
  std::string call_id_;
  std::string tag_;
  std::string remote_tag_;  ///< empty: no answer and no NOTIFY yet
  std::string target_;      ///< Request-URI: the notifier's Contact
  std::vector<std::string> routes_;
  std::uint32_t cseq_ = 0;
  std::uint32_t heard_cseq_ = 0;
  std::optional<std::uint32_t> version_;  ///< of the latest document
  std::set<std::string> listed_;          ///< URIs that the list has
  bool whole_is_asked_ = false;
  unsigned wholes_missed_ = 0;  ///< asked for in a row, and not told
  EventLoop::TimerId timer_ = 0;
  bool timer_set_ = false;
  std::optional<EventLoop::TimerId> notify_timer_;  ///< Timer N
  std::shared_ptr<const void> turn_;                ///< until the first NOTIFY: a notifier that is busy gets no more
  bool wanted_ = false;
  unsigned failures_ = 0;
};

}  // namespace snom::sip
