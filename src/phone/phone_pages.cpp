#include "phone/phone_pages.h"

#include <utility>

#include "file/read_file.h"
#include "language/phone_settings.h"
#include "language/text.h"

namespace snom::phone {
namespace {

constexpr int ok = 200;

/// Why there are no settings, for an event; an empty text when there are.
std::string why_not(const http::WebClient::Response& response) {
  if (response.status == ok) return {};
  if (response.status == 0) return response.error;
  return "the server answered " + std::to_string(response.status);
}

}  // namespace

bool is_web_url(const std::string& text) {
  const std::string scheme = language::lower_case(text.substr(0, text.find(':')));
  return scheme == "http" || scheme == "https";
}

void PhonePages::settings(Text done) {
  if (!is_web_url(options_.settings)) {
    auto text = file::read(options_.settings, language::largest_settings);
    loop_.post([done = std::move(done), text = std::move(text)] { done(text); });
    return;
  }
  http::WebClient::Request request;
  request.url = options_.settings;
  request.username = options_.user;
  request.password = options_.password;
  request.digest_only = true;
  request.max_body = language::largest_settings;
  client_.get(std::move(request), [&loop = loop_, done = std::move(done)](http::WebClient::Response response) mutable {
    loop.post([done = std::move(done), response = std::move(response)] {
      auto why = why_not(response);
      done(why.empty() ? tl::expected<std::string, std::string>(response.body)
                       : tl::expected<std::string, std::string>(tl::unexpected(std::move(why))));
    });
  });
}

void PhonePages::get(const std::string& url, VirtualPhone::MessageDone done) {
  http::WebClient::Request request;
  request.url = url;
  client_.get(std::move(request), [&loop = loop_, done = std::move(done)](http::WebClient::Response response) mutable {
    loop.post(
        [done = std::move(done), status = response.status, why = std::move(response.error)] { done(status, why); });
  });
}

}  // namespace snom::phone
