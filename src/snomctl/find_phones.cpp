#include "snomctl/find_phones.h"

#include <set>
#include <utility>

#include "language/percent.h"
#include "snomctl/answer_json.h"

namespace snom::snomctl {
namespace {

using nlohmann::json;

/// Whoever answers may be anybody: more pages than any snomd has.
constexpr std::size_t most_pages = 10'000;

void add(std::string& path, std::string_view name, const std::string& value) {
  if (!value.empty()) path.append("&").append(name).append("=").append(language::percent_encode(value));
}

}  // namespace

tl::expected<json, Client::Failure> find_phones(const Client& client, const PhoneFilter& filter) {
  std::string path = "/v1/phones?limit=1000";
  add(path, "search", filter.search);
  add(path, "state", filter.state);
  add(path, "model", filter.model);
  json all = json::array();
  std::set<std::string> known;
  std::string cursor;
  for (std::size_t page = 0; page < most_pages; ++page) {
    auto of_page = path;
    add(of_page, "cursor", cursor);
    auto answer = client.get(of_page);
    if (!answer) return answer;
    for (const auto& phone : list_of(*answer, "phones")) {
      // One whose state changed meanwhile may stand on two pages.
      if (known.insert(text_of(phone, "address_of_record")).second) all.push_back(phone);
    }
    cursor = text_of(*answer, "next");
    if (cursor.empty()) break;
  }
  return json{{"phones", std::move(all)}};
}

}  // namespace snom::snomctl
