#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include <tl/expected.hpp>

namespace snom::snomctl {

/// The probe is over before its end: Ctrl-C, or the end of what answers.
class ProbeEnded final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Who looks at the phone: a person at standard input, or a file that says what one would (`buttons.light.on: steady
/// red`, a line for each question). One thread.
class ProbePerson final {
 public:
  /// A file of answers, or why it is none.
  [[nodiscard]] static tl::expected<ProbePerson, std::string> from_file(const std::string& path);
  /// The person at standard input.
  [[nodiscard]] static ProbePerson at_terminal() { return {}; }

  /// What is wrong with an answer; empty: it can be taken.
  using Check = std::function<std::string(const std::string&)>;
  /// The answer to a question; nullopt: it is not known ("?", an empty line, or not in the file). `id` stands for the
  /// question in files and reports. Throws ProbeEnded.
  std::optional<std::string> ask(const std::string& id, const std::string& question, const Check& check);

 private:
  ProbePerson() = default;

  std::optional<std::map<std::string, std::string>> answers_;
};

}  // namespace snom::snomctl
