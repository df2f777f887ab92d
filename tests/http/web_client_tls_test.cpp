#include "http/web_client.h"

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "http/raw_server.h"
#include "http/server.h"
#include "tls/certificates.h"

namespace snom::http {
namespace {

using namespace std::chrono_literals;
using testing::RawServer;
using tls::testing::certificate_for;
using tls::testing::expired_certificate;
using Verify = WebClient::Verify;

/// A phone's https page that answers "ok" and keeps what it was asked for.
class Page {
 public:
  explicit Page(const tls::Identity& identity, const std::string& address = "127.0.0.1:0") {
    auto bound =
        server_.listen(address, identity, [this](const Request& request, const std::shared_ptr<Responder>& responder) {
          {
            const std::lock_guard lock(mutex_);
            asked_.push_back(request.target);
          }
          responder->send({200, "text/plain", "ok", {}});
        });
    EXPECT_TRUE(bound) << (bound ? "" : bound.error());
    address_ = bound.value_or("");
  }
  [[nodiscard]] std::string url() const { return "https://" + address_ + "/"; }
  [[nodiscard]] const std::string& address() const { return address_; }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::string address_;
  Server server_{Server::Options{}};
};

/// A file with a certificate in it.
class CaFile {
 public:
  explicit CaFile(const tls::Identity& identity)
      : path_(std::filesystem::path(::testing::TempDir()) / ("snom-ca-" + std::to_string(::getpid()) + ".pem")) {
    std::ofstream(path_) << identity.certificate;
  }
  ~CaFile() { std::filesystem::remove(path_); }
  CaFile(const CaFile&) = delete;
  CaFile& operator=(const CaFile&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

WebClient::Response get(WebClient& client, WebClient::Request request) {
  std::promise<WebClient::Response> answered;
  client.get(std::move(request), [&](WebClient::Response response) { answered.set_value(std::move(response)); });
  return answered.get_future().get();
}

std::string outcome(const WebClient::Response& response) {
  return response.status == 0 ? response.error : std::to_string(response.status) + " " + response.body;
}

std::string ask(WebClient& client, const std::string& url, const std::string& pin_name = "") {
  return outcome(get(client, {url, "admin", "1234", pin_name}));
}

std::string ask_with_ca(const tls::Identity& trusted, const std::string& url) {
  const CaFile file(trusted);
  WebClient client({.ca_file = file.path()});
  return ask(client, url);
}

// --- by the system's store, or a CA file ---

TEST(WebClientTls, TrustsNoSelfSignedCertificateAndSendsItNothing) {
  Page page(certificate_for());
  WebClient client({});
  EXPECT_EQ(ask(client, page.url()),
            "TLS certificate not trusted: self-signed, as phones' own are (they can be pinned, or named in a CA file)");
  EXPECT_TRUE(page.asked().empty());
}

TEST(WebClientTls, TrustsWhatTheCaFileHas) {
  const auto certificate = certificate_for();
  Page page(certificate);
  EXPECT_EQ(ask_with_ca(certificate, page.url()), "200 ok");
  EXPECT_NE(ask_with_ca(certificate_for(), page.url()), "200 ok");
}

TEST(WebClientTls, ACertificateForAnotherHostIsRefused) {
  for (const auto* name : {"phone.example", "127.0.0.2"}) {
    const auto certificate = certificate_for(name);
    Page page(certificate);
    EXPECT_EQ(ask_with_ca(certificate, page.url()), "TLS certificate not trusted: it is for another host");
    EXPECT_TRUE(page.asked().empty());
  }
}

TEST(WebClientTls, AnExpiredCertificateIsRefused) {
  const auto certificate = expired_certificate();
  Page page(certificate);
  EXPECT_EQ(ask_with_ca(certificate, page.url()), "TLS certificate not trusted: it has expired");
  EXPECT_TRUE(page.asked().empty());
}

TEST(WebClientTls, ACertificateOfTomorrowIsRefused) {
  const auto certificate = certificate_for("127.0.0.1", 24h, 48h);
  Page page(certificate);
  EXPECT_EQ(ask_with_ca(certificate, page.url()), "TLS certificate not trusted: it is not valid yet");
}

TEST(WebClientTls, SaysThatTheCaFileCannotBeRead) {
  Page page(certificate_for());
  WebClient client({.ca_file = "nowhere.pem"});
  EXPECT_EQ(ask(client, page.url()), "the certificates to trust (CA file, or the system's) cannot be read");
}

// --- pinned ---

TEST(WebClientTls, PinsACertificateOnFirstUseAndSaysSo) {
  Page page(certificate_for());
  std::mutex mutex;
  std::vector<std::string> log;
  const auto pins = std::make_shared<MemoryPins>();
  WebClient client({.verify = Verify::pin, .pins = pins, .log = [&](const std::string& line) {
                      const std::lock_guard lock(mutex);
                      log.push_back(line);
                    }});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(client, page.url(), "1000@example.com"), "200 ok");
  const auto pin = pins->find("1000@example.com").value();
  ASSERT_EQ(pin.size(), 1U);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(log, std::vector<std::string>{"the certificate of the web page of '1000@example.com' is met for the first "
                                          "time, and trusted from now on: " +
                                          pin[0]});
}

TEST(WebClientTls, AChangedCertificateIsRefusedWithAWordOnForgettingThePin) {
  const auto pins = std::make_shared<MemoryPins>();
  std::string address;
  {
    Page page(certificate_for());
    address = page.address();
    WebClient client({.verify = Verify::pin, .pins = pins});
    EXPECT_EQ(ask(client, page.url(), "1000@example.com"), "200 ok");
  }
  Page other(certificate_for(), address);
  WebClient client({.verify = Verify::pin, .pins = pins});
  const auto error = ask(client, other.url(), "1000@example.com");
  EXPECT_TRUE(
      error.starts_with("TLS certificate has changed: it is not the one that was pinned for '1000@example.com' (if "
                        "that is right, restart "
                        "the program: it keeps that of '1000@example.com' only as long as it runs; it has sha256/"))
      << error;
  EXPECT_TRUE(other.asked().empty());
}

TEST(WebClientTls, APhoneIsKnownAgainWhereverItIs) {
  const auto certificate = certificate_for();
  const auto pins = std::make_shared<MemoryPins>();
  WebClient client({.verify = Verify::pin, .pins = pins});
  Page here(certificate);
  Page there(certificate);
  Page stranger(certificate_for());
  EXPECT_EQ(ask(client, here.url(), "1000@example.com"), "200 ok");
  EXPECT_EQ(ask(client, there.url(), "1000@example.com"), "200 ok");
  EXPECT_TRUE(ask(client, stranger.url(), "1000@example.com").starts_with("TLS certificate has changed: "));
}

TEST(WebClientTls, AnOpenConnectionIsNotTrustedUnderAnotherName) {
  const auto pins = std::make_shared<MemoryPins>();
  ASSERT_TRUE(pins->remember("1001@example.com", "sha256/" + std::string(64, '0')));
  Page page(certificate_for());
  WebClient client({.verify = Verify::pin, .pins = pins});
  EXPECT_EQ(ask(client, page.url(), "1000@example.com"), "200 ok");
  EXPECT_TRUE(ask(client, page.url(), "1001@example.com").starts_with("TLS certificate has changed: "));
  EXPECT_EQ(ask(client, page.url(), "1000@example.com"), "200 ok");
  EXPECT_EQ(page.asked().size(), 2U);
}

TEST(WebClientTls, WithoutANameItIsPinnedForHostAndPort) {
  const auto pins = std::make_shared<MemoryPins>();
  Page page(certificate_for());
  WebClient client({.verify = Verify::pin, .pins = pins});
  EXPECT_EQ(ask(client, page.url()), "200 ok");
  EXPECT_EQ(pins->find(page.address())->size(), 1U);
}

TEST(WebClientTls, APinCountsWhateverElseTheCertificateSays) {
  Page expired(expired_certificate());
  Page foreign(certificate_for("phone.example"));
  WebClient client({.verify = Verify::pin});
  EXPECT_EQ(ask(client, expired.url(), "1000@example.com"), "200 ok");
  EXPECT_EQ(ask(client, foreign.url(), "1001@example.com"), "200 ok");
}

TEST(WebClientTls, WhatCannotBeRememberedIsNotTrusted) {
  struct FullDisk final : PinStore {
    tl::expected<std::vector<std::string>, std::string> find(const std::string&) override {
      return std::vector<std::string>{};
    }
    tl::expected<void, std::string> remember(const std::string&, const std::string&) override {
      return tl::unexpected(std::string("pins: the disk is full"));
    }
    [[nodiscard]] std::string how_to_forget(const std::string&) const override { return ""; }
  };
  Page page(certificate_for());
  WebClient client({.verify = Verify::pin, .pins = std::make_shared<FullDisk>()});
  EXPECT_EQ(ask(client, page.url()), "pins: the disk is full");
  EXPECT_TRUE(page.asked().empty());
}

// --- off ---

TEST(WebClientTls, OffTrustsEverybodyAndSaysSo) {
  std::vector<std::string> log;
  Page page(expired_certificate());
  WebClient client({.verify = Verify::off, .log = [&](const std::string& line) { log.push_back(line); }});
  EXPECT_EQ(log, std::vector<std::string>{"the certificates of phones' web pages are not verified (verify is off): "
                                          "whoever is on the way to a phone can pretend to be it"});
  EXPECT_EQ(ask(client, page.url()), "200 ok");
}

// --- servers that behave badly ---

TEST(WebClientTls, SaysThatAPortSpeaksNoTls) {
  RawServer phone([](RawServer::Peer& peer) {
    EXPECT_TRUE(peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    peer.wait_for_the_end();
  });
  WebClient client({});
  EXPECT_EQ(ask(client, "https://" + phone.address() + "/"), "TLS handshake failed (is it an https port?)");
}

TEST(WebClientTls, SaysThatTheConnectionWasClosedInTheHandshake) {
  RawServer phone([](RawServer::Peer&) {});
  for (const auto verify : {Verify::system, Verify::pin, Verify::off}) {
    WebClient client({.verify = verify});
    EXPECT_EQ(ask(client, "https://" + phone.address() + "/"), "TLS handshake failed (is it an https port?)");
  }
}

/// A phone of long ago: its TLS is as `set` makes it.
std::string ask_old_phone(const std::function<void(SSL_CTX*)>& set) {
  const auto context = tls::make_server_context(certificate_for()).value();
  SSL_CTX_set_security_level(context.get(), 0);
  set(context.get());
  RawServer phone([&](RawServer::Peer& peer) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
    SSL_set_fd(tls.get(), peer.socket());
    EXPECT_NE(SSL_accept(tls.get()), 1);
  });
  WebClient client({.verify = Verify::off});
  return ask(client, "https://" + phone.address() + "/");
}

TEST(WebClientTls, SaysThatAPhonesTlsIsTooOld) {
  EXPECT_EQ(ask_old_phone([](SSL_CTX* tls) {
              SSL_CTX_set_min_proto_version(tls, TLS1_VERSION);
              SSL_CTX_set_max_proto_version(tls, TLS1_1_VERSION);
            }),
            "TLS handshake failed: the phone's version of TLS is older than this machine takes");
}

TEST(WebClientTls, SaysThatAPhonesCiphersAreTooWeak) {
  EXPECT_EQ(ask_old_phone([](SSL_CTX* tls) {
              SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION);
              SSL_CTX_set_cipher_list(tls, "NULL-SHA256:ECDHE-ECDSA-NULL-SHA");
            }),
            "TLS handshake failed: the phone's certificate or ciphers are weaker than this machine takes");
}

TEST(WebClientTls, GivesAHandshakeUpThatStalls) {
  RawServer phone([](RawServer::Peer& peer) { peer.wait_for_the_end(); });
  const auto begin = std::chrono::steady_clock::now();
  {
    WebClient client({.connect_timeout = 1s});
    EXPECT_EQ(ask(client, "https://" + phone.address() + "/"), "TLS handshake not finished within 1 s");
  }
  {
    WebClient client({.connect_timeout = 5s, .total_timeout = 1s});
    EXPECT_EQ(ask(client, "https://" + phone.address() + "/"), "TLS handshake not finished within 1 s");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
}

TEST(WebClientTls, GivesAHandshakeUpThatDrips) {
  RawServer phone([](RawServer::Peer& peer) {
    // The head of a handshake record of 16 KB, then a byte now and then.
    if (!peer.send({"\x16\x03\x03\x40\x00", 5})) return;
    while (!peer.ending() && peer.send({"\x02", 1})) std::this_thread::sleep_for(20ms);
  });
  WebClient client({.connect_timeout = 1s});
  EXPECT_EQ(ask(client, "https://" + phone.address() + "/"), "TLS handshake not finished within 1 s");
}

}  // namespace
}  // namespace snom::http
