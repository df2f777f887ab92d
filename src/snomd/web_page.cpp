#include "snomd/web_page.h"

#include <memory>

#include "http/page_files.h"
#include "language/refused.h"
#include "snomd/problem.h"

namespace snom::embedded {
std::span<const http::PageFile> page();
}

namespace snom::snomd {

void WebPage::add_to(Router& router) {
  router.add(access::Role::anybody, "GET", "/",
             [](const http::Request& request, const auto&, const std::shared_ptr<http::Responder>& responder) {
               responder->send(http::file_response(embedded::page().front(), request));
             });
  router.add(
      access::Role::anybody, "GET", "/page/{file}",
      [](const http::Request& request, const Router::Values& values,
         const std::shared_ptr<http::Responder>& responder) {
        const auto* file = http::find_file(embedded::page(), values[0]);
        if (file == nullptr)
          return responder->send(problem(404, "the page has no file " + language::in_quotes_to_its_blank(values[0])));
        responder->send(http::file_response(*file, request));
      });
}

}  // namespace snom::snomd
