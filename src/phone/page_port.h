#pragma once

#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "phone/live_states.h"
#include "phone/page_api.h"
#include "phone/phones.h"
#include "sip/event_loop.h"

namespace snom::phone {

/// One HTTP address with the page of all virtual phones of a process, to look at and to press, and its JSON. For people
/// on this machine: it asks for no password, and is bound to loopback addresses only.
class PagePort final {
 public:
  /// `loop`: the phones' thread; it outlives this, and so do the phones. Not on the loop's thread.
  PagePort(sip::EventLoop& loop, Phones phones);
  ~PagePort();
  PagePort(const PagePort&) = delete;
  PagePort& operator=(const PagePort&) = delete;

  /// "127.0.0.1:8090", "[::1]:0". The error says why it cannot be bound.
  [[nodiscard]] tl::expected<void, std::string> listen(const std::string& address);
  /// Nobody is answered any more. Not on the loop's thread; before the phones go.
  void close();
  /// "http://127.0.0.1:8090/phones/1000"
  [[nodiscard]] std::string address_of(const std::string& user) const;

  /// Loop's thread.
  void changed(const VirtualPhone& phone) {
    if (live_) live_->changed(phone);
  }

 private:
  void answer(const http::Request& request, std::shared_ptr<http::Responder> responder);

  sip::EventLoop& loop_;
  Phones phones_;
  std::unique_ptr<LiveStates> live_;  ///< lives and goes on the loop's thread
  std::unique_ptr<PageApi> api_;
  std::string bound_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace snom::phone
