#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "tls/identity.h"
#include "tls/store.h"

namespace snom::http {

/// A request as a handler sees it.
struct Request {
  std::string method;                          ///< "GET", "POST"
  std::string target;                          ///< as sent: path and query
  std::string raw_path;                        ///< as sent, without query; "/" where there is none
  std::string path;                            ///< the same, percent-decoded
  std::string query;                           ///< as sent, without '?'
  std::map<std::string, std::string> headers;  ///< names in lower case; values of one name joined with ", "
  std::string body;
  std::string peer;                                                               ///< "127.0.0.1:40000", "[::1]:40000"
  bool secure = false;                                                            ///< it came over TLS
  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;  ///< empty when absent
  [[nodiscard]] bool has_header(const std::string& lower_case_name) const { return headers.contains(lower_case_name); }
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< further ones; "Connection: close" closes after it
};

/// One server-sent events stream (or any other unending body). Thread-safe; keeping it does not keep the connection,
/// letting it go ends the body.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Queues bytes. False when the peer is gone, or so slow that more than 1 MiB waits: it is then disconnected.
  virtual bool write(std::string_view bytes) = 0;
  [[nodiscard]] virtual bool open() const = 0;
  /// Bytes that were written and that the connection has not taken yet.
  [[nodiscard]] virtual std::size_t waiting() const { return 0; }
};

/// Hands over the next piece of a body, from any thread. The first call counts; an empty piece ends the body. Let go
/// uncalled, the connection is closed in the middle of the body, so that the client sees that it is not complete.
using TakePiece = std::function<void(std::string piece)>;

/// Makes the next piece of a body. Called on the server's thread, which must not wait, when the client's connection has
/// taken all pieces before; let go when no more is wanted.
using NextPiece = std::function<void(TakePiece take)>;

/// Answers one request, exactly once, from any thread; one that is dropped unanswered answers 500. May outlive the
/// server.
class Responder {
 public:
  virtual ~Responder() = default;
  /// The first answer counts, further ones are passed over.
  virtual void send(Response response) = 0;
  /// Answers with a body that is made while it is read, so that little of it is in memory at a time: `first` holds its
  /// first piece. (To HEAD all pieces are made, too, for their length.) To HTTP/1.0 the body ends with the connection.
  virtual void send_in_pieces(Response first, NextPiece next) = 0;
  /// Answers 200 with an unending body of this type. (To HEAD, or when answered before: a stream that is closed.)
  [[nodiscard]] virtual std::shared_ptr<Stream> stream(std::string content_type) = 0;
};

/// Called on the server's thread; must not wait. One that throws answers 500.
using Handler = std::function<void(const Request&, std::shared_ptr<Responder>)>;

/// Asked when a request's headers are there, before its body is read: the answer in place of the handler's, or nothing
/// to go on. A body that is still to come is not read then, and the connection closes. As for Handler.
using Gate = std::function<std::optional<Response>(const Request&)>;

/// Writes what the server answers by itself, whatever is asked: `why` is one line for a person. As for Handler, but
/// must not throw.
using OwnAnswer = std::function<Response(int status, const std::string& why)>;

/// HTTP/1.1 (RFC 9112) towards users and for virtual phones' web pages, on Boost.Beast: any number of listeners on one
/// thread, with and without TLS. Requests of one connection are handled one after another, in order, pipelined ones
/// too. What the server itself answers (400, 408, 413, 431, 500, 501, 503) is text/plain if its listener has no
/// OwnAnswer; of these 400, 408, 413, 431 and 501 close the connection.
class Server final {
 public:
  struct Options {
    std::size_t max_body = 1024 * 1024;     ///< bytes; more is answered 413
    std::chrono::seconds idle_timeout{60};  ///< a connection without a request, or in the middle of one
    /// Bytes a second, 1 or more, that a client has to take of an answer, on average while it is waited for, besides a
    /// first idle_timeout; one who takes less is let go. Not of streams.
    std::size_t least_rate = 16 * 1024;
    /// Of all listeners. Further ones are answered 503 and why, and closed; those under TLS are closed at once. An
    /// address is one of IPv4, or a /64 of IPv6.
    std::size_t max_connections = 4096;
    std::size_t max_connections_per_address = 4096;
    std::size_t max_streams = 4096;  ///< Responder::stream(); further ones are answered 503
    std::size_t max_streams_per_address = 4096;
    std::size_t max_held_bytes = 64 * 1024 * 1024;     ///< of all requests on their way; what is more is answered 503
    std::function<void(const std::string&)> log = {};  ///< who was turned away, now and then; server's thread
  };

  explicit Server(Options options);
  /// Closes everything; returns within 1 s.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens on "127.0.0.1:8080", "[::1]:0", "localhost:0" and answers the address bound ("127.0.0.1:34567"); the error
  /// says what is wrong with the address or why it cannot be bound. Any thread.
  [[nodiscard]] tl::expected<std::string, std::string> listen(const std::string& address, Handler handler,
                                                              Gate gate = {}, OwnAnswer own_answer = {});
  /// The same, for https with one identity.
  [[nodiscard]] tl::expected<std::string, std::string> listen(const std::string& address, const tls::Identity& identity,
                                                              Handler handler);
  /// The same, with what the store has when a connection comes.
  [[nodiscard]] tl::expected<std::string, std::string> listen(const std::string& address,
                                                              std::shared_ptr<const tls::Store> store, Handler handler,
                                                              Gate gate = {}, OwnAnswer own_answer = {});
  /// Stops listening on an address that listen() answered and closes its connections; the address is free again when
  /// it returns. Any thread, but none that the server's thread waits for.
  void close(const std::string& bound_address);
  /// Once it returns, nobody can connect and no handler is called; requests that were handed to one are still
  /// answered, and streams go on. Any thread, but none that the server's thread waits for.
  void stop_serving();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Decoded parameters of a query string, in order; '+' stays '+', a parameter without '=' has an empty value.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace snom::http
