#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <openssl/types.h>
#include <tl/expected.hpp>

#include "tls/identity.h"
#include "tls/tally.h"

namespace snom::tls {

/// What a program shows of itself over TLS, and whom it trusts, as PEM texts.
struct Settings {
  Identity identity = {};  ///< empty: it is no server
  std::string client_authorities =
      {};                        ///< who issued the certificates of those that speak SIP; empty: none is asked for
  std::string authorities = {};  ///< who issued the certificates of those that it calls; empty: the system's store
  bool operator==(const Settings&) const = default;
};

/// The one store of certificates of a program: SIP and HTTP take from it. Replaced as a whole; what is connected goes
/// on with what it began with. Any thread.
class Store final {
 public:
  /// The error says which text is wrong, and shows nothing of the key.
  [[nodiscard]] static tl::expected<std::shared_ptr<Store>, std::string> make(const Settings& settings);
  /// From the next connection on. With an error all stays as it was.
  [[nodiscard]] tl::expected<void, std::string> use(const Settings& settings);

  /// For a new connection that came in: of HTTP, which asks for no certificate, or of SIP. Null without an identity.
  [[nodiscard]] std::shared_ptr<SSL_CTX> server() const;
  [[nodiscard]] std::shared_ptr<SSL_CTX> server_for_sip() const;
  /// What a server shows: whom it is for, and until when.
  struct Shown {
    std::vector<std::string> names;
    std::chrono::system_clock::time_point not_after;
  };
  /// nullopt without an identity.
  [[nodiscard]] std::optional<Shown> shown() const;

  /// For a new connection that goes out. The system's store, a megabyte, is read for the first that wants it. Null when
  /// it cannot be.
  [[nodiscard]] std::shared_ptr<SSL_CTX> client() const;

  /// What became of the connections: whoever speaks TLS with what this store has, counts here.
  [[nodiscard]] Tallies& tallies() const { return tallies_; }

 private:
  struct Contexts {
    std::shared_ptr<SSL_CTX> server;
    std::shared_ptr<SSL_CTX> sip_server;
    std::shared_ptr<SSL_CTX> client;  ///< null: one that trusts the system's store and shows nothing, not made yet
  };
  [[nodiscard]] static tl::expected<Contexts, std::string> contexts(const Settings& settings);

  mutable std::mutex mutex_;
  mutable Contexts contexts_;
  mutable Tallies tallies_;
};

}  // namespace snom::tls
