#include "phone/fleet.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "http/server.h"
#include "phone/page_port.h"
#include "phone/phone_pages.h"
#include "phone/sip_line.h"
#include "phone/web_page.h"
#include "runtime/random.h"
#include "sip/event_loop.h"

namespace snom::phone {

namespace {

constexpr std::chrono::milliseconds pace{10};
constexpr std::size_t most_unanswered = 10000;  ///< requests that a silent web page holds

std::string random_secret() {
  const auto bytes = runtime::random_bytes(32);
  return {bytes.begin(), bytes.end()};
}

/// Of the phone's page with this index.
std::string web_address(const std::string& host, std::uint16_t first_port, std::size_t index) {
  const std::size_t port = first_port == 0 ? 0 : first_port + index;
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

/// As a phone has it: self-signed, made when it starts.
tl::expected<tls::Identity, std::string> own_certificate(const FleetOptions& options, const std::string& user) {
  using Certificate = Faults::Certificate;
  const bool expired = options.faults.web_certificate == Certificate::expired;
  const bool foreign = options.faults.web_certificate == Certificate::foreign;
  const auto now = std::chrono::system_clock::now();
  tls::SelfSigned wanted;
  wanted.common_name = ("snom" + options.model.identity.name + " " + user).substr(0, 64);
  wanted.names = {foreign ? "another-phone.invalid" : options.web_host};
  wanted.not_before = now - std::chrono::hours(48);
  wanted.not_after = expired ? now - std::chrono::hours(24) : now + std::chrono::hours(24 * 3650);
  return tls::make_self_signed(wanted);
}

/// What a phone whose `webserver_type` is https answers to http: the same on its https port (":8443").
http::Response answer_wrong_scheme(const http::Request& request, const std::string& port) {
  std::string_view host = request.header("host");
  host = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':'));
  http::Response response;
  response.status = 307;
  response.headers.emplace_back("Location", "https://" + std::string(host) + port + request.target);
  return response;
}

/// A text in which "{user}" is the phone's user.
std::string of_user(std::string text, const std::string& user) {
  constexpr std::string_view own = "{user}";
  if (const auto at = text.find(own); at != std::string::npos) text.replace(at, own.size(), user);
  return text;
}

}  // namespace

struct Fleet::Impl final : VirtualPhone::Observer {
  /// One phone with what it is made of.
  struct Member {
    SipLine line;
    VirtualPhone phone;
    WebAccess access;
    PhonePages pages;
    Member(VirtualPhone::Options options, sip::EventLoop& clock, VirtualPhone::Observer* observer,
           const WebCredentials& web, http::WebClient& client, PhonePages::Options pages_of)
        : phone(std::move(options), line, clock, observer),
          access(web, random_secret()),
          pages(clock, client, std::move(pages_of)) {
      phone.use(pages);
    }
  };

