#include "snomd/api_core.h"

#include <utility>

#include "http/listen_address.h"
#include "language/refused.h"
#include "snomd/problem.h"

namespace snom::snomd {
namespace {

/// Lists that are written at the same time; one more is answered 503. However slowly they are read, that is what they
/// keep in memory at most: so many times the names of all phones.
constexpr std::size_t most_lists = 64;
/// Of which for one address: who reads slowly, or not at all, keeps others' places free.
constexpr std::size_t most_lists_per_address = 16;

}  // namespace

ApiCore::ApiCore(sip::EventLoop& loop, picture::Workroom& workroom, std::function<ApiContext*()> context)
    : loop_(loop),
      workroom_(workroom),
      places_("lists", most_lists, most_lists_per_address),
      context_(std::move(context)) {}

void ApiCore::send_stopping(http::Responder& responder) { responder.send(problem(503, "snomd is stopping")); }

void ApiCore::answer_elsewhere(std::size_t bytes, ResponderPointer responder, std::function<http::Response()> make) {
  const auto taken = workroom_.run(bytes, [responder, make = std::move(make)](std::string_view why_not) {
    responder->send(why_not.empty() ? make() : problem(503, std::string(why_not)));
  });
  if (!taken) responder->send(problem(503, std::string(taken.error())));
}

void ApiCore::list(std::string_view peer, std::size_t phones, std::size_t bytes_an_entry, Copy copy,
                   ResponderPointer responder) {
  auto place = place_for(peer, *responder);
  if (!place) return;
  Listing::Source source;
  source.phones = phones;
  source.bytes_an_entry = bytes_an_entry;
  source.turn = [this, copy = std::move(copy)]() -> Listing::Source::Copy {
    ApiContext* const context = context_();
    if (context == nullptr) return {};
    return
        [&copy, context](std::size_t phone, std::vector<Listing::Entry>& entries) { copy(*context, phone, entries); };
  };
  std::make_shared<Listing>(loop_, workroom_, std::move(source), std::move(place))->answer(std::move(responder));
}

http::Places::Place ApiCore::place_for(std::string_view peer, http::Responder& responder) {
  const auto from = http::parse_listen_address(peer);
  auto place = places_.take(from ? std::string_view(from->host) : peer);
  if (place) return std::move(*place);
  responder.send(problem(503, place.error() + ": try again later"));
  return nullptr;
}

std::string set_by(const access::Caller& caller) { return caller.name.empty() ? "http" : caller.name; }

http::Response no_such_phone(const std::string& phone) {
  return problem(404, "no phone " + language::in_quotes_to_its_blank(phone) +
                          " (expected user@host, registered or with keys set)");
}

}  // namespace snom::snomd
