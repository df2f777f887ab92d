#include "store/open_store.h"

#include <utility>

#include "store/postgres_button_store.h"
#include "store/sqlite_button_store.h"

namespace snom::store {

bool is_url(std::string_view place) { return place.starts_with("postgresql://") || place.starts_with("postgres://"); }

tl::expected<void, std::string> check_url(const std::string& url) {
  if (!is_url(url) || !database_name(url)) return tl::unexpected(std::string(expected_url));
  return check_options(url);
}

std::string shown_place(const std::string& place) {
  return is_url(place) ? database_name(place).value_or("postgresql://") : place;
}

tl::expected<void, std::string> check_store(const std::string& place) {
  return is_url(place) ? check_url(place) : SqliteButtonStore::check(place);
}

tl::expected<std::unique_ptr<control::ButtonStore>, std::string> open_store(
    const std::string& place, runtime::Executor& control, Limits limits,
    std::function<void(const std::string& away)> told, const std::string& node) {
  const auto as_store = [](auto store) { return std::unique_ptr<control::ButtonStore>(std::move(store)); };
  if (!is_url(place)) return SqliteButtonStore::open(place, control, limits).map(as_store);
  return PostgresButtonStore::open(place, control, {limits, {}, std::move(told), node}).map(as_store);
}

}  // namespace snom::store
