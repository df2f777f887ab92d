#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server.h"

namespace snom::snomd {

/// Which handler answers a request: by its method and the segments of its path, each percent-decoded by itself, so that
/// an encoded slash is part of a name (RFC 3986 section 2.2). Filled once; find() is for any thread afterwards.
class Router final {
 public:
  /// What stands at the places in braces, in their order.
  using Values = std::vector<std::string>;
  using Handler = std::function<void(const http::Request& request, const Values& values,
                                     std::shared_ptr<http::Responder> responder)>;

  /// `pattern`: "/v1/phones/{phone}/buttons"; a place in braces stands for one segment that is not empty.
  void add(std::string_view method, std::string_view pattern, Handler handler);

  struct Found {
    const Handler* handler = nullptr;
    Values values;
    std::string allowed;  ///< the methods of this path, for a 405; empty: there is no such path
  };
  /// HEAD is GET without the body (RFC 9110 section 9.3.2), which the HTTP server leaves out. `raw_path`: as sent.
  [[nodiscard]] Found find(std::string_view method, std::string_view raw_path) const;

  /// Method and pattern of each route, in the order added.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> routes() const;

 private:
  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;  ///< "{}" for a place in braces
    Handler handler;
  };
  std::vector<Route> routes_;
};

}  // namespace snom::snomd
