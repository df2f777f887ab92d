#include "sip/server_fixture.h"

#include <algorithm>
#include <atomic>

#include "language/digest.h"

namespace snom::sip::test {
namespace {

std::string unique(const std::string& prefix) {
  static std::atomic<unsigned> count = 0;
  return prefix + std::to_string(++count);
}

std::string host_of(const std::string& server) {
  const auto first = server.find(':');
  std::string host = server.substr(first + 1, server.rfind(':') - first - 1);
  return host.front() == '[' ? host.substr(1, host.size() - 2) : host;
}

std::string escaped(const std::string& user) {
  std::string text;
  for (const char c : user) text += c == ' ' ? "%20" : std::string(1, c);
  return text;
}

}  // namespace

TextPhone::TextPhone(const std::string& server, std::string of_user, std::string its_password, std::string of_domain,
                     const std::string& source)
    : user(std::move(of_user)),
      password(std::move(its_password)),
      domain(std::move(of_domain)),
      call_id(unique("call-")),
      peer_(server.substr(0, 3), source.empty() ? host_of(server) : source) {
  peer_.connect(server);
}

std::string TextPhone::contact() const {
  return "sip:" + escaped(user) + "@" + peer_.address() +
         (peer_.transport() == "udp" ? "" : ";transport=" + peer_.transport());
}

std::string TextPhone::request(const std::string& method, const std::string& uri, const std::string& to_uri,
                               const std::string& more_headers, const std::string& body) {
  const std::string transport = peer_.transport() == "udp" ? "UDP" : peer_.transport() == "tls" ? "TLS" : "TCP";
  std::string text = method + " " + uri + " SIP/2.0\r\n";
  text +=
      "Via: SIP/2.0/" + transport + " " + peer_.address() + ";branch=" + unique("z9hG4bK-") + via_parameters + "\r\n";
  text += "Max-Forwards: 70\r\n";
  text += "From: <sip:" + escaped(user) + "@" + domain + ">;tag=" + unique("t") + "\r\n";
  text += "To: <" + to_uri + ">\r\n";
  text += "Call-ID: " + call_id + "\r\n";
  text += "CSeq: " + std::to_string(++cseq) + " " + method + "\r\n";
  text += "User-Agent: snom370/8.7.5.35\r\n";
  text += more_headers;
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  return text;
}

std::string TextPhone::register_request(const std::string& more_headers) {
  return request("REGISTER", "sip:" + domain, "sip:" + escaped(user) + "@" + domain, more_headers);
}

SipText TextPhone::ask(const std::string& text) {
  last_request_ = text;
  const SipText asked(text);
  // A datagram may be lost where a test floods the server: it is repeated, as a phone does.
  const bool datagram = peer_.transport() == "udp";
  for (int times = datagram ? 6 : 1; times > 0; --times) {
    peer_.send(text);
    while (auto answer = peer_.receive(std::chrono::milliseconds(datagram ? 500 : 3000))) {
      if (answer->status() >= 200 && answer->header("CSeq") == asked.header("CSeq") &&
          answer->header("Call-ID") == asked.header("Call-ID"))
        return *answer;
    }
  }
  return SipText("");
}

std::string TextPhone::authorization(const SipText& challenge, const std::string& method, const std::string& uri,
                                     unsigned nc) const {
  const auto parsed = language::parse_digest_challenge(challenge.header("WWW-Authenticate"));
  if (!parsed) return "";
  return "Authorization: " +
         language::answer_challenge(*parsed, user, password, method, uri, nc, "0a1b2c3d").to_string() + "\r\n";
}

SipText TextPhone::ask_with_password(const std::string& method, const std::string& uri, const std::string& to_uri,
                                     const std::string& more_headers, const std::string& body) {
  auto answer = ask(request(method, uri, to_uri, more_headers, body));
  if (answer.status() != 401) return answer;
  return ask(request(method, uri, to_uri, authorization(answer, method, uri) + more_headers, body));
}

SipText TextPhone::register_with(const std::string& more_headers) {
  return ask_with_password("REGISTER", "sip:" + domain, "sip:" + escaped(user) + "@" + domain, more_headers);
}

SipText TextPhone::register_contact(int expires) {
  return register_with("Contact: <" + contact() + ">\r\nExpires: " + std::to_string(expires) + "\r\n");
}

ServerTest::ServerTest() { start(); }

ServerTest::~ServerTest() { server_.reset(); }

std::vector<User> ServerTest::users() {
  return {{"1000", "1234", ""}, {"1001", "5678", "http://127.0.0.1:8081"}, {"front desk", "secret", ""}};
}

void ServerTest::start(ServerOptions options) {
  server_.reset();
  if (options.profiles.empty())
    options.profiles = {
        {"internal",
         {"udp:127.0.0.1:0", "tcp:127.0.0.1:0", "udp:[::1]:0", "tcp:[::1]:0", "tls:127.0.0.1:0", "tls:[::1]:0"},
         "example.com"}};
  if (options.tls == nullptr) options.tls = test_certificates();
  auto opened = Server::open(*loop_, options, users(), observer_);
  if (!opened) throw std::runtime_error(opened.error());
  server_ = std::move(*opened);
}

std::string ServerTest::address(const std::string& transport, const std::string& host) const {
  const std::string prefix = transport + ":" + (host == "::1" ? "[::1]" : host) + ":";
  for (const std::string& one : server_->listening())
    if (one.starts_with(prefix)) return one;
  throw std::runtime_error("not listening on " + prefix);
}

std::vector<registration::Registration> ServerTest::registrations() {
  std::vector<registration::Registration> all;
  loop_->run_and_wait([&] {
    for (const auto& one : server_->all()) all.push_back(*one);
  });
  return all;
}

std::vector<std::string> ServerTest::log() {
  loop_->run_and_wait([] {});
  return observer_.log();
}

std::vector<control::CommandService::Press> ServerTest::presses() {
  loop_->run_and_wait([] {});
  return observer_.presses();
}

std::future<control::SipOutcome> ServerTest::start_sending(control::OutgoingMessage message) {
  auto promise = std::make_shared<std::promise<control::SipOutcome>>();
  loop_->post([this, promise, message = std::move(message)] {
    server_->send(message, [promise](control::SipOutcome outcome) { promise->set_value(std::move(outcome)); });
  });
  return promise->get_future();
}

control::SipOutcome ServerTest::send(control::OutgoingMessage message) {
  return start_sending(std::move(message)).get();
}

}  // namespace snom::sip::test
