#include "snomd/layout_reading.h"

#include <utility>

#include <fmt/format.h>

#include "language/refused.h"
#include "snomd/phone_summary.h"
#include "snomd/problem.h"
#include "snomd/turn.h"

namespace snom::snomd {
namespace {

/// What a layout takes while it is read, of a byte of its text; each phone of a range takes more, up to the limits.
constexpr std::size_t bytes_a_byte = 16;

constexpr std::string_view is_stopping = "snomd is stopping";

http::Response refusal(const std::vector<std::string>& errors) {
  return problem(400, errors.front(), "body", {{"errors", errors}});
}

}  // namespace

layout::LayoutKey layout_key_of(const control::CommandService::KeyStatus& key) {
  return {key.button, key.number_hidden};
}

void LayoutReading::read(std::string text, layout::LayoutFormat format) {
  const auto bytes = text.size() * bytes_a_byte;
  const auto taken =
      parts_.workroom.run(bytes, [self = shared_from_this(), text = std::move(text), format](std::string_view why_not) {
        if (!why_not.empty()) return self->fail(why_not);
        const auto stop = self->parts_.workroom.stop_token();
        auto wanted = layout::parse_layout(text, self->name_, format, limits, stop);
        if (stop.stop_requested()) return self->fail(is_stopping);
        if (!wanted) return self->done_(tl::unexpected(refusal(wanted.error())));
        self->wanted_ = std::move(*wanted);
        self->next_ = self->wanted_.begin();
        self->parts_.loop.post([self] { self->copy(); });
      });
  if (!taken) fail(taken.error());
}

void LayoutReading::copy() {
  const ApiContext* const context = parts_.context();
  if (context == nullptr) return fail(is_stopping);
  for (Turn turn; next_ != wanted_.end(); ++next_) {
    if (!turn.goes_on()) {
      parts_.loop.post([self = shared_from_this()] { self->copy(); });
      return;
    }
    auto& [typed, keys] = *next_;
    const auto phone = address_of_record_of(context->directory, typed).value_or(typed);
    if (const auto [of, is_new] = typed_.try_emplace(phone, typed); !is_new) {
      return done_(tl::unexpected(
          problem(400,
                  fmt::format("{} and {} are the same phone", language::in_quotes_to_its_blank(of->second),
                              language::in_quotes_to_its_blank(typed)),
                  "body")));
    }
    for (const auto& status : context->command_service.keys(phone)) {
      if (keys.contains(status.button.key)) present_[phone].emplace(status.button.key, layout_key_of(status));
    }
    named_.emplace(phone, std::move(keys));
  }
  const auto taken = parts_.workroom.run(0, [self = shared_from_this()](std::string_view why_not) {
    if (!why_not.empty()) return self->fail(why_not);
    self->compare();
  });
  if (!taken) fail(taken.error());
}

void LayoutReading::compare() {
  const auto stop = parts_.workroom.stop_token();
  auto difference = layout::compare(present_, named_, name_, stop);
  if (stop.stop_requested()) return fail(is_stopping);
  wanted_ = {};
  present_ = {};
  named_ = {};
  typed_ = {};
  if (!difference.impossible.empty()) return done_(tl::unexpected(refusal(difference.impossible)));
  done_(std::move(difference));
}

void LayoutReading::fail(std::string_view why) { done_(tl::unexpected(problem(503, std::string(why)))); }

}  // namespace snom::snomd
