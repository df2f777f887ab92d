#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "sip/sip_peer.h"

namespace snom::sip::test {

/// A notifier of registrations (RFC 3680) made of a socket and hand-written SIP text. One thread.
class Notifier final {
 public:
  explicit Notifier(const std::string& transport = "udp") : peer_(transport, "127.0.0.1") {}

  [[nodiscard]] SipPeer& peer() { return peer_; }
  [[nodiscard]] std::string via() const { return peer_.transport() + ":" + peer_.address(); }

  /// The next SUBSCRIBE; nullopt when none comes.
  std::optional<SipText> subscribed(std::chrono::milliseconds limit = std::chrono::seconds(3)) {
    while (auto request = peer_.receive(limit)) {
      if (request->first_line().starts_with("SUBSCRIBE ")) return request;
    }
    return std::nullopt;
  }
  /// Its answer, with the To tag "notifier" and whatever else.
  static std::string answer(const SipText& subscribe, int status, const std::string& more = {}) {
    std::string text = response_to(subscribe, status, "Said");
    const std::string tag = ";tag=phone";
    const bool first = subscribe.header("To").find(";tag=") == std::string::npos;
    text.replace(text.find(tag), tag.size(), first ? ";tag=notifier" : "");
    text.insert(text.find("Content-Length"), more);
    return text;
  }
  void accept(const SipText& subscribe, int expires = 600) {
    peer_.send(answer(subscribe, 200,
                      "Expires: " + std::to_string(expires) + "\r\nContact: <sip:" + peer_.address() + ">\r\n"));
  }
  /// A NOTIFY in that dialog, as text.
  std::string notify(const SipText& subscribe, const std::string& body, const std::string& more = {}) {
    ++cseq_;
    const auto from = subscribe.header("To");
    return "NOTIFY " + uri_of(subscribe.header("Contact")) + " SIP/2.0\r\nVia: SIP/2.0/UDP " + peer_.address() +
           ";branch=z9hG4bKn" + std::to_string(cseq_) + "\r\nFrom: " + from.substr(0, from.find(";tag=")) +
           ";tag=notifier\r\nTo: " + subscribe.header("From") + "\r\nCall-ID: " + subscribe.header("Call-ID") +
           "\r\nCSeq: " + std::to_string(cseq_) + " NOTIFY\r\nMax-Forwards: 70\r\nContact: <sip:" + peer_.address() +
           ">\r\nEvent: reg\r\n" + (more.empty() ? "Subscription-State: active;expires=600\r\n" : more) +
           (body.empty() ? "" : "Content-Type: application/reginfo+xml\r\n") +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  /// Sends it; the status of the answer, 0 when none comes.
  int tell(const std::string& notify) {
    peer_.send(notify);
    while (const auto answer = peer_.receive()) {
      if (answer->status() != 0) return answer->status();
    }
    return 0;
  }
  static std::string document(const std::string& user, const std::string& contacts) {
    return "<?xml version=\"1.0\"?>\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"0\" state=\"full\">"
           "<registration aor=\"sip:" +
           user + "@example.com\" id=\"0x7f\" state=\"active\">" + contacts + "</registration></reginfo>";
  }
  static std::string contact(const std::string& uri, const std::string& call_id, const std::string& more = {},
                             const std::string& state = "active") {
    return "<contact id=\"" + call_id + "\" state=\"" + state + "\" event=\"created\" expires=\"60\" callid=\"" +
           call_id + "\" cseq=\"1\" " + more + "><uri>" + uri + "</uri></contact>";
  }

 private:
  static std::string uri_of(const std::string& contact) { return contact.substr(1, contact.find('>') - 1); }
  SipPeer peer_;
  unsigned cseq_ = 0;
};

}  // namespace snom::sip::test
