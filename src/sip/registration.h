#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "sip/client_requests.h"
#include "sip/digest_client.h"
#include "sip/event_loop.h"
#include "sip/user_agent.h"

namespace snom::sip {

/// A phone's registration at its registrar: made, refreshed, made again when it was lost (RFC 3261 section 10.2).
/// Loop's thread.
class Registration final {
 public:
  struct Identity {
    std::string registrar;    ///< Request-URI: "sip:example.com"
    std::string route;        ///< where the REGISTER goes
    std::string address;      ///< of record: "sip:1000@example.com"
    std::string contact;      ///< Contact value without expires: "<sip:...;line=x>;q=1.0"
    std::string contact_uri;  ///< the URI in it
    std::string instance;     ///< the contact's +sip.instance, without quotes: "<urn:uuid:...>"
    std::string headers;      ///< "User-Agent: ...\r\n" and the like
    std::chrono::seconds expires{3600};
  };
  Registration(EventLoop& loop, ClientRequests& requests, DigestClient& digest, Identity identity,
               AccountObserver& observer);
  ~Registration();
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  void log_on();
  void log_off(std::function<void()> done);
  void start_afresh();

 private:
  void send(std::chrono::seconds expires);
  void answered(const ClientRequests::Response& response, std::chrono::seconds asked);
  void taken_away();
  void try_again_after(std::chrono::milliseconds delay);
  [[nodiscard]] std::chrono::seconds granted(const sip_t* response, std::chrono::seconds asked) const;
  [[nodiscard]] const sip_contact_t* own_contact(const sip_t* response) const;
  void cancel_timer();

  EventLoop& loop_;
  ClientRequests& requests_;
  DigestClient& digest_;
  Identity identity_;
  AccountObserver& observer_;
  std::chrono::seconds expires_;  ///< asked for: more after a 423
  std::string call_id_;
  std::uint32_t cseq_ = 0;
  EventLoop::TimerId timer_ = 0;
  bool timer_set_ = false;
  bool under_way_ = false;
  bool wanted_ = false;
  bool again_ = false;  ///< asked for while a request was under way
  bool bound_ = false;  ///< the registrar may hold our contact
  bool fresh_ = false;  ///< the next registration starts afresh
  unsigned failures_ = 0;
  std::function<void()> logged_off_;
};

}  // namespace snom::sip
