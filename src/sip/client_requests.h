#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/clock.h"
#include "runtime/lifetime.h"
#include "runtime/paced_queue.h"
#include "sip/digest_client.h"
#include "sip/nta_glue.h"

namespace snom::sip {

/// Answered for one request: a challenge, and one more for a nonce that went stale meanwhile or for a proxy on the way.
constexpr int most_challenges = 3;

/// The reason phrase; "no answer" for null.
[[nodiscard]] std::string reason_of(const sip_t* response);

/// Takes the challenges of a 401 or 407 response of our server to a request with this method. False when there is
/// nothing to be answered.
[[nodiscard]] bool take_challenge(DigestClient& digest, sip_method_t method, int status, const sip_t* response);

/// Requests other than INVITE, challenges answered. Loop's thread.
class ClientRequests final {
 public:
  /// Of which kind no more than most_in_turn are under way.
  enum class Turn { none, registrations, subscriptions };
  struct Request {
    sip_method_t method = sip_method_unknown;
    std::string method_name;
    std::string uri;                ///< Request-URI; in a dialog the remote target, for the digest only
    std::string route;              ///< where it goes: a URL with a numeric host
    bool to_our_server = true;      ///< it goes to our server and no further: only there it is signed
    std::string from, to;           ///< outside a dialog
    std::string call_id;            ///< outside a dialog
    std::uint32_t* cseq = nullptr;  ///< outside a dialog: the last number used; null = counts from 1
    std::string headers;            ///< further lines with CRLF
    std::string content_type;
    std::string body;
    nta_leg_t* dialog = nullptr;  ///< null = outside a dialog
    Turn turn = Turn::none;       ///< it waits for that of its kind
  };
  struct Response {
    int status = 0;  ///< 408 and 503 may be the library's own
    std::string reason;
    const sip_t* sip = nullptr;  ///< null when nobody answered
    /// Of a request that had a turn: while somebody keeps this, and 5 s at most, no other is sent in its place.
    std::shared_ptr<const void> turn = nullptr;
  };
  using Done = std::function<void(const Response&)>;

  /// All phones of a process have one socket: the answers of more would not fit into its buffer while it waits to be
  /// read, each that is lost is asked for again, and the library looks through all that are not answered for each.
  static constexpr std::size_t most_in_turn = 250;
  /// They all go to one server: where it is silent to some, it is no quicker for others.
  static constexpr runtime::PacedQueue::Options pace{.per_second = 1e6,
                                                     .most_under_way = most_in_turn,
                                                     .first_patience = std::chrono::milliseconds(5000),
                                                     .least_patience = std::chrono::milliseconds(5000),
                                                     .most_patience = std::chrono::milliseconds(5000)};

  /// What is known of why nobody answered at this URL, where that is more than the library knows.
  using WhyNot = std::function<std::string(const std::string& url)>;
  /// `outside`: the agent's default leg, whose identity is replaced by the request's own. `clock` outlives this.
  /// `why_not` may be empty, and answer with nothing.
  ClientRequests(nta_leg_t* outside, runtime::Clock& clock, WhyNot why_not = {});
  ~ClientRequests();
  ClientRequests(const ClientRequests&) = delete;
  ClientRequests& operator=(const ClientRequests&) = delete;

  /// `done` is called once with the final answer, never before this returns unless it cannot be sent. `digest` must
  /// outlive the request. `owner`: see abandon().
  void send(Request request, DigestClient& digest, const void* owner, Done done);
  /// Forgets the owner's requests; they are told nothing.
  void abandon(const void* owner);

 private:
  struct Pending;
  static int on_response(nta_outgoing_magic_t* magic, nta_outgoing_t* transaction, const sip_t* sip);
  void answered(Pending& pending, int status, const sip_t* sip);
  [[nodiscard]] bool transmit(Pending& pending);
  [[nodiscard]] bool start(std::uint64_t id, runtime::PacedQueue::Place place);
  /// Takes it out; null: there is none.
  [[nodiscard]] std::unique_ptr<Pending> take(std::uint64_t id);
  [[nodiscard]] runtime::PacedQueue& turns_of(Turn turn) {
    return turn == Turn::registrations ? registrations_ : subscriptions_;
  }

  nta_leg_t* outside_;
  WhyNot why_not_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Pending>> pending_;
  std::unordered_multimap<const void*, std::uint64_t> by_owner_;
  runtime::PacedQueue registrations_;  ///< before the subscriptions of those that are registered already
  runtime::PacedQueue subscriptions_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::sip
