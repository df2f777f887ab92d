#include <map>
#include <memory>
#include <optional>

#include "language/key_sequence.h"
#include "loopback_only.h"
#include "phone/fakes.h"
#include "phone/sip_line.h"
#include "phone/virtual_phone.h"
#include "sip/event_loop.h"
#include "sip/user_agent.h"
#include "targets.h"
#include "wire.h"

namespace snom::fuzz {
namespace {

using std::chrono::milliseconds;

const std::string phone_host = "127.0.0.1";
const std::string server_host = "127.0.0.9";
const std::string password = "Pw-of-1000-which-nobody-says";

/// A virtual phone as snomphone puts it together, whose own time stands still. One for each input.
class Bench {
 public:
  Bench(sip::EventLoop& loop, const std::string& transport, std::uint16_t server_port) : loop_(loop) {
    sip::UserAgentOptions options;
    options.server_host = server_host;
    options.server_port = server_port;
    options.transport = transport;
    options.listen = phone_host;
    auto opened = sip::UserAgent::open(loop, std::move(options));
    must(opened.has_value(), "a free port can be bound");
    agent_ = std::move(*opened);
    loop_.run_and_wait([this] {
      phone_.emplace(phone::testing::Bench::defaults("D865"), line_, clock_, nullptr);
      sip::AccountOptions account;
      account.user = "1000";
      account.password = password;
      account.domain = "example.com";
      account.user_agent = "snomD865/10.1.226.13";
      line_.connect(*agent_->add(std::move(account), line_), *phone_);
      phone_->log_on();
    });
    settle();
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench() {
    agent_.reset();
    loop_.run_and_wait([this] { phone_.reset(); });
  }

  [[nodiscard]] std::uint16_t port() const {
    const std::string& address = agent_->listening();
    return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
  }
  void settle() {
    for (int turns = 0; turns < 4; ++turns) loop_.run_and_wait([] {});
  }
  void pass(milliseconds time) {
    loop_.run_and_wait([&] { clock_.pass(time); });
  }
  void press(std::string_view keys) {
    const auto sequence = language::parse_key_sequence(keys);
    if (!sequence) return;
    loop_.run_and_wait([&] {
      (void)phone_->press(*sequence);
      clock_.pass(milliseconds(1));
    });
  }

 private:
  sip::EventLoop& loop_;
  phone::testing::FakeClock clock_;
  phone::SipLine line_;
  std::unique_ptr<sip::UserAgent> agent_;
  std::optional<phone::VirtualPhone> phone_;
};

/// The registrar's side, or a stranger's.
class Server {
 public:
  Server(sip::EventLoop& loop, bool stream)
      : stream_(stream), bench_(loop, stream ? "tcp" : "udp", stream ? wire_.tcp_port() : wire_.udp_port()) {
    known_["udp"] = server_host + ":" + std::to_string(wire_.udp_port());
    known_["tcp"] = server_host + ":" + std::to_string(wire_.tcp_port());
    known_["phone"] = phone_host + ":" + std::to_string(bench_.port());
    known_["contact"] = "sip:1000@" + known_["phone"];
    look();
  }

  void play(const Piece& piece) {
    if (piece.way == "press") {
      bench_.press(piece.text.substr(0, piece.text.find('\n')));
    } else if (piece.way == "pass") {
      bench_.pass(std::chrono::seconds(2));
    } else if (piece.way == "close") {
      wire_.close_tcp();
    } else {
      const std::string text = fill_in(piece.text, [this](std::string_view name) {
        const auto found = known_.find(name);
        return found == known_.end() ? nullptr : &found->second;
      });
      if (stream_) {
        wire_.send_tcp(phone_host, bench_.port(), text, piece.way == "newtcp");
      } else {
        wire_.send_udp(phone_host, bench_.port(), text);
      }
    }
    bench_.settle();
    look();
  }

 private:
  void look() {
    for (const std::string& message : wire_.receive()) {
      must(message.find(password) == std::string::npos, "no password leaves the phone");
      if (message.starts_with("SIP/2.0 ")) {
        known_["dialog"] = header_lines(message, {"From", "To", "Call-ID"});
        continue;
      }
      if (const auto contact = header_of(message, "Contact"); contact.starts_with('<'))
        known_["contact"] = contact.substr(1, contact.find('>') - 1);
      const std::string to = "To: " + header_of(message, "To");
      known_["echo"] = header_lines(message, {"Via", "From", "Call-ID", "CSeq"}) + to + ";tag=peer\r\n";
      known_["back"] = "From: " + header_of(message, "To") + ";tag=peer\r\nTo: " + header_of(message, "From") + "\r\n" +
                       header_lines(message, {"Call-ID"});
    }
  }

  Wire wire_{server_host};
  const bool stream_;
  std::map<std::string, std::string, std::less<>> known_;
  Bench bench_;
};

}  // namespace

/// What a registrar, another phone or a stranger sends to a virtual phone, piece by piece ("@@udp", "@@newtcp",
/// "@@close"; a first piece without a way: all goes over TCP), with keys ("@@press") and time ("@@pass") in between.
void snomphone_sip(std::string_view input) {
  if (input.find(password) != std::string_view::npos) return;  // the fuzzer took it from our own comparisons
  sip::EventLoop loop;
  constexpr unsigned name_server = 53;
  watch_destinations([](const std::string& host, unsigned port) {
    if (port == name_server) broken("the SIP thread asked " + host + " for a name");
  });
  const auto pieces = read_pieces(input, 24);
  Server server(loop, !pieces.empty() && pieces.front().way.empty());
  for (const Piece& piece : pieces) server.play(piece);
}

}  // namespace snom::fuzz
