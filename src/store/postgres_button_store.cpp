#include "store/postgres_button_store.h"

#include <utility>

namespace snom::store {
namespace {

/// Nodes write one after the other: many small transactions of one would have the others wait.
constexpr Pace::Limits pace_of_nodes{{}, std::chrono::milliseconds(25)};

const std::string& text_of(const SqlError& error) { return error.text; }

}  // namespace

PostgresButtonStore::PostgresButtonStore(const std::string& url, const std::string& name, Options options)
    : is_shared_(!options.node.empty()),
      keeper_(url, name, options.node, options.server, std::move(options.told), [this] {
        const GroupWriter* writer = hurried_;
        return writer != nullptr && writer->out_of_time();
      }) {}

tl::expected<std::unique_ptr<PostgresButtonStore>, std::string> PostgresButtonStore::open(const std::string& url,
                                                                                          runtime::Executor& control,
                                                                                          Options options) {
  const auto name = database_name(url);
  if (!name) return tl::unexpected(name.error());
  auto limits = options.writer;
  if (!options.node.empty()) limits.pace = pace_of_nodes;
  std::unique_ptr<PostgresButtonStore> store(new PostgresButtonStore(url, *name, std::move(options)));
  if (auto connected = store->keeper_.connect(); !connected) return tl::unexpected(connected.error().text);
  store->writer_ = std::make_unique<GroupWriter>(store->keeper_, *name, control, limits);
  store->hurried_ = store->writer_.get();
  return store;
}

PostgresButtonStore::~PostgresButtonStore() { close(); }

tl::expected<std::vector<control::WantedButton>, std::string> PostgresButtonStore::load() {
  return keeper_.all().map_error(text_of);
}

tl::expected<std::vector<control::KeptGroup>, std::string> PostgresButtonStore::load_groups() {
  return keeper_.groups().map_error(text_of);
}

void PostgresButtonStore::save(Change change, std::function<void(Result)> done) {
  writer_->write(std::move(change), std::move(done));
}

void PostgresButtonStore::close() {
  if (writer_) writer_->close();
}

}  // namespace snom::store
