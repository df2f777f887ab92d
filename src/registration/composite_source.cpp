#include "registration/composite_source.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <tuple>

#include "language/refused.h"

namespace snom::registration {

void CompositeSource::add(std::vector<std::string> profiles, Source& source) {
  parts_.push_back({std::move(profiles), source});
}

std::vector<Source*> CompositeSource::concerned(const std::string& profile) const {
  std::vector<Source*> sources;
  for (const Part& part : parts_) {
    const bool named = std::ranges::find(part.profiles, profile) != part.profiles.end();
    if (named || means_any(profile)) sources.push_back(&part.source);
  }
  return sources;
}

tl::expected<std::vector<RegistrationPointer>, std::string> CompositeSource::find(const Query& query) const {
  const auto sources = concerned(query.profile);
  if (sources.size() == 1) return sources.front()->find(query);
  if (sources.empty() && !means_any(query.profile)) {
    std::string names;
    for (const Part& part : parts_) {
      for (const std::string& name : part.profiles) names += (names.empty() ? "" : ", ") + name;
    }
    return tl::unexpected("profile " + language::in_quotes_to_its_blank(query.profile) +
                          " does not exist (there is: " + names + ")");
  }
  std::vector<RegistrationPointer> found;
  for (const Source* source : sources) {
    auto some = source->find(query);
    if (!some) return some;
    std::ranges::move(*some, std::back_inserter(found));
  }
  return found;
}

std::optional<std::string> CompositeSource::account(const Query& query) const {
  std::optional<std::string> account;
  for (const Source* source : concerned(query.profile)) {
    auto other = source->account(query);
    if (!other) continue;
    if (account && *account != *other) return std::nullopt;
    account = std::move(other);
  }
  return account;
}

std::vector<CompositeSource::Query> CompositeSource::names() const {
  std::vector<Query> names;
  for (const Part& part : parts_) std::ranges::move(part.source.names(), std::back_inserter(names));
  if (parts_.size() > 1) {
    std::ranges::sort(names, {}, [](const Query& name) { return std::tie(name.user, name.domain, name.profile); });
  }
  return names;
}

std::vector<RegistrationPointer> CompositeSource::all() const {
  std::vector<RegistrationPointer> all;
  for (const Part& part : parts_) std::ranges::move(part.source.all(), std::back_inserter(all));
  if (parts_.size() > 1) {
    std::ranges::stable_sort(all, [](const RegistrationPointer& a, const RegistrationPointer& b) {
      return std::tie(a->user, a->domain, a->profile) < std::tie(b->user, b->domain, b->profile);
    });
  }
  return all;
}

void CompositeSource::ask_again(const Query& query, std::function<void()> done) {
  const auto sources = concerned(query.profile);
  if (sources.empty()) {
    executor_.post(std::move(done));
    return;
  }
  if (sources.size() == 1) return sources.front()->ask_again(query, std::move(done));
  // Written here before anybody is asked, and from then on by control's thread only.
  struct Waiting {
    std::size_t sources;
    std::function<void()> done;
  };
  auto waiting = std::make_shared<Waiting>(Waiting{sources.size(), std::move(done)});
  for (Source* source : sources) {
    source->ask_again(query, [waiting] {
      if (--waiting->sources == 0) waiting->done();
    });
  }
}

}  // namespace snom::registration
