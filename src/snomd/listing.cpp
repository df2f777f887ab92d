#include "snomd/listing.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "snomd/event_json.h"
#include "snomd/problem.h"
#include "snomd/turn.h"

namespace snom::snomd {
namespace {

/// Until a piece is tried again that the workroom has no room for.
constexpr std::chrono::milliseconds pause{50};

constexpr std::string_view stopping = "snomd is stopping";
constexpr std::string_view begin_of_list = R"({"phones":[)";
constexpr std::string_view end_of_list = "]}\n";

}  // namespace

Listing::Listing(sip::EventLoop& loop, picture::Workroom& workroom, Source source, std::shared_ptr<const void> place)
    : loop_(loop), workroom_(workroom), source_(std::move(source)), place_(std::move(place)) {}

void Listing::answer(std::shared_ptr<http::Responder> responder) {
  copy_some([self = shared_from_this(), responder = std::move(responder)](std::string text, bool last,
                                                                          std::string_view why_not) {
    if (!why_not.empty()) {
      return responder->send(problem(503, std::string(why_not)));
    }
    http::Response first{200, "application/json", std::move(text), {}};
    if (last) return responder->send(std::move(first));
    responder->send_in_pieces(std::move(first), [self](http::TakePiece take) { self->hand_on(std::move(take)); });
  });
}

void Listing::hand_on(http::TakePiece take) {
  if (ended_) return take({});
  loop_.post([self = shared_from_this(), take = std::move(take)]() mutable {
    self->copy_some([take = std::move(take)](std::string text, bool, std::string_view why_not) {
      if (why_not.empty()) take(std::move(text));
    });
  });
}

void Listing::copy_some(Done done) {
  const auto copy = source_.turn();
  if (!copy) return done({}, true, stopping);
  const auto entries = std::make_shared<std::vector<Entry>>();
  for (Turn turn; next_ < source_.phones && turn.goes_on();) copy(next_++, *entries);
  const bool last = next_ == source_.phones;
  if (entries->empty() && !last) {
    loop_.post([self = shared_from_this(), done = std::move(done)]() mutable { self->copy_some(std::move(done)); });
    return;
  }
  make_text(entries, last, std::move(done));
}

void Listing::make_text(std::shared_ptr<const std::vector<Entry>> entries, bool last, Done done) {
  const bool first = !begun_;
  const auto taken = workroom_.run(entries->size() * source_.bytes_an_entry,
                                   [self = shared_from_this(), entries, last, done](std::string_view why_not) {
                                     done(why_not.empty() ? self->text_of(*entries, last) : "", last, why_not);
                                   });
  if (taken) return;
  if (first || taken.error() != picture::too_much_waits) return done({}, true, taken.error());
  loop_.after(pause, [self = shared_from_this(), entries, last, done]() mutable {
    if (!self->source_.turn()) return done({}, true, stopping);
    self->make_text(std::move(entries), last, std::move(done));
  });
}

std::string Listing::text_of(const std::vector<Entry>& entries, bool last) {
  std::string text;
  if (!begun_) text = begin_of_list;
  std::string_view separator = std::exchange(begun_, true) ? "," : "";
  for (const auto& entry : entries) {
    text.append(separator).append(dump(entry()));
    separator = ",";
  }
  if (last) text.append(end_of_list);
  ended_ = last;
  return text;
}

}  // namespace snom::snomd
