#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

namespace snom::snomctl {

/// What speaks to snomd's HTTP interface (docs/snomd.md). After a first request on one thread, any number of threads.
class Client final {
 public:
  /// `server`: "http://127.0.0.1:8080". `token`: empty = none; sent to that server only, never shown. `why_no_token`:
  /// for who is refused without one.
  Client(std::string server, std::string token, std::string why_no_token = {});

  struct Token {
    std::string text;
    std::string why_none;
  };

  [[nodiscard]] const std::string& server() const { return server_; }

  /// Not reached, refused or not understood, longer than 16 MiB (a reply) or 128 MiB (a page), with headers of more
  /// than 64 KiB or not there within 120 s: what a person should know.
  using Error = std::string;

  /// Runs a command line; the reply without line end.
  [[nodiscard]] tl::expected<std::string, Error> command(const std::string& line) const;

  /// GETs a page of JSON. Anything but 200 is an error that tells what the server said.
  [[nodiscard]] tl::expected<nlohmann::json, Error> get(const std::string& path) const;

  struct Failure {
    long status = 0;  ///< that was answered; 0: nothing that could be understood
    Error text;
  };
  /// Sends JSON, or nothing when `body` is null, and takes JSON. Anything but 2xx is an error.
  [[nodiscard]] tl::expected<nlohmann::json, Failure> send(const std::string& method, const std::string& path,
                                                           const nlohmann::json& body) const;

  /// Calls `event(name, data)` for each event, `data` an object, that `query` ("?type=press", or empty) asks for, until
  /// the server ends the stream or sends something else, which are errors, or `event` answers false.
  [[nodiscard]] tl::expected<void, Error> watch(
      const std::function<bool(std::string_view name, const nlohmann::json& data)>& event,
      const std::string& query = {}) const;

 private:
  std::string server_;
  Token token_;
};

/// Cuts a server-sent events stream (HTML Living Standard section 9.2) into events, whatever way its bytes arrive.
class EventReader {
 public:
  using Event = std::function<bool(std::string_view name, const nlohmann::json& data)>;
  explicit EventReader(Event event) : event_(std::move(event)) {}
  /// False when `event` answered false, or for what why() tells; nothing is taken from then on.
  bool take(std::string_view bytes);
  /// What is wrong with the stream: an event of more than 1 MiB, or whose data is no JSON object; empty: nothing.
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  bool line(std::string_view text);
  bool end_event();
  bool refuse(std::string why);

  Event event_;
  std::string why_;
  std::string unfinished_;
  std::string name_;
  std::string data_;
};

}  // namespace snom::snomctl
