#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <optional>
#include <thread>

#include "control/commands/command_service.h"
#include "control/keys/memory_button_store.h"
#include "language/digest.h"
#include "language/text.h"
#include "loopback_only.h"
#include "runtime/clock.h"
#include "sip/event_loop.h"
#include "sip/server.h"
#include "snomd/event_json.h"
#include "snomd/refusal_log.h"
#include "targets.h"
#include "wire.h"

namespace snom::fuzz {
namespace {

using std::chrono::milliseconds;

const std::string server_host = "127.0.0.1";
const std::string phone_host = "127.0.0.9";  ///< the only one that anything may be sent to
const std::string password = "Pw-of-1000-which-nobody-says";

/// Time that stands still but for what an input lets pass. Loop's thread.
class StillClock final : public runtime::Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return WallTime(milliseconds(1000000)); }
  TimerId after(milliseconds delay, std::function<void()> work) override {
    timers_.emplace(std::pair(now_ + delay, ++last_timer_), std::move(work));
    return last_timer_;
  }
  void cancel(TimerId timer) override {
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
  }
  void pass(milliseconds time) {
    const auto end = now_ + time;
    for (int steps = 0; steps < 1000 && !timers_.empty() && timers_.begin()->first.first <= end; ++steps) {
      auto timer = timers_.extract(timers_.begin());
      now_ = std::max(now_, timer.key().first);
      timer.mapped()();
    }
    now_ = end;
  }

 private:
  TimePoint now_{std::chrono::hours(1)};
  TimerId last_timer_ = 0;
  std::map<std::pair<TimePoint, TimerId>, std::function<void()>> timers_;
};

/// Phones' pages: they all answer at once, and what is asked of them tells no password but what was typed.
class ReadyPages final : public control::PhoneWeb {
 public:
  explicit ReadyPages(sip::EventLoop& loop) : loop_(loop) {}
  void get(control::WebRequest request, std::function<void(control::WebOutcome)> done) override {
    must(request.url.find(password) == std::string::npos, "no SIP password goes to a page");
    loop_.post([done = std::move(done), status = request.url.size() % 2 == 0 ? 200 : 401] {
      done({status, "", "BM"});
    });
  }

 private:
  sip::EventLoop& loop_;
};

void must_not_tell(std::string_view text) {
  must(text.find(password) == std::string_view::npos, "no password leaves the server");
}

class Listener final : public control::EventSink {
 public:
  void publish(const control::Event& event) override {
    must(!snomd::event_name(event).empty(), "an event has a name");
    must_not_tell(snomd::dump(snomd::to_json(event)));
  }
};

