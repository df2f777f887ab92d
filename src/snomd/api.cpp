#include "snomd/api.h"

#include <optional>

#include <openssl/crypto.h>

#include "control/remote/phone_address.h"
#include "picture/png.h"
#include "snomd/event_json.h"

namespace snom::snomd {
namespace {

using nlohmann::json;

constexpr std::string_view phones_prefix = "/v1/phones/";
constexpr std::string_view buttons_suffix = "/buttons";
constexpr std::string_view screen_suffix = "/screen.png";

/// Lists that are written at the same time; one more is answered 503. However slowly they are read, that is what they
/// keep in memory at most: so many times the names of all phones.
constexpr long most_lists = 64;
/// What an entry of a list keeps in memory until it is text, about.
constexpr std::size_t bytes_a_phone = 1024;
constexpr std::size_t bytes_of_buttons = 8192;

http::Response json_response(int status, const json& body) {
  return {status, "application/json", dump(body) + "\n", {}};
}

http::Response error(int status, const std::string& what) { return json_response(status, {{"error", what}}); }

/// HEAD is GET without the body (RFC 9110 section 9.3.2), which the HTTP server leaves out.
bool reads(const http::Request& request) { return request.method == "GET" || request.method == "HEAD"; }

http::Response method_not_allowed(const std::string& allowed) {
  http::Response response = error(405, "only " + allowed + (allowed == "POST" ? " is" : " are") + " possible here");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

json buttons_json(const Api::Context& context, const std::string& address_of_record) {
  json buttons = json::array();
  for (const auto& key : context.command_service.keys(address_of_record)) {
    json button = to_json(key);
    // Whoever may give commands may set this key, too: what presses it is no secret to him.
    if (context.presses != nullptr) {
      if (auto path = context.presses->path(address_of_record, key.button.key)) button["press"] = std::move(*path);
    }
    buttons.push_back(std::move(button));
  }
  return buttons;
}

/// A reply of several lines has one for each phone.
bool all_ok(const std::string& reply) { return reply.starts_with("+OK") && reply.find("\n-ERR") == std::string::npos; }

bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// The host of "host:port" or "[v6]:port", without the port.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_this_machine(std::string_view authority) {
  const std::string_view host = host_of(authority);
  const bool ipv4 = !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return ipv4 || host.starts_with('[') || host == "localhost";
}

}  // namespace

Api::Api(sip::EventLoop& loop, picture::Workroom& workroom, std::string token, std::function<Context*()> context)
    : loop_(loop), workroom_(workroom), token_(std::move(token)), context_(std::move(context)) {}

void Api::answer_elsewhere(std::size_t bytes, ResponderPointer responder, std::function<http::Response()> make) {
  const auto taken = workroom_.run(bytes, [responder, make = std::move(make)](std::string_view why_not) {
    responder->send(why_not.empty() ? make() : error(503, std::string(why_not)));
  });
  if (!taken) responder->send(error(503, std::string(taken.error())));
}

void Api::list(std::size_t phones, std::size_t bytes_an_entry, Copy copy, ResponderPointer responder) {
  if (place_.use_count() > most_lists) return responder->send(error(503, std::string(picture::too_much_waits)));
  Listing::Source source;
  source.phones = phones;
  source.bytes_an_entry = bytes_an_entry;
  source.turn = [this, copy = std::move(copy)]() -> Listing::Source::Copy {
    Context* const context = context_();
    if (context == nullptr) return {};
    return
        [&copy, context](std::size_t phone, std::vector<Listing::Entry>& entries) { copy(*context, phone, entries); };
  };
  std::make_shared<Listing>(loop_, workroom_, std::move(source), place_)->answer(std::move(responder));
}

void Api::list_phones(const Context& now, ResponderPointer responder) {
  auto names = now.directory.names();
  const auto count = names.size();
  list(
      count, bytes_a_phone,
      [names = std::move(names)](const Context& context, std::size_t phone, std::vector<Listing::Entry>& entries) {
        const auto& name = names[phone];
        auto found = context.directory.find(name);
        if (!found) return;
        for (const auto& registration : *found) {
          if (registration->user != name.user) continue;  // a user named "*" means everybody when it is asked for
          entries.emplace_back([registration] { return to_json(registration); });
        }
      },
      std::move(responder));
}

void Api::list_buttons(const Context& now, ResponderPointer responder) {
  auto addresses = now.command_service.wanted_keys().phones();
  const auto count = addresses.size();
  list(
      count, bytes_of_buttons,
      [addresses = std::move(addresses)](const Context& context, std::size_t phone,
                                         std::vector<Listing::Entry>& entries) {
        const auto& address = addresses[phone];
        auto keys = context.command_service.keys(address);
        if (keys.empty()) return;
        entries.emplace_back([address, keys = std::move(keys)] {
          json buttons = json::array();
          for (const auto& key : keys) buttons.push_back(to_json(key));
          return json{{"address_of_record", address}, {"buttons", std::move(buttons)}};
        });
      },
      std::move(responder));
}

std::optional<http::Response> Api::refusal(const http::Request& request) const {
  // A phone's key has no token: what it asks for is its own proof, and counts from the phone's address only.
  if (request.path.starts_with(PressPage::prefix)) {
    if (request.method != "GET") return method_not_allowed("GET");
    return std::nullopt;
  }
  if (!token_.empty()) {
    const std::string_view given = request.header("authorization");
    constexpr std::string_view scheme = "Bearer ";
    if (given.starts_with(scheme) && same_text(given.substr(scheme.size()), token_)) return std::nullopt;
    http::Response response = error(401, "this snomd wants its bearer token (Authorization: Bearer ...)");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  // Without a token the listener is on loopback, where a web page open in a browser on this machine could still send
  // requests: from another origin, or under a name that was made to point here. Neither gets anything done.
  const std::string_view host = request.header("host");
  if (!host.empty() && !is_this_machine(host)) return error(403, "name this server by its address or as localhost");
  const std::string_view origin = request.header("origin");
  if (!origin.empty()) {
    const auto slashes = origin.find("//");
    if (slashes == std::string_view::npos || origin.substr(slashes + 2) != host) {
      return error(403, "requests from another web page are refused");
    }
  }
  return std::nullopt;
}

void Api::handle(const http::Request& request, std::shared_ptr<http::Responder> responder) {
  // Runs `work(context)` on the loop's thread, or tells the client that there is no context any more.
  const auto on_loop = [this, responder](auto work) {
    loop_.post([this, responder, work = std::move(work)] {
      if (Context* context = context_()) return work(*context);
      responder->send(error(503, "snomd is stopping"));
    });
  };

  const std::string& path = request.path;
  if (path == "/v1/command") {
    if (request.method != "POST") return responder->send(method_not_allowed("POST"));
    std::string line = request.body;
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    if (line.find('\n') != std::string::npos) return responder->send(error(400, "one command line a request, please"));
    const bool as_json = request.header("accept").find("application/json") != std::string_view::npos;
    return on_loop([responder, line = std::move(line), as_json](Context& context) {
      context.command_service.run(line, {.by = "http"}, [responder, as_json](std::string reply) {
        if (as_json) {
          responder->send(json_response(200, {{"ok", all_ok(reply)}, {"reply", reply}}));
        } else {
          reply += '\n';
          responder->send({200, "text/plain; charset=utf-8", std::move(reply), {}});
        }
      });
    });
  }

  if (path.starts_with(PressPage::prefix)) {
    return on_loop([responder, asked = PressPage::Asked{path, request.peer}](Context& context) {
      if (context.presses == nullptr) return responder->send(error(404, "there are no presses by HTTP here"));
      responder->send(
          context.presses->press(asked, context.command_service, context.directory, std::chrono::steady_clock::now()));
    });
  }

  if (path.starts_with(phones_prefix) && path.ends_with(screen_suffix)) {
    if (!reads(request)) return responder->send(method_not_allowed("GET, HEAD"));
    const auto phone = control::parse_user(
        std::string_view(path).substr(phones_prefix.size(), path.size() - phones_prefix.size() - screen_suffix.size()));
    return on_loop([this, responder, phone](Context& context) {
      context.command_service.remote().take_picture(
          phone, [this, responder](tl::expected<std::string, std::string> bmp) {
            if (!bmp) return responder->send(error(502, bmp.error()));
            const auto bytes = bmp->size();
            answer_elsewhere(bytes, responder, [bmp = std::move(*bmp)]() -> http::Response {
              const auto png = picture::png_of_bmp(bmp);
              if (!png) return error(502, png.error());
              return {200, "image/png", *png, {}};
            });
          });
    });
  }

  const bool known = path == "/v1/phones" || path == "/v1/buttons" || path == "/v1/events" ||
                     (path.starts_with(phones_prefix) && path.ends_with(buttons_suffix) &&
                      path.size() > phones_prefix.size() + buttons_suffix.size());
  if (!known) return responder->send(error(404, "nothing at " + path + " (see docs/snomd.md for what there is)"));
  if (!reads(request)) return responder->send(method_not_allowed("GET, HEAD"));

  if (path == "/v1/phones") return on_loop([this, responder](Context& context) { list_phones(context, responder); });
  if (path == "/v1/buttons") return on_loop([this, responder](Context& context) { list_buttons(context, responder); });
  if (path == "/v1/events") {
    return on_loop([responder](Context& context) { context.streams.add(responder->stream("text/event-stream")); });
  }
  const std::string address =
      path.substr(phones_prefix.size(), path.size() - phones_prefix.size() - buttons_suffix.size());
  on_loop([responder, address](Context& context) {
    auto buttons = buttons_json(context, address);
    const auto at = address.find('@');
    const auto registered = at == std::string::npos
                                ? tl::expected<std::vector<registration::RegistrationPointer>, std::string>(
                                      std::vector<registration::RegistrationPointer>{})
                                : context.directory.find({"", address.substr(0, at), address.substr(at + 1)});
    if (buttons.empty() && (!registered || registered->empty())) {
      return responder->send(
          error(404, "no phone '" + address + "' (expected user@host, registered or with keys set)"));
    }
    responder->send(json_response(200, {{"address_of_record", address}, {"buttons", std::move(buttons)}}));
  });
}

}  // namespace snom::snomd
