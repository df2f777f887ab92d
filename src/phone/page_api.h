#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "http/server.h"
#include "phone/live_states.h"
#include "phone/phones.h"

namespace snom::phone {

/// Where a page may be asked for: as which hosts (RFC 9110 section 7.2) it is known. A name that somebody else's DNS
/// points here (DNS rebinding) is none of them, so that no page from elsewhere presses keys or reads what phones show.
class PageHosts final {
 public:
  /// `bound`: "127.0.0.1:8090", "[::1]:8090".
  explicit PageHosts(std::string_view bound);
  /// Of Host and, where a browser sends it, Origin; of POST that its content is JSON, which a form of another page
  /// cannot send. Any thread. nullopt: let in.
  [[nodiscard]] std::optional<http::Response> refuse(const http::Request& request) const;

 private:
  std::set<std::string, std::less<>> hosts_;
};

/// What the page of virtual phones asks for, and programs may, too: JSON under /v1 (docs/phones.md). Phones' thread.
class PageApi final {
 public:
  /// Both outlive this.
  PageApi(Phones& phones, LiveStates& live) : phones_(phones), live_(live) {}

  /// `request.path` begins with "/v1".
  void answer(const http::Request& request, const std::shared_ptr<http::Responder>& responder);

 private:
  http::Response list(const http::Request& request) const;
  void events(const http::Request& request, const std::shared_ptr<http::Responder>& responder);

  Phones& phones_;
  LiveStates& live_;
};

/// A problem document (RFC 9457).
[[nodiscard]] http::Response page_problem(int status, const std::string& detail, std::string_view field = {});
/// 405; `allowed`: "GET, HEAD".
[[nodiscard]] http::Response wrong_method(const std::string& allowed);

}  // namespace snom::phone