/// snomd as its daemon puts it together, with SIP on loopback and no HTTP. One for each input.
class Context final : public sip::ServerObserver {
 public:
  explicit Context(sip::EventLoop& loop) : loop_(loop) {
    sip::ServerOptions options;
    options.profiles = {{"internal", {"udp:" + server_host + ":0", "tcp:" + server_host + ":0"}, "example.com"}};
    auto opened = sip::Server::open(loop, options, {{"1000", password, ""}, {"1001", password + "!", ""}}, *this);
    must(opened.has_value(), "a free port can be bound");
    sip_ = std::move(*opened);
    loop_.run_and_wait([this] {
      command_service_.emplace(control::Ports{*sip_, *sip_, pages_, listener_, store_, clock_, loop_, sip_.get()},
                               control::CommandService::Options{});
      must(command_service_->load().has_value(), "memory can be read");
    });
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() override {
    loop_.run_and_wait([this] {
      sip_->stop();
      command_service_.reset();
    });
    sip_.reset();
    loop_.run_and_wait([] {});
  }

  /// "127.0.0.1:5060" of udp or tcp.
  [[nodiscard]] std::uint16_t port(std::string_view transport) const {
    for (const std::string& one : sip_->listening())
      if (one.starts_with(transport)) return static_cast<std::uint16_t>(std::stoul(one.substr(one.rfind(':') + 1)));
    broken("the server listens on what it was told to");
  }

  /// All that came and all that follows from it has been dealt with, but for what waits for time.
  void settle() {
    for (int turns = 0; turns < 3; ++turns) loop_.run_and_wait([] {});
    loop_.run_and_wait([this] { clock_.pass(milliseconds(50)); });
    loop_.run_and_wait([] {});
  }
  void pass(milliseconds time) {
    loop_.run_and_wait([&] { clock_.pass(time); });
  }
  void command(std::string_view line) {
    loop_.run_and_wait([&] {
      command_service_->run(line, {}, [](const std::string& reply) {
        must(reply.starts_with("+OK") || reply.starts_with("-ERR"), "a reply is +OK or -ERR");
        must_not_tell(reply);
      });
    });
  }
  void check(bool somebody_knew_the_password) {
    loop_.run_and_wait([&] {
      for (const auto& registration : sip_->all()) {
        must(somebody_knew_the_password, "nobody registers without a password");
        must(registration->user == "1000", "nobody registers as another");
        must_not_tell(snomd::dump(snomd::to_json(registration)));
      }
      must(somebody_knew_the_password || !pressed_, "nobody presses without a password");
      must(somebody_knew_the_password || !subscribed_, "nobody subscribes without a password");
      for (const auto& key : command_service_->keys("1000@example.com"))
        must_not_tell(snomd::dump(snomd::to_json(key)));
    });
  }

  void registered(const registration::RegistrationPointer& registration) override {
    listener_.publish(control::Registered{registration});
    if (command_service_) command_service_->registered(registration);
  }
  void refreshed(const registration::RegistrationPointer& registration) override {
    if (command_service_) command_service_->registered(registration);
  }
  void unregistered(const registration::RegistrationPointer& registration, const std::string& why) override {
    listener_.publish(control::Unregistered{registration, why});
    if (command_service_) command_service_->unregistered(registration);
  }
  void warned(const std::string& what) override { must_not_tell(what); }
  void refused(const sip::RefusedRequest& request) override {
    for (const std::string& line : refusals_.lines(request, clock_.now())) {
      must_not_tell(line);
      must(language::printable(line) == line, "a line of the log steers no terminal");
    }
  }
  bool pressed(const control::CommandService::Press& press) override {
    pressed_ = true;
    return command_service_ && command_service_->press(press);
  }
  control::KeyLight key_light(const std::string& address_of_record, const std::string& key) override {
    return command_service_ ? command_service_->light(address_of_record, key) : control::KeyLight{key};
  }
  std::vector<control::KeyLight> key_lights(const std::string& address_of_record) override {
    return command_service_ ? command_service_->lights(address_of_record) : std::vector<control::KeyLight>{};
  }
  void key_subscribed(const registration::RegistrationPointer& phone, const std::string& key) override {
    must(phone->user == "1000", "nobody subscribes to another's key");
    subscribed_ = true;
    if (command_service_) command_service_->subscribed(phone, key);
  }
  control::CommandService::KeyPress key_pressed(const registration::RegistrationPointer& from,
                                                const std::string& key) override {
    must(from->user == "1000", "nobody presses another's key");
    pressed_ = true;
    return command_service_ ? command_service_->press_key(from, key) : control::CommandService::KeyPress{};
  }

 private:
  sip::EventLoop& loop_;
  StillClock clock_;
  snomd::RefusalLog refusals_;
  ReadyPages pages_{loop_};
  Listener listener_;
  control::MemoryButtonStore store_{loop_};
  std::unique_ptr<sip::Server> sip_;
  std::optional<control::CommandService> command_service_;
  bool pressed_ = false;
  bool subscribed_ = false;
};

/// The phone's side: it knows a password, and answers what it is sent if the input says how.
class Phone {
 public:
  explicit Phone(Context& context) : context_(context) {
    known_["udp"] = phone_host + ":" + std::to_string(wire_.udp_port());
    known_["tcp"] = phone_host + ":" + std::to_string(wire_.tcp_port());
    known_["server"] = server_host + ":" + std::to_string(context_.port("udp"));
  }

