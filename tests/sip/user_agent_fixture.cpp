#include "sip/user_agent_fixture.h"

#include <stdexcept>

#include "sip/nta_glue.h"

namespace snom::sip::test {
namespace {

const std::string sdp_type = "Content-Type: application/sdp\r\n";

std::string with_body(std::string head, const std::string& body) {
  if (body.starts_with("v=0")) head += sdp_type;
  return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

CallId number_of(const std::string& call) { return std::stoull(call); }

}  // namespace

void RecordingLine::add(std::string entry) {
  const std::lock_guard lock(mutex_);
  log_.push_back(std::move(entry));
  changed_.notify_all();
}

std::string RecordingLine::wait_for(const std::string& beginning, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const auto until = std::chrono::steady_clock::now() + limit;
  for (std::size_t i = seen_;;) {
    for (; i < log_.size(); ++i) {
      if (!log_[i].starts_with(beginning)) continue;
      seen_ = i + 1;
      return log_[i];
    }
    if (changed_.wait_until(lock, until) == std::cv_status::timeout && i == log_.size()) return "";
  }
}

std::vector<std::string> RecordingLine::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

std::size_t RecordingLine::count(const std::string& beginning) const {
  std::size_t found = 0;
  for (const std::string& entry : log()) found += entry.starts_with(beginning) ? 1 : 0;
  return found;
}

TestPhone::TestPhone(EventLoop& loop, const std::string& server, const Wishes& wishes) : loop_(loop) {
  const auto address = parse_transport_address(server);
  if (!address) throw std::invalid_argument(address.error());
  UserAgentOptions options;
  options.server_host = address->host;
  options.server_port = address->port;
  options.transport = address->transport;
  options.tls = {test_identity(), "", test_identity().certificate};
  options.faults = wishes.faults;
  options.resolve = wishes.resolve;
  options.resolve_limit = wishes.resolve_limit;
  auto opened = UserAgent::open(loop, options);
  if (!opened) throw std::runtime_error(opened.error());
  agent_ = std::move(*opened);
  AccountOptions account;
  account.user = wishes.user;
  account.password = wishes.password;
  account.domain = wishes.domain;
  account.user_agent = "snom370/8.7.5.35";
  account.expires = wishes.expires;
  account.notify_limit = wishes.notify_limit;
  loop_.run_and_wait([&] { account_ = agent_->add(account, line_); });
}

void TestPhone::log_on() {
  loop_.run_and_wait([this] { account_->log_on(); });
}

std::string TestPhone::register_now() {
  log_on();
  return line_.wait_for("regist");
}

void TestPhone::log_off() {
  loop_.run_and_wait([this] { account_->log_off([this] { line_.add("log_off_done"); }); });
}

void TestPhone::watch_list(const std::string& uri) {
  loop_.run_and_wait([&] { account_->watch_list(uri); });
}

void TestPhone::watch(const std::string& uri) {
  loop_.run_and_wait([&] { account_->watch(uri); });
}

void TestPhone::start_afresh() {
  loop_.run_and_wait([this] { account_->start_afresh(); });
}

void TestPhone::message(const std::string& user, const std::string& body) {
  loop_.run_and_wait([&] {
    account_->message(user, "application/x-buttons", body, [this](int status, const std::string& reason) {
      line_.add("message_done " + std::to_string(status) + " " + reason);
    });
  });
}

std::string TestPhone::call(const std::string& number) {
  CallId id = 0;
  loop_.run_and_wait([&] { id = account_->call(number); });
  return std::to_string(id);
}

void TestPhone::answer(const std::string& call) {
  loop_.run_and_wait([&] { account_->answer(number_of(call)); });
}

void TestPhone::reject(const std::string& call, int status) {
  loop_.run_and_wait([&] { account_->reject(number_of(call), status); });
}

void TestPhone::hang_up(const std::string& call) {
  loop_.run_and_wait([&] { account_->hang_up(number_of(call)); });
}

void TestPhone::hold(const std::string& call, bool on) {
  loop_.run_and_wait([&] { account_->hold(number_of(call), on); });
}

void TestPhone::send_dtmf(const std::string& call, char digit) {
  loop_.run_and_wait([&] { account_->send_dtmf(number_of(call), digit, std::chrono::milliseconds(160)); });
}

void TestPhone::transfer(const std::string& call, const std::string& number) {
  loop_.run_and_wait([&] {
    account_->transfer(number_of(call), number, [this](int status, const std::string& reason) {
      line_.add("transfer_done " + std::to_string(status) + " " + reason);
    });
  });
}

std::string call_of(const std::string& entry) {
  const auto from = entry.find(' ') + 1;
  return entry.substr(from, entry.find(' ', from) - from);
}

std::string uri_in(const std::string& value) {
  const auto from = value.find('<');
  return from == std::string::npos ? value : value.substr(from + 1, value.find('>') - from - 1);
}

std::string reply(const SipText& request, int status, std::string_view phrase, const std::string& more_headers,
                  const std::string& body) {
  std::string text = "SIP/2.0 " + std::to_string(status) + " " + std::string(phrase) + "\r\n";
  for (const std::string& via : request.headers("Via")) text += "Via: " + via + "\r\n";
  const std::string to = request.header("To");
  text += "From: " + request.header("From") + "\r\nTo: " + to +
          (to.find(";tag=") == std::string::npos ? ";tag=server" : "");
  text += "\r\nCall-ID: " + request.header("Call-ID") + "\r\nCSeq: " + request.header("CSeq") + "\r\n" + more_headers;
  return with_body(std::move(text), body);
}

TextServer::TextServer(const std::string& transport, const std::string& host) : peer_(transport, host) {
  if (transport != "udp") peer_.listen();
}

void TextServer::meet(const TestPhone& phone) {
  if (peer_.transport() == "udp") {
    peer_.connect(phone.listening());
    met_ = true;
  }
}

SipText TextServer::receive_until(const std::function<bool(const SipText&)>& wanted, std::chrono::milliseconds limit) {
  if (peer_.transport() != "udp" && !met_) {
    if (!peer_.accept(limit)) return SipText("");
    met_ = true;
  }
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return SipText("");
    const auto message = peer_.receive(left);
    if (message && wanted(*message)) return *message;
  }
}

SipText TextServer::next(std::string_view method, std::chrono::milliseconds limit) {
  return receive_until([&](const SipText& text) { return text.first_line().starts_with(std::string(method) + " "); },
                       limit);
}

SipText TextServer::next_answer(std::string_view method, std::chrono::milliseconds limit) {
  return receive_until(
      [&](const SipText& text) {
        return text.status() >= 200 && text.header("CSeq").ends_with(" " + std::string(method));
      },
      limit);
}

SipText TextServer::next_provisional() {
  return receive_until([](const SipText& text) { return text.status() > 100 && text.status() < 200; },
                       std::chrono::seconds(5));
}

std::string TextServer::accept_registration(int expires) {
  const SipText request = next("REGISTER");
  std::string contact = uri_in(request.header("Contact"));
  reply_to(request, 200, "OK", "Contact: <" + contact + ">;expires=" + std::to_string(expires) + "\r\n");
  return contact;
}

std::string TextServer::contact() const {
  return "sip:pbx@" + peer_.address() + (peer_.transport() == "udp" ? "" : ";transport=" + peer_.transport());
}

std::string TextServer::head(const std::string& method, const std::string& uri) {
  return method + " " + uri + " SIP/2.0\r\nVia: SIP/2.0/" +
         (peer_.transport() == "udp"   ? "UDP "
          : peer_.transport() == "tls" ? "TLS "
                                       : "TCP ") +
         peer_.address() + ";branch=z9hG4bK-s" + std::to_string(++count_) + "\r\nMax-Forwards: 70\r\n";
}

std::string TextServer::request(const std::string& method, const std::string& uri, const std::string& more_headers,
                                const std::string& body) {
  std::string text = head(method, uri);
  text += "From: <sip:1001@example.com>;tag=caller\r\nTo: <sip:1000@example.com>\r\nCall-ID: from-server-" +
          std::to_string(count_) + "\r\nCSeq: 1 " + method + "\r\nContact: <" + contact() + ">\r\n" + more_headers;
  return with_body(std::move(text), body);
}

std::string TextServer::in_dialog(const std::string& method, const SipText& invite, const SipText& answer,
                                  unsigned cseq, const std::string& more_headers, const std::string& body) {
  std::string text = head(method, uri_in(answer.header("Contact")));
  text += "From: " + invite.header("From") + "\r\nTo: " + answer.header("To") +
          "\r\nCall-ID: " + invite.header("Call-ID") + "\r\nCSeq: " + std::to_string(cseq) + " " + method +
          "\r\nContact: <" + contact() + ">\r\n" + more_headers;
  return with_body(std::move(text), body);
}

std::string TextServer::in_dialog_of_phone(const std::string& method, const SipText& invite, unsigned cseq,
                                           const std::string& more_headers, const std::string& body) {
  std::string text = head(method, uri_in(invite.header("Contact")));
  text += "From: " + invite.header("To") + ";tag=server\r\nTo: " + invite.header("From") +
          "\r\nCall-ID: " + invite.header("Call-ID") + "\r\nCSeq: " + std::to_string(cseq) + " " + method +
          "\r\nContact: <" + contact() + ">\r\n" + more_headers;
  return with_body(std::move(text), body);
}

std::string TextServer::sdp(const std::string& direction) const {
  const bool v6 = peer_.address().starts_with('[');
  const std::string where = v6 ? "IN IP6 ::1" : "IN IP4 127.0.0.1";
  return "v=0\r\no=- 1 1 " + where + "\r\ns=-\r\nc=" + where +
         "\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=" + direction + "\r\n";
}

}  // namespace snom::sip::test
