#include "snomctl/completion.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string_view>

#include "control/commands/command_table.h"
#include "language/button.h"

namespace snom::snomctl {
namespace {

using Words = std::vector<std::string>;

/// A command line up to the word that is being typed.
struct Typed {
  const CLI::App* app = nullptr;        ///< the innermost word's
  const CLI::Option* option = nullptr;  ///< whose value is typed; nullptr: none's
  Words positionals;                    ///< of that word, before the one that is typed
};

/// With those of groups of options, which are words without a name.
std::vector<const CLI::Option*> all_options(const CLI::App& app) {
  auto options = app.get_options();
  for (const auto* group : app.get_subcommands([](const CLI::App* one) { return one->get_name().empty(); })) {
    const auto more = group->get_options();
    options.insert(options.end(), more.begin(), more.end());
  }
  return options;
}

const CLI::Option* option_named(const CLI::App& app, const std::string& name) {
  for (const auto* option : all_options(app)) {
    if (!option->get_positional() && option->check_name(name)) return option;
  }
  return nullptr;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

Typed read(const CLI::App& app, const Words& words) {
  Typed typed{&app, nullptr, {}};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const auto& word = words[i];
    if (typed.option != nullptr) {
      typed.option = nullptr;
      continue;
    }
    if (word.starts_with("-")) {
      const auto* option = option_named(*typed.app, word);
      typed.option = option != nullptr && takes_value(*option) ? option : nullptr;
      continue;
    }
    const auto inner = typed.app->get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
    if (!inner.empty()) {
      typed.app = inner.front();
    } else {
      typed.positionals.push_back(word);
    }
  }
  return typed;
}

template <typename Enum>
Words names_up_to(Enum last) {
  Words names;
  for (int value = 0; value <= static_cast<int>(last); ++value) {
    names.emplace_back(language::to_string(static_cast<Enum>(value)));
  }
  return names;
}

Words commands() {
  Words names;
  for (const auto& command : control::command_table) names.emplace_back(command.name);
  return names;
}

/// The part of each phone's address before or behind its '@'.
Words parts(const Words& phones, bool user) {
  Words found;
  for (const auto& phone : phones) {
    const auto at = phone.rfind('@');
    if (at != std::string::npos) found.push_back(user ? phone.substr(0, at) : phone.substr(at + 1));
  }
  return found;
}

Words phones_and_groups(const Known& known, const std::string& beginning) {
  auto found = known.phones(beginning);
  if (!beginning.empty() && !beginning.starts_with('@')) return found;
  for (const auto& group : known.groups()) found.push_back("@" + group);
  return found;
}

/// Of a token that is revoked, or a group that is there; a new one's nobody knows.
Words names_for(const CLI::App& word, const Known& known) {
  const auto* above = word.get_parent();
  if (above != nullptr && above->get_name() == "group") return known.groups();
  return word.get_name() == "revoke" ? known.tokens() : Words();
}

/// What values an option or a positional has, by its name.
Words values_of(const std::string& name, const Typed& typed, const std::string& beginning, const Known& known) {
  using Make = std::function<Words()>;
  const std::map<std::string_view, Make> makers = {
      {"phone", [&] { return phones_and_groups(known, beginning); }},
      {"key", [&] { return typed.positionals.empty() ? Words() : known.keys(typed.positionals.front()); }},
      {"line", commands},
      {"name", [&] { return names_for(*typed.app, known); }},
      {"members", [&] { return parts(known.phones(beginning), true); }},
      {"--phone", [&] { return known.phones(beginning); }},
      {"--user", [&] { return parts(known.phones(beginning), true); }},
      {"--to", [&] { return parts(known.phones(beginning), true); }},
      {"--host", [&] { return parts(known.phones(""), false); }},
      {"--profile", [&] { return known.profiles(); }},
      {"--light", [] { return names_up_to(language::Light::record); }},
      {"--color", [] { return names_up_to(language::Colour::remote); }},
      {"--action-name", [] { return names_up_to(language::Action::message); }},
      {"--role",
       [] {
         return Words{"read", "operate", "admin"};
       }},
      {"--format",
       [] {
         return Words{"toml", "csv"};
       }},
      {"--state",
       [] {
         return Words{"silent", "refused", "pending", "ok", "away"};
       }},
      {"--type", [] { return Words{"registered", "unregistered", "button", "keys", "press", "command"}; }},
  };
  const auto found = makers.find(name);
  return found == makers.end() ? Words() : found->second();
}

Words options_of(const CLI::App& app) {
  Words names;
  for (const auto* option : all_options(app)) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// Words that may follow, or the positional that is next.
Words words_of(const Typed& typed, const std::string& beginning, const Known& known) {
  Words names;
  for (const auto* inner : typed.app->get_subcommands([](const CLI::App*) { return true; })) {
    if (!inner->get_name().empty()) names.push_back(inner->get_name());
  }
  if (!names.empty()) return names;
  std::size_t place = 0;
  for (const auto* option : typed.app->get_options()) {
    if (!option->get_positional()) continue;
    const bool takes_the_rest = option->get_items_expected_max() > 1;
    if (place++ == typed.positionals.size() || takes_the_rest) {
      return values_of(option->get_name(), typed, beginning, known);
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> complete(const CLI::App& app, const std::vector<std::string>& words, const Known& known) {
  const std::string beginning = words.empty() ? "" : words.back();
  const auto typed = read(app, words);
  Words found;
  if (typed.option != nullptr) {
    const auto names = typed.option->get_lnames();
    if (!names.empty()) found = values_of("--" + names.front(), typed, beginning, known);
  } else if (beginning.starts_with("-")) {
    found = options_of(*typed.app);
  } else {
    found = words_of(typed, beginning, known);
  }
  std::erase_if(found, [&](const std::string& word) { return !word.starts_with(beginning); });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace snom::snomctl