  void play(const Piece& piece) {
    if (piece.way == "command") return context_.command(piece.text.substr(0, piece.text.find('\n')));
    if (piece.way == "pass") return context_.pass(std::chrono::seconds(6));
    if (piece.way == "close") {
      wire_.close_tcp();
    } else {
      const std::string text = fill_in(piece.text, [&](std::string_view name) { return value_of(name, piece.text); });
      if (piece.way == "tcp" || piece.way == "newtcp") {
        wire_.send_tcp(server_host, context_.port("tcp"), text, piece.way == "newtcp");
      } else {
        wire_.send_udp(server_host, context_.port("udp"), text);
      }
    }
    context_.settle();
    look();
  }
  [[nodiscard]] bool knew_the_password() const { return nc_ > 0; }

 private:
  const std::string* value_of(std::string_view name, std::string_view text) {
    if (name == "auth") known_["auth"] = authorization(text);
    const auto found = known_.find(name);
    return found == known_.end() ? nullptr : &found->second;
  }

  std::string authorization(std::string_view request) {
    if (challenge_.empty()) {
      wire_.send_udp(server_host, context_.port("udp"),
                     "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP " + known_["udp"] +
                         ";rport;branch=z9hG4bKchallenge\r\nFrom: <sip:1000@example.com>;tag=c\r\n"
                         "To: <sip:1000@example.com>\r\nCall-ID: challenge\r\nCSeq: 1 REGISTER\r\n"
                         "Contact: <sip:1000@" +
                         known_["udp"] + ">\r\nContent-Length: 0\r\n\r\n");
      context_.settle();
      look();
    }
    const auto challenge = language::parse_digest_challenge(challenge_);
    if (!challenge) return {};
    const auto method = request.substr(0, request.find(' '));
    request.remove_prefix(std::min(method.size() + 1, request.size()));
    const std::string uri = fill_in(request.substr(0, request.find(' ')), [this](std::string_view name) {
      return name == "auth" ? nullptr : value_of(name, {});
    });
    return "Authorization: " +
           language::answer_challenge(*challenge, "1000", password, method, uri, ++nc_, "0a1b").to_string();
  }

  void look() {
    for (const std::string& message : wire_.receive()) {
      must_not_tell(message);
      if (const auto challenge = header_of(message, "WWW-Authenticate"); !challenge.empty()) challenge_ = challenge;
      if (message.starts_with("SIP/2.0 ")) continue;
      // A request to the phone: what its answer repeats.
      known_["echo"] = header_lines(message, {"Via", "v", "From", "f", "To", "t", "Call-ID", "i", "CSeq"});
    }
  }

  Context& context_;
  Wire wire_{phone_host};
  std::map<std::string, std::string, std::less<>> known_;
  std::string challenge_;
  std::uint32_t nc_ = 0;
};

}  // namespace

/// What a phone, or who says to be one, sends to snomd and how it answers, piece by piece ("@@udp", "@@tcp",
/// "@@newtcp", "@@close"), with commands ("@@command") and time ("@@pass") in between.
void snomd_sip(std::string_view input) {
  if (input.find(password) != std::string_view::npos) return;  // the fuzzer took it from our own comparisons
  sip::EventLoop loop;
  watch_destinations({});
  Context context(loop);
  // From here on: the library tries a new socket by sending to itself.
  watch_destinations([phone_thread = std::this_thread::get_id()](const std::string& host, unsigned port) {
    if (std::this_thread::get_id() == phone_thread || host == phone_host) return;
    broken("sent to " + host + ":" + std::to_string(port) + ", where nothing came from");
  });
  {
    Phone phone(context);
    for (const Piece& piece : read_pieces(input, 24)) phone.play(piece);
    context.check(phone.knew_the_password());
  }
  context.settle();
  watch_destinations({});
}

}  // namespace snom::fuzz
