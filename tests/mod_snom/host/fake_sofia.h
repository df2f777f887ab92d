#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "mod_snom/host/host.h"

namespace snom::freeswitch::testing {

/// What mod_snom uses of mod_sofia, without SIP: a table of registrations for `sofia xmlstatus`, events, and a chat
/// interface whose phones answer as the test says. Outlives the host's module. Any thread.
class FakeSofia {
 public:
  explicit FakeSofia(Host& host);
  /// Silent phones give up.
  ~FakeSofia();
  FakeSofia(const FakeSofia&) = delete;
  FakeSofia& operator=(const FakeSofia&) = delete;

  struct Phone {
    std::string user;
    std::string contact;  ///< as mod_sofia keeps it, with its brackets
    std::string domain = "example.test";
    std::string address = "127.0.0.1";  ///< network address
    std::string call_id = "call-1";
    std::string agent = "snom370/8.7.5.35";
  };
  /// Puts it into the table, and tells of it (sofia::register) unless it is to have been there already.
  void add(const Phone& phone, bool tell = true);
  /// sofia::unregister.
  void remove(const Phone& phone);
  /// `phone` registers where one contact of a user is allowed: the others are gone from the table, and nobody is told.
  void replace_by(const Phone& phone);

  /// A phone's final status by its user or its contact; 0 = silent until `give_up`. 200 for those not named.
  void answer(const std::string& who, int status);
  /// All that wait for silent phones are told that there was no answer.
  void give_up();

  struct Message {
    std::string to;
    std::string from;
    std::string type;
    std::string body;
  };
  [[nodiscard]] std::vector<Message> messages() const;
  /// Waits for `count` of them; what came by then.
  std::vector<Message> wait_messages(std::size_t count);
  /// How many threads are inside, waiting for a phone.
  [[nodiscard]] int waiting() const;
  /// Waits until `count` are. False when they are not within 10 s.
  [[nodiscard]] bool wait_waiting(int count);
  /// How often the table was asked for one user.
  [[nodiscard]] int questions() const;

  /// Questions for this user are not answered until go_on(); 10 s at most.
  void stall(const std::string& user);
  void go_on() { stall({}); }
  /// Waits until such a question has come. False when none has within 10 s.
  [[nodiscard]] bool wait_stalled();
  /// Whether one waits.
  [[nodiscard]] bool is_stalled() const;

  /// A phone's MESSAGE as mod_sofia hands it on: `press("1000", "snom+abc")`. False when nobody took it.
  bool press(Host& host, const std::string& user, const std::string& target, const std::string& body = {},
             const std::string& address = "127.0.0.1");

  /// The module destroys an event.
  static void forget(switch_event_t* event);

 private:
  static switch_status_t send(switch_event_t* message);
  /// The status that the phone answers with.
  int deliver(switch_event_t* message, std::unique_lock<std::mutex>& lock);
  std::string xmlstatus(const std::string& arguments);

  Host& host_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Phone> phones_;
  std::map<std::string, int> answers_;  ///< by user, or contact without brackets
  std::vector<Message> messages_;
  int inside_ = 0;   ///< threads
  int waiting_ = 0;  ///< of them, for a phone
  int rounds_ = 0;
  int questions_ = 0;
  std::string stalled_user_;
  int stalled_ = 0;  ///< questions that wait
};

}  // namespace snom::freeswitch::testing
