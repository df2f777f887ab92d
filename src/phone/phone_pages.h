#pragma once

#include <memory>
#include <string>

#include "http/web_client.h"
#include "phone/virtual_phone.h"
#include "sip/event_loop.h"

namespace snom::phone {

/// What a virtual phone asks for over HTTP, or reads from a file in its place. Loop's thread.
class PhonePages final : public VirtualPhone::Web {
 public:
  struct Options {
    std::string settings;  ///< a URL, else a file; empty = none
    std::string user;      ///< sent, by Digest only, to who asks for them at that URL
    std::string password;
  };
  /// Both outlive it.
  PhonePages(sip::EventLoop& loop, http::WebClient& client, Options options)
      : loop_(loop), client_(client), options_(std::move(options)) {}

  void settings(Text done) override;
  void get(const std::string& url, VirtualPhone::MessageDone done) override;

 private:
  sip::EventLoop& loop_;
  http::WebClient& client_;
  Options options_;
};

/// Whether a settings file is fetched, and not read from this machine.
[[nodiscard]] bool is_web_url(const std::string& text);

}  // namespace snom::phone
