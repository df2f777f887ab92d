#include <string>

#include <nlohmann/json.hpp>

#include "control/keys/wanted_keys.h"
#include "snomd/entity_tag.h"
#include "snomd/query.h"
#include "snomd/resources/searched.h"
#include "targets.h"

namespace snom::fuzz {
namespace {

void must_name_the_field(const http::Response& problem) {
  const auto body = nlohmann::json::parse(problem.body, nullptr, false);
  must(problem.status == 400 && body.is_object() && body.contains("field"), "what is refused is named");
}

/// A phone with one key.
class OneKey final : public control::WantedKeys::View {
 public:
  OneKey() { key_.button.key = "2"; }
  [[nodiscard]] const control::WantedButton* find(std::string_view key) const override {
    return key == "2" ? &key_ : nullptr;
  }
  [[nodiscard]] std::vector<std::string> keys() const override { return {"2"}; }

 private:
  control::WantedButton key_;
};

}  // namespace

/// A query, If-Match and If-None-Match, a line each.
void http_parameters(std::string_view input) {
  http::Request request;
  request.query = std::string(take_line(input));
  request.headers["if-match"] = std::string(take_line(input));
  request.headers["if-none-match"] = std::string(take_line(input));
  if (const auto query = snomd::Query::of(request, snomd::search_parameters); !query) {
    must_name_the_field(query.error());
  } else if (const auto wish = snomd::wish_of(*query); !wish) {
    must_name_the_field(wish.error());
  } else {
    must(wish->limit >= 1 && wish->limit <= snomd::most_phones_a_page, "a page has its limits");
    if (wish->after) {
      const auto again = snomd::PhoneSearch::Place::of_cursor(wish->after->to_cursor());
      must(again && again->state == wish->after->state && again->address_of_record == wish->after->address_of_record,
           "a cursor is read back as it was written");
    }
  }
  for (const std::string key : {"", "2", "3"}) {
    const auto condition = snomd::precondition_of(request, key);
    if (!condition) {
      must_name_the_field(condition.error());
    } else if (*condition) {
      (void)(*condition)(OneKey());
    }
  }
}

}  // namespace snom::fuzz
