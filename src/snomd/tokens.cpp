#include "snomd/tokens.h"

#include <utility>

#include <spdlog/spdlog.h>

namespace snom::snomd {

tl::expected<void, std::string> Tokens::load(bool are_only) {
  if (!are_kept()) return {};
  const std::lock_guard lock(mutex_);
  auto read = file_.read_if_changed();
  if (!read) return tl::unexpected("[http] tokens_file: " + read.error());
  auto tokens = std::move(*read).value_or(std::vector<access::Token>());
  if (tokens.empty() && are_only) {
    spdlog::warn("{} has no token: nobody can use it (snomctl token add NAME --role admin --file {})", file_.path(),
                 file_.path());
  }
  gate_.use(std::move(tokens));
  return {};
}

tl::expected<void, std::string> Tokens::read_again() {
  if (!are_kept()) return {};
  const std::lock_guard lock(mutex_);
  auto read = file_.read_if_changed();
  if (!read) {
    if (std::exchange(complaint_, read.error()) != read.error()) {
      spdlog::error("[http] tokens_file: {} (the tokens stay as they were)", read.error());
    }
    return tl::unexpected("[http] tokens_file: " + read.error());
  }
  complaint_.clear();
  if (!*read) return {};
  spdlog::info("tokens read again from {}: {}", file_.path(), (*read)->size());
  gate_.use(std::move(**read));
  return {};
}

tl::expected<std::string, Tokens::Failure> Tokens::add(const access::TokenFile::Wanted& wanted) {
  const std::lock_guard lock(mutex_);
  auto changed = file_.add(wanted, std::chrono::system_clock::now());
  if (!changed) return tl::unexpected(std::move(changed.error()));
  gate_.use(std::move(changed->tokens));
  return std::move(changed->text);
}

tl::expected<void, Tokens::Failure> Tokens::revoke(const std::string& name) {
  const std::lock_guard lock(mutex_);
  auto changed = file_.revoke(name);
  if (!changed) return tl::unexpected(std::move(changed.error()));
  gate_.use(std::move(changed->tokens));
  return {};
}

}  // namespace snom::snomd
