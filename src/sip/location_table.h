#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

namespace snom::sip {

/// Where one contact of a user is reached, and until when.
struct Binding {
  using TimePoint = std::chrono::steady_clock::time_point;

  std::string contact;     ///< its URI, the Request-URI of what is sent there
  std::string instance;    ///< +sip.instance as registered, quotes included; empty = none (RFC 5626)
  unsigned reg_id = 0;     ///< 0 = none
  std::string q;           ///< as registered, may be empty
  std::string call_id;     ///< of the REGISTER that set it last
  std::uint32_t cseq = 0;  ///< likewise
  TimePoint expires;
  std::string network_host;  ///< where the REGISTER came from, without brackets
  std::uint16_t network_port = 0;
  std::string transport;  ///< "udp" or "tcp": of the REGISTER
  std::string next_hop;   ///< where requests to it are sent: "udp:192.0.2.7:5060"
  std::string listener;   ///< name of the listening socket that the REGISTER came in at: NAT lets in that one only
  std::string user_agent;
  bool direct = true;                ///< false: its Via shows that it came through a NAT or a proxy
  std::shared_ptr<void> connection;  ///< keeps the connection of the REGISTER, for streams
};

/// The bindings of one domain's users (RFC 3261 section 10.3). Pure: the time is a parameter, no I/O. One owner thread.
class LocationTable final {
 public:
  using TimePoint = Binding::TimePoint;

  /// What one REGISTER asks for. `set` has call_id and cseq filled in.
  struct Update {
    std::vector<Binding> set;
    std::vector<std::string> remove;  ///< contact URIs; one that is not there is passed over
    bool remove_all = false;          ///< Contact: *
    std::string call_id;
    std::uint32_t cseq = 0;
  };
  /// What came of it, for those who watch.
  struct Applied {
    std::vector<Binding> registered;  ///< new contacts, and those refreshed under a new Call-ID
    std::vector<Binding> removed;     ///< removed or replaced
    std::vector<Binding> expired;     ///< found expired on the way
  };
  enum class Refused {
    out_of_order,  ///< the same Call-ID with a CSeq that is not higher
    too_many,      ///< more contacts than max_contacts
  };

  explicit LocationTable(std::size_t max_contacts) : max_contacts_(max_contacts) {}

  /// All of it or nothing. A contact with the same URI (section 19.1.4), or with the same instance and reg-id
  /// (RFC 5626 section 6), takes the place of the one before.
  [[nodiscard]] tl::expected<Applied, Refused> apply(const std::string& user, const Update& update, TimePoint now);

  /// Those that have not expired; the oldest first.
  [[nodiscard]] std::vector<const Binding*> find(const std::string& user, TimePoint now) const;

  /// The binding with exactly this contact text; nullptr if there is none. Valid until the table changes.
  [[nodiscard]] const Binding* find_contact(const std::string& user, std::string_view contact) const;

  /// Calls `visit` for each binding that has not expired, users in no order.
  void for_each(TimePoint now, const std::function<void(const std::string& user, const Binding&)>& visit) const;

  using UserBinding = std::pair<std::string, Binding>;
  /// Takes out and returns what has expired.
  [[nodiscard]] std::vector<UserBinding> expire(TimePoint now);

  /// Takes out and returns the bindings of each user that `keep` refuses.
  [[nodiscard]] std::vector<UserBinding> remove_users(const std::function<bool(const std::string& user)>& keep);

  [[nodiscard]] bool empty() const { return users_.empty(); }
  /// Users with a binding.
  [[nodiscard]] std::size_t size() const { return users_.size(); }

 private:
  std::size_t max_contacts_;
  std::unordered_map<std::string, std::vector<Binding>> users_;  ///< no user without a binding
};

}  // namespace snom::sip
