#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "control/registration.h"

/// What control needs from outside besides the directory. Each call returns at once; `done` is called exactly once,
/// later, on control's thread, within the implementer's limit of time.
namespace snom::control {

/// A SIP request outside of any dialog to one contact, from and to the phone's own address of record: a MESSAGE (RFC
/// 3428), or a NOTIFY that nobody subscribed to.
struct OutgoingMessage {
  RegistrationPointer to;
  std::string from_user;     ///< empty = the phone's own user: it is told by itself
  std::string content_type;  ///< empty = no body
  std::string body;
  std::string event = {};  ///< empty = a MESSAGE; else a NOTIFY of this event ("xml")
  /// Kept by whoever sends this, as long as something of it may still reach the phone: when the last one lets go of it,
  /// on any thread, the next message may go to the contact. May be empty.
  std::shared_ptr<const void> under_way = nullptr;
  /// Asked by whoever sends this before it is sent once more, in another way, on control's thread. False: this program
  /// may not speak to the phone any more. Empty: it may.
  std::function<bool()> may_repeat = {};
};

/// How a phone answered a SIP request.
struct SipOutcome {
  int status = 0;            ///< final SIP status; 0 = no answer within the limit, or it could not be sent
  std::string reason;        ///< reason phrase, or why there is none: "no answer within 5 s"
  bool unconfirmed = false;  ///< it was sent, and how the phone answers is not told by who sent it; status is then 0
  unsigned retry_after = 0;  ///< seconds that the phone asks to wait (Retry-After); 0 = it does not say so
  [[nodiscard]] bool accepted() const { return status >= 200 && status < 300; }
};

class MessageSender {
 public:
  virtual ~MessageSender() = default;
  virtual void send(OutgoingMessage message, std::function<void(SipOutcome)> done) = 0;
  /// How many bytes of body reach this contact in one message.
  [[nodiscard]] virtual std::size_t max_body(const Registration& /*to*/) const {
    return std::numeric_limits<std::size_t>::max();
  }
};

/// One GET to a phone's web page. Credentials are sent only after a 401 (Basic or Digest, Digest preferred).
struct WebRequest {
  std::string url;
  std::string username;                ///< empty = none
  std::string password;                ///< must show up nowhere else
  std::string address_of_record = {};  ///< whose page it is; empty when the command named an address
  std::size_t max_body = 0;            ///< bytes of an answer; 0 = what is configured
};

struct WebOutcome {
  int status = 0;     ///< HTTP status after redirects; 0 = no answer
  std::string error;  ///< why there is no answer, or what more there is to say of it than its status: "connection
                      ///< refused", "no answer within 5 s"; never a secret
  std::string body = {};
};

/// Runs the command line of an action `api+<command line>` that was pressed.
class ActionRunner {
 public:
  virtual ~ActionRunner() = default;
  /// `done` gets what the command wrote. A command may take as long as it likes; `done` may be destroyed uncalled.
  virtual void run(std::string_view command_line, std::function<void(std::string)> done) = 0;
};

class PhoneWeb {
 public:
  virtual ~PhoneWeb() = default;
  virtual void get(WebRequest request, std::function<void(WebOutcome)> done) = 0;
};

/// Keeps pictures of phones' screens.
class PictureKeeper {
 public:
  virtual ~PictureKeeper() = default;
  using Done = std::function<void(tl::expected<void, std::string>)>;
  /// `name` ends in .png and names no folder; `bmp` is what the phone sent. The error is for an administrator.
  virtual void keep(std::string name, std::string bmp, Done done) = 0;
};

}  // namespace snom::control
