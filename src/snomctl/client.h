#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

namespace snom::snomctl {

/// Whether the address of an HTTP interface can be one: a host, a port if need be, http or https ("127.0.0.1:8080" is
/// http). The error says what was expected, without a password.
[[nodiscard]] tl::expected<void, std::string> check_server(const std::string& server);

/// The same of a whole URL, for who does not know what to make of less: "http://192.0.2.3:8080".
[[nodiscard]] tl::expected<void, std::string> check_whole_url(const std::string& server);

/// What speaks to snomd's HTTP interface (docs/snomd.md). After a first request on one thread, any number of threads.
class Client final {
 public:
  /// `server`: "http://127.0.0.1:8080". `token`: empty = none; sent to that server only, never shown. `why_no_token`:
  /// for who is refused without one.
  /// `ca_file`: of certificates (PEM) that an https server's has to be issued by; empty = the system's.
  Client(std::string server, std::string token, std::string why_no_token = {}, std::string ca_file = {});

  struct Token {
    std::string text;
    std::string why_none;
    std::string ca_file = {};  ///< whom it is told to
  };

  /// As it may be shown: without a password.
  [[nodiscard]] const std::string& server() const { return shown_server_; }
  /// There is a token, and it goes over a network as it is: http, to another address than this machine's.
  [[nodiscard]] bool shows_token() const;

  /// Not reached, refused or not understood, longer than 16 MiB (a reply) or 128 MiB (a page), with headers of more
  /// than 64 KiB or not there within 120 s: what a person should know.
  using Error = std::string;

  /// Runs a command line; the reply without line end.
  [[nodiscard]] tl::expected<std::string, Error> command(const std::string& line) const;

  struct Failure {
    long status = 0;  ///< that was answered; 0: nothing that could be understood
    Error text;
    std::vector<std::string> errors = {};  ///< of a layout that was refused: all that is wrong with it
  };
  /// GETs a page of JSON. Anything but 2xx is an error that tells what the server said.
  [[nodiscard]] tl::expected<nlohmann::json, Failure> get(const std::string& path) const;
  /// Sends JSON, or nothing when `body` is null, and takes JSON. Anything but 2xx is an error.
  [[nodiscard]] tl::expected<nlohmann::json, Failure> send(const std::string& method, const std::string& path,
                                                           const nlohmann::json& body) const;
  /// The same of a body of another type, "text/csv".
  [[nodiscard]] tl::expected<nlohmann::json, Failure> send_text(const std::string& method, const std::string& path,
                                                                const std::string& type, const std::string& body) const;
  /// A page that is no JSON, as Prometheus reads it.
  [[nodiscard]] tl::expected<std::string, Failure> get_text(const std::string& path) const;

  /// How a stream of events is read.
  struct Watch {
    std::string query;  ///< "?type=press", or empty: all
    /// Each event, `data` an object; false ends the stream.
    std::function<bool(std::string_view name, const nlohmann::json& data)> event;
    std::function<void()> opened = [] {};  ///< the stream has begun
  };
  /// How a stream of events ended that `event` did not end.
  struct Ended {
    Error text;
    bool is_lost = false;  ///< the connection is, or snomd had no place: it may be there again later
    long status = 0;       ///< of a refusal
  };
  /// `last_id`: where the stream goes on (empty: with what happens from now on), and afterwards how far it came.
  [[nodiscard]] tl::expected<void, Ended> watch(const Watch& how, std::string& last_id) const;

 private:
  std::string server_;
  std::string shown_server_;
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
  /// Of the latest event, or comment, that had one; at most 128 printable ASCII characters: it becomes a header.
  [[nodiscard]] const std::string& last_id() const { return last_id_; }

 private:
  bool line(std::string_view text);
  bool end_event();
  bool refuse(std::string why);

  Event event_;
  std::string why_;
  std::string unfinished_;
  std::string name_;
  std::string data_;
  std::string id_;
  std::string last_id_;
};

}  // namespace snom::snomctl
