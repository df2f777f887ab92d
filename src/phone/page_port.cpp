#include "phone/page_port.h"

#include <atomic>
#include <optional>
#include <utility>

#include "http/page_files.h"
#include "language/percent.h"

namespace snom::embedded {
std::span<const http::PageFile> phone_page();
}

namespace snom::phone {

namespace {

constexpr std::size_t longest_body = 16 * 1024;
constexpr std::size_t most_connections = 512;
constexpr std::size_t most_streams = 256;

/// The files are the same for all phones: which one it shows the page reads from its own address.
http::Response file_at(const http::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") return wrong_method("GET, HEAD");
  constexpr std::string_view folder = "/page/";
  const auto files = embedded::phone_page();
  if (request.path == "/" || request.path.starts_with("/phones/")) return http::file_response(files.front(), request);
  if (request.path.starts_with(folder)) {
    const auto* file = http::find_file(files, std::string_view(request.path).substr(folder.size()));
    if (file != nullptr) return http::file_response(*file, request);
  }
  return page_problem(404, "there is no such page: / shows all phones");
}

}  // namespace

PagePort::PagePort(sip::EventLoop& loop, Phones phones)
    : loop_(loop),
      phones_(std::move(phones)),
      live_(std::make_unique<LiveStates>(loop, phones_)),
      api_(std::make_unique<PageApi>(phones_, *live_)) {}

PagePort::~PagePort() = default;

void PagePort::close() {
  server_.reset();
  loop_.run_and_wait([this] {
    api_.reset();
    live_.reset();
  });
}

tl::expected<void, std::string> PagePort::listen(const std::string& address) {
  http::Server::Options options;
  options.max_body = longest_body;
  options.max_connections = options.max_connections_per_address = most_connections;
  options.max_streams = options.max_streams_per_address = most_streams;
  server_ = std::make_unique<http::Server>(options);
  // Which port it is, and so under which names it may be asked, is known once it is bound.
  const auto hosts = std::make_shared<std::optional<PageHosts>>();
  const auto ready = std::make_shared<std::atomic<bool>>(false);
  auto bound = server_->listen(address, [this, hosts, ready](const http::Request& request, auto responder) {
    if (!ready->load()) return responder->send(page_problem(503, "starting"));
    if (auto refused = (*hosts)->refuse(request)) return responder->send(std::move(*refused));
    answer(request, std::move(responder));
  });
  if (!bound) return tl::make_unexpected(bound.error());
  bound_ = *bound;
  hosts->emplace(bound_);
  ready->store(true);
  return {};
}

std::string PagePort::address_of(const std::string& user) const {
  return "http://" + bound_ + "/phones/" + language::percent_encode(user);
}

void PagePort::answer(const http::Request& request, std::shared_ptr<http::Responder> responder) {
  if (!request.path.starts_with("/v1/")) return responder->send(file_at(request));
  loop_.post([this, request, responder = std::move(responder)] {
    if (api_) api_->answer(request, responder);
  });
}

}  // namespace snom::phone