  Impl(FleetOptions wanted, Sink to)
      : options(std::move(wanted)), sink(std::move(to)), client(std::make_unique<http::WebClient>(client_options())) {}
  ~Impl() override {
    web.reset();     // nobody asks any more
    client.reset();  // nor is anybody answered
    if (page) page->close();
    loop.run_and_wait([this] {
      stopping = true;
      unanswered.clear();
    });
    agent.reset();
    loop.run_and_wait([this] { members.clear(); });
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void happened(const VirtualPhone& phone, const Event& event) override {
    if (!options.quiet) sink(to_json(event, phone.options().user));
  }
  void changed(const VirtualPhone& phone) override {
    if (page) page->changed(phone);
  }

  [[nodiscard]] bool is_observed() const { return !options.quiet || !options.page_host.empty(); }

  [[nodiscard]] http::WebClient::Options client_options() const {
    http::WebClient::Options wanted;
    wanted.ca_file = options.settings_ca_file;
    return wanted;
  }

  void make_members() {
    for (const std::string& user : options.users) {
      VirtualPhone::Options phone;
      phone.user = user;
      phone.domain = options.domain;
      phone.model = options.model;
      phone.expansion_keys = options.expansion_keys;
      phone.press_type = options.press_type;
      for (auto [key, uri] : options.watched_keys) {
        phone.watched_keys.emplace_back(std::move(key), of_user(std::move(uri), user));
      }
      phone.watched_list = of_user(options.watched_list, user);
      phone.reboot_time = options.reboot_time;
      phone.is_provisioned = !options.settings.empty();
      phone.refuse_unknown_keys = !options.faults.unknown_keys_pass;
      phone.refuse_buttons = options.faults.buttons;
      phone.refuse_xml = options.faults.xml;
      phone.quirks = options.quirks;
      phone.answer_after = options.answer_after;
      auto member =
          std::make_unique<Member>(std::move(phone), loop, is_observed() ? this : nullptr, options.web, *client,
                                   PhonePages::Options{of_user(options.settings, user), user, options.password});
      sip::AccountOptions account;
      account.user = user;
      account.password = options.password;
      account.domain = options.domain;
      account.realm = options.realm;
      account.user_agent = options.model.user_agent;
      if (options.faults.buttons != 0) account.accepts = "application/snomxml, text/plain, text/html";
      account.expires = options.expires;
      sip::Account* line = agent->add(std::move(account), member->line);
      if (line == nullptr) continue;  // the same user twice
      member->line.connect(*line, member->phone);
      accounts.push_back(line);
      members.push_back(std::move(member));
    }
  }

  /// So many that the rate is kept, and so on until all are at it.
  void start_some() {
    if (stopping) return;
    const auto elapsed = std::chrono::duration<double>(loop.now() - began).count();
    const auto due = std::min(members.size(), static_cast<std::size_t>(elapsed * options.rate) + 1);
    for (; started < due; ++started) members[started]->phone.start();
    if (started < members.size()) loop.after(pace, [this] { start_some(); });
  }

  [[nodiscard]] tl::expected<void, std::string> listen(std::size_t index) {
    const std::string address = web_address(options.web_host, options.web_port, index);
    const auto handler = [this, index](const http::Request& request, std::shared_ptr<http::Responder> responder) {
      loop.post([this, index, request, responder = std::move(responder)]() mutable {
        answer(index, request, std::move(responder));
      });
    };
    if (!options.web_tls) {
      auto bound = web->listen(address, handler);
      if (!bound) return tl::make_unexpected(bound.error());
      tell_listening(options.users[index], "http://" + *bound, {});
      return {};
    }
    const auto certificate = own_certificate(options, options.users[index]);
    if (!certificate) return tl::make_unexpected(certificate.error());
    auto bound = web->listen(address, *certificate, handler);
    if (!bound) return tl::make_unexpected(bound.error());
    std::string redirecting;
    if (!options.web_redirect_host.empty()) {
      auto other = web->listen(web_address(options.web_redirect_host, options.web_redirect_port, index),
                               [port = bound->substr(bound->rfind(':'))](const http::Request& request,
                                                                         const std::shared_ptr<http::Responder>& to) {
                                 to->send(answer_wrong_scheme(request, port));
                               });
      if (!other) return tl::make_unexpected(other.error());
      redirecting = "http://" + *other;
    }
    tell_listening(options.users[index], "https://" + *bound, redirecting);
    return {};
  }

  [[nodiscard]] tl::expected<void, std::string> open_page() {
    Phones phones;
    for (const auto& member : members) phones.add(member->phone);
    auto opened = std::make_unique<PagePort>(loop, std::move(phones));
    const auto bound = opened->listen(web_address(options.page_host, options.page_port, 0));
    loop.run_and_wait([&] { page = std::move(opened); });
    return bound;
  }

  void tell_listening(const std::string& user, const std::string& web_page, const std::string& redirecting) {
    if (options.quiet) return;
    Event event{"listening", {{"sip", agent->listening()}}};
    if (!web_page.empty()) event.details.emplace_back("web", web_page);
    if (page) event.details.emplace_back("page", page->address_of(user));
    if (!redirecting.empty()) event.details.emplace_back("web_redirect", redirecting);
    sink(to_json(event, user));
  }

  void answer(std::size_t index, const http::Request& request, std::shared_ptr<http::Responder> responder) {
    if (stopping || index >= members.size()) return;
    const Faults& faults = options.faults;
    if (faults.web_silent) {
      unanswered.push_back(std::move(responder));
      if (unanswered.size() > most_unanswered) unanswered.pop_front();
      return;
    }
    Member& member = *members[index];
    http::Response response;
    if (auto refused = member.access.refuse(request, loop.now())) {
      response = std::move(*refused);
    } else if (faults.web_status != 0) {
      response.status = faults.web_status;
    } else {
      response = answer_page(member.phone, request);
    }
    if (faults.web_delay.count() == 0) return responder->send(std::move(response));
    loop.after(faults.web_delay,
               [responder = std::move(responder), response = std::move(response)] { responder->send(response); });
  }

  FleetOptions options;
  Sink sink;
  sip::EventLoop loop;
  std::unique_ptr<http::WebClient> client;  ///< of all phones; its answers are posted to the loop
  std::unique_ptr<sip::UserAgent> agent;
  std::unique_ptr<PagePort> page;  ///< set and told of changes on the loop's thread
  std::vector<std::unique_ptr<Member>> members;
  std::vector<sip::Account*> accounts;
  std::unique_ptr<http::Server> web;
  std::deque<std::shared_ptr<http::Responder>> unanswered;
  VirtualPhone::TimePoint began;
  std::size_t started = 0;
  bool stopping = false;
};

Fleet::Fleet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Fleet::~Fleet() = default;

tl::expected<std::unique_ptr<Fleet>, std::string> Fleet::open(FleetOptions options, Sink sink) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(sink));
  const FleetOptions& wanted = impl->options;
  sip::UserAgentOptions agent;
  agent.server_host = wanted.server_host;
  agent.server_port = wanted.server_port;
  agent.transport = wanted.transport;
  agent.tls = wanted.tls;
  // The domain's certificate is as good as the one of the server that it is at (RFC 5922 section 7.2).
  agent.server_names = {wanted.server_host, wanted.domain};
  agent.listen = wanted.listen;
  agent.filter_registrar = wanted.filter_registrar;
  agent.faults = {wanted.faults.delay, wanted.faults.drop_percent, wanted.faults.answer};
  auto opened = sip::UserAgent::open(impl->loop, std::move(agent));
  if (!opened) return tl::make_unexpected(opened.error());
  impl->agent = std::move(*opened);
  impl->loop.run_and_wait([&impl] { impl->make_members(); });

  if (!wanted.page_host.empty()) {
    if (auto bound = impl->open_page(); !bound) return tl::make_unexpected("page: " + bound.error());
  }
  if (wanted.web_host.empty()) {
    for (const std::string& user : wanted.users) impl->tell_listening(user, {}, {});
  } else {
    http::Server::Options web;
    web.max_connections = std::max<std::size_t>(web.max_connections, 2 * wanted.users.size());
    web.max_connections_per_address = web.max_connections;  // they are for one snomd
    impl->web = std::make_unique<http::Server>(web);
    for (std::size_t i = 0; i < wanted.users.size(); ++i) {
      if (auto bound = impl->listen(i); !bound) return tl::make_unexpected("web page: " + bound.error());
    }
  }
  impl->loop.run_and_wait([&impl] {
    impl->began = impl->loop.now();
    impl->start_some();
  });
  return std::unique_ptr<Fleet>(new Fleet(std::move(impl)));
}

void Fleet::log_off(std::chrono::milliseconds limit) {
  struct Counter {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t left = 0;
  };
  const auto counter = std::make_shared<Counter>();
  counter->left = impl_->accounts.size();
  impl_->loop.post([impl = impl_.get(), counter] {
    impl->started = impl->members.size();  // who has not begun does not begin any more
    for (const auto& member : impl->members) member->phone.release_all_calls();
    for (sip::Account* account : impl->accounts) {
      account->log_off([counter] {
        const std::lock_guard lock(counter->mutex);
        --counter->left;
        counter->changed.notify_all();
      });
    }
  });
  std::unique_lock lock(counter->mutex);
  counter->changed.wait_for(lock, limit, [&counter] { return counter->left == 0; });
}

}  // namespace snom::phone
