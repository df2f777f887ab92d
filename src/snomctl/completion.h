#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace snom::snomctl {

/// What the running snomd knows, for the tab key; empty where it does not answer. Asked for what is needed only.
class Known {
 public:
  Known() = default;
  Known(const Known&) = delete;
  Known& operator=(const Known&) = delete;
  virtual ~Known() = default;
  /// Addresses of record that begin like this.
  [[nodiscard]] virtual std::vector<std::string> phones(const std::string& beginning) const = 0;
  /// Names of the keys that are set on that phone.
  [[nodiscard]] virtual std::vector<std::string> keys(const std::string& phone) const = 0;
  [[nodiscard]] virtual std::vector<std::string> groups() const = 0;
  [[nodiscard]] virtual std::vector<std::string> profiles() const = 0;
  [[nodiscard]] virtual std::vector<std::string> tokens() const = 0;
};

/// What the last of `words` may become, each a whole word, in order and once. `words`: of a command line, behind the
/// program's name. `app`: says which words and options there are. Empty where a file's name, or nothing that could be
/// known, is expected.
[[nodiscard]] std::vector<std::string> complete(const CLI::App& app, const std::vector<std::string>& words,
                                                const Known& known);

/// `snomctl complete -- WORDS...`, as the shells ask (packaging/completion): prints what complete() says, a line each.
/// Ends after 2 s, whatever snomd does.
int run_completion(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace snom::snomctl
