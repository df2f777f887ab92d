#include "snomctl/probe_person.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include <fmt/format.h>

#include "file/read_file.h"
#include "language/text.h"

namespace snom::snomctl {
namespace {

constexpr std::size_t largest_file = 64 * 1024;
constexpr std::size_t longest_answer = 200;

std::string trimmed(std::string_view text) { return std::string(language::trimmed(text)); }

}  // namespace

tl::expected<ProbePerson, std::string> ProbePerson::from_file(const std::string& path) {
  const auto text = file::read(path, largest_file);
  if (!text) return tl::unexpected(text.error());
  ProbePerson person;
  person.answers_.emplace();
  int number = 0;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0) {
      return tl::unexpected(
          fmt::format("{}:{}: expected a question and its answer, as buttons.light.on: steady red", path, number));
    }
    if (!person.answers_->emplace(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))).second) {
      return tl::unexpected(fmt::format("{}:{}: {} is answered twice", path, number, trimmed(line.substr(0, colon))));
    }
  }
  return person;
}

std::optional<std::string> ProbePerson::ask(const std::string& id, const std::string& question, const Check& check) {
  fmt::print("{} [{}]\n", question, id);
  if (answers_) {
    const auto found = answers_->find(id);
    if (found == answers_->end() || found->second.empty() || found->second == "?") return std::nullopt;
    if (const auto wrong = check(found->second); !wrong.empty()) throw ProbeEnded(fmt::format("{}: {}", id, wrong));
    fmt::print("> {}\n", language::printable(found->second));
    return found->second;
  }
  for (;;) {
    fmt::print("> ");
    std::fflush(stdout);
    std::string line;
    char c = '\0';
    while (line.size() <= longest_answer && std::cin.get(c) && c != '\n') line += c;
    if (!std::cin) throw ProbeEnded("nobody answers any more");
    const auto answer = trimmed(line);
    if (answer.empty() || answer == "?") return std::nullopt;
    const auto wrong = check(answer);
    if (wrong.empty()) return answer;
    fmt::print("{}\n", wrong);
  }
}

}  // namespace snom::snomctl
