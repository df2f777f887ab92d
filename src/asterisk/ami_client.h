#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "asterisk/ami.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/lifetime.h"

namespace snom::asterisk {

/// One connection to Asterisk's manager: logs in, comes back by itself when it is lost, with growing pauses. A thread
/// of its own reads and writes; all else is on control's thread.
///
/// What Asterisk answers is known by an ActionID that nobody else can guess: a phone can have Asterisk write events of
/// the phone's own making (a line end in a Request-URI), but none with that.
class AmiClient final : public Ami {
 public:
  struct Options {
    std::string host;  ///< a numeric address
    std::uint16_t port = 5038;
    std::string user;
    std::string secret;                              ///< must show up nowhere else
    std::chrono::milliseconds first_pause{1000};     ///< before it connects again; doubled each time, less up to a half
    std::chrono::milliseconds longest_pause{30000};  ///< at random
    std::chrono::milliseconds connect_limit{5000};   ///< for the connection, and then for the login
    std::chrono::milliseconds boot_limit{10000};  ///< that Asterisk may take to say that it has booted, once logged in
    bool operator==(const Options&) const = default;
  };
  /// Is told on control's thread.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void connected(const std::string& banner) = 0;
    /// Also when it could not be connected; each time `why` is another, and after each connection that was lost.
    virtual void disconnected(const std::string& why) = 0;
    /// What no ActionID of ours is in. May have been forged by any phone that Asterisk takes requests from.
    virtual void event(const AmiMessage& message) = 0;
  };

  /// Events that are handed on; all others are read and dropped on the client's thread.
  static const std::vector<std::string>& events_of_interest();

  AmiClient(Options options, runtime::Executor& control, runtime::Clock& clock, Listener& listener);
  ~AmiClient() override;
  AmiClient(const AmiClient&) = delete;
  AmiClient& operator=(const AmiClient&) = delete;

  void start();
  /// Ends the thread, within 1 s; what is under way is told "stopping". Once.
  void stop();

  void ask(std::string action, Fields fields, std::chrono::milliseconds limit, Done done) override;

  [[nodiscard]] bool is_connected() const { return connected_; }
  [[nodiscard]] std::size_t under_way() const { return pending_.size(); }

 private:
  class Link;
  struct Pending {
    Done done;
    Answer answer;
    bool listing = false;
    runtime::Clock::TimerId timer = 0;
  };

  // Called by the link, posted.
  void logged_in(const std::string& banner);
  void lost(const std::string& why);
  void read(std::vector<AmiMessage> messages);

  void take(AmiMessage message);
  /// All that is asked within one turn of control's goes to Asterisk in one piece.
  void flush_later();
  void finish(std::uint64_t id, Answer answer);
  void end_all(const std::string& why);

  runtime::Executor& control_;
  runtime::Clock& clock_;
  Listener& listener_;
  std::unique_ptr<Link> link_;
  std::string id_prefix_;  ///< of ActionIDs: another one in each process
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, Pending> pending_;
  bool connected_ = false;
  bool stopped_ = false;
  bool flush_is_due_ = false;
  std::string last_why_;
  runtime::Lifetime lifetime_;
};

}  // namespace snom::asterisk
