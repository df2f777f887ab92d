#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sip/location_table.h"
#include "sip/server.h"

namespace snom::sip {

/// One Contact of a REGISTER.
struct RequestedContact {
  std::string uri;
  std::optional<std::uint32_t> expires;  ///< its own parameter, seconds
  std::string instance;                  ///< +sip.instance, quotes included
  unsigned reg_id = 0;
  std::string q;
};

/// A REGISTER of an authenticated user, taken apart.
struct RegisterRequest {
  std::string user;
  std::vector<RequestedContact> contacts;  ///< none: the bindings are asked for
  bool all = false;                        ///< Contact: *
  std::optional<std::uint32_t> expires;    ///< Expires header, seconds
  std::string call_id;
  std::uint32_t cseq = 0;
  std::string user_agent;
  std::string source_host;  ///< without brackets
  std::uint16_t source_port = 0;
  std::string transport;   ///< "udp", "tcp" or "tls"
  std::string listener;    ///< name of the listening socket it came in at
  bool direct = true;      ///< false: who sent it first is not at source_host (section 18.2.1): a NAT or a proxy
  bool proxied = false;    ///< a proxy passed it on: it has more than one Via, or a Path
  bool symmetric = false;  ///< the Via asked for rport: it listens where it sends from (RFC 3581)
  std::shared_ptr<void> connection;
  std::vector<std::string> path;  ///< values of the Path headers (RFC 3327), the proxy nearest to us first
};

/// The answer to a REGISTER.
struct RegisterAnswer {
  int status = 200;
  std::string phrase;                       ///< empty = the status's usual one
  std::vector<std::string> contacts;        ///< values of the Contact headers of a 200
  std::optional<std::int64_t> min_expires;  ///< of a 423
  LocationTable::Applied changes;
};

/// What is the same of all that register here, and what is configured of a user.
struct ServedDomain {
  std::string profile = {};
  std::string domain = {};
  std::function<std::string(const std::string& user)> web = {};  ///< the address of the phone's page; may be empty
};

/// RFC 3261 section 10.3 from step 6 on (who asks is known and allowed). Pure but for the table. Loop's thread.
class Registrar final {
 public:
  using TimePoint = LocationTable::TimePoint;

  /// `table` outlives the registrar.
  Registrar(LocationTable& table, const ServerOptions& options, ServedDomain served = {});

  [[nodiscard]] RegisterAnswer answer(const RegisterRequest& request, TimePoint now);
  /// The 200 to a request that was carried out before: lists the bindings, changes nothing.
  [[nodiscard]] RegisterAnswer list(const std::string& user, TimePoint now) const;

 private:
  LocationTable& table_;
  ServedDomain served_;
  std::chrono::seconds min_expires_;
  std::chrono::seconds default_expires_;
  std::chrono::seconds max_expires_;
  std::size_t max_contacts_;
};

/// The URI of a Path or Route value: "sip:192.0.2.1;lr" of "<sip:192.0.2.1;lr>;x=1".
[[nodiscard]] std::string route_uri(const std::string& value);

/// Where requests to a contact are sent: "udp:192.0.2.7:5060". A phone behind NAT is reached where its REGISTER came
/// from (its host is another than the contact's, or it asked for rport). One behind proxies (Path) is reached through
/// the proxy that the REGISTER came from, at the port that its Path names if it names this very address. Nobody can
/// name another machine, by a Path or otherwise, and names are never looked up. Empty: over the REGISTER's connection
/// or not at all.
[[nodiscard]] std::string next_hop_of(const std::string& contact, const RegisterRequest& request);

}  // namespace snom::sip
