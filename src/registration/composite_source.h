#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "registration/source.h"
#include "runtime/executor.h"

namespace snom::registration {

/// Several sources as one: each is asked for its own profiles, and all of them where a query names none. Control's
/// thread, unless said otherwise.
class CompositeSource final : public Source {
 public:
  /// `executor`: control's thread; outlives it.
  explicit CompositeSource(runtime::Executor& executor) : executor_(executor) {}

  /// `profiles` are the source's and nobody else's; it outlives this. Before anything is asked.
  void add(std::vector<std::string> profiles, Source& source);

  [[nodiscard]] tl::expected<std::vector<RegistrationPointer>, std::string> find(const Query& query) const override;
  /// nullopt, too, where two sources have different ones.
  [[nodiscard]] std::optional<std::string> account(const Query& query) const override;
  [[nodiscard]] std::vector<Query> names() const override;
  [[nodiscard]] std::vector<RegistrationPointer> all() const override;
  /// `done` is posted when the last of those that are concerned has answered. Any thread.
  void ask_again(const Query& query, std::function<void()> done) override;

 private:
  struct Part {
    std::vector<std::string> profiles;
    Source& source;
  };
  /// Whose profile it is; all for none.
  [[nodiscard]] std::vector<Source*> concerned(const std::string& profile) const;

  runtime::Executor& executor_;
  std::vector<Part> parts_;
};

}  // namespace snom::registration
