#include "phone/virtual_phone.h"

#include "phone/fakes.h"
#include "phone/screen.h"
#include "phone/state_json.h"
#include "phone/web_page.h"
#include "targets.h"
#include "wire.h"

namespace snom::fuzz {
namespace {

http::Request read_request(std::string_view text) {
  http::Request request;
  std::string_view line = take_line(text);
  request.method = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(request.method.size() + 1, line.size()));
  request.target = line;
  request.path = line.substr(0, line.find('?'));
  if (const auto question = line.find('?'); question != std::string_view::npos)
    request.query = line.substr(question + 1);
  request.headers["content-type"] = take_line(text);
  request.body = text;
  request.peer = "127.0.0.1:40000";
  return request;
}

}  // namespace

/// What comes to a phone, piece by piece: "@@page" with a request's first line, its content type and its body,
/// "@@buttons" and "@@xml" with a document, "@@text", "@@call", "@@press", and time, "@@pass".
void virtual_phone(std::string_view input) {
  const unsigned wishes = take_byte(input);
  phone::testing::Bench bench(phone::testing::Bench::defaults((wishes & 1U) == 0 ? "370" : "D865"));
  auto& phone = bench.phone;
  phone.registered(std::chrono::seconds(60));
  for (const Piece& piece : read_pieces(input, 32)) {
    phone::VirtualPhone::SipReply reply;
    if (piece.way == "page") {
      const auto response = phone::answer_page(phone, read_request(piece.text));
      must(response.status >= 200 && response.status < 600, "a page is answered with a final status");
    } else if (piece.way == "buttons") {
      reply = phone.message("application/x-buttons", piece.text, "sip:1000@example.com");
    } else if (piece.way == "xml") {
      reply = phone.notify("xml", "application/snomxml", piece.text);
    } else if (piece.way == "text") {
      reply = phone.message("text/plain", piece.text, piece.text);
    } else if (piece.way == "call") {
      (void)phone.incoming_call(piece.text.size() % 4, std::string(piece.text));
    } else if (piece.way == "press") {
      if (const auto keys = language::parse_key_sequence(piece.text.substr(0, piece.text.find('\n'))); keys)
        (void)phone.press(*keys);
    }
    must(reply.status == 0 || (reply.status >= 200 && reply.status < 700),
         "a document is answered with a final status");
    bench.clock.pass(std::chrono::milliseconds(piece.way == "pass" ? 5000 : 10));
  }
  if ((wishes & 2U) != 0) must(phone::screen_bmp(phone).starts_with("BM"), "a phone's screen can be shown");
  (void)phone::state_json(phone);
}

}  // namespace snom::fuzz
