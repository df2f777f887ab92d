#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/gate.h"
#include "http/server.h"
#include "snomd/query.h"

namespace snom::snomd {

/// Which handler answers a request: by its method and the segments of its path, each percent-decoded by itself, so that
/// an encoded slash is part of a name (RFC 3986 section 2.2). Filled once; find() is for any thread afterwards.
class Router final {
 public:
  /// What a handler gets besides the request: what stands at the places in braces, in their order, who asks, and the
  /// parameters.
  struct Values {
    std::vector<std::string> places;
    access::Caller caller = {};
    Query query = {};  ///< of those that the route has; other ones are refused before the handler is called
    [[nodiscard]] const std::string& operator[](std::size_t place) const { return places[place]; }
  };
  using Handler = std::function<void(const http::Request& request, const Values& values,
                                     std::shared_ptr<http::Responder> responder)>;

  /// `needs`: the lowest role that may ask for it. `pattern`: "/v1/phones/{phone}/buttons"; a place in braces stands
  /// for one segment that is not empty. `parameters`: those that its query may have.
  void add(access::Role needs, std::string_view method, std::string_view pattern, Handler handler,
           Query::Known parameters = {});
  /// For whoever may read, when it is a GET, else for whoever may operate.
  void add(std::string_view method, std::string_view pattern, Handler handler, Query::Known parameters = {});

  struct Found {
    const Handler* handler = nullptr;
    Values values;
    std::string allowed;  ///< the methods of this path, for a 405; empty: there is no such path
    /// Of the route; with a 405 the lowest of this path, with a 404 that of whoever has a token.
    access::Role needs = access::Role::read;
    std::string_view pattern;                  ///< of the route, as long as the router is there; empty without one
    const Query::Known* parameters = nullptr;  ///< of the route
  };
  /// HEAD is GET without the body (RFC 9110 section 9.3.2), which the HTTP server leaves out. `raw_path`: as sent.
  [[nodiscard]] Found find(std::string_view method, std::string_view raw_path) const;

  struct Route {
    std::string method;
    std::string pattern;
    access::Role needs = access::Role::admin;
    std::vector<std::string> segments;  ///< "{}" for a place in braces
    Handler handler;
    Query::Known parameters;
  };
  /// In the order added.
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace snom::snomd
