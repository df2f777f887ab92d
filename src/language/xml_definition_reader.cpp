// XML definitions of keys, read and followed: the other half of xml_definition.cpp.
#include <algorithm>
#include <memory>
#include <pugixml.hpp>
#include <utility>

#include "language/text.h"
#include "language/xml_definition.h"
#include "language/xml_shape.h"

namespace snom::language {
namespace {

constexpr std::size_t most_of_a_kind = 64;
constexpr std::size_t longest_text = 4096;
constexpr std::size_t deepest_path = 16;

tl::unexpected<Error> refuse(std::string message) { return tl::unexpected(Error{"xml", std::move(message)}); }

/// "free,offhook" of `states`, or the one of `state`.
std::vector<std::string> states_of(const pugi::xml_node& element) {
  std::vector<std::string> states;
  std::string_view text =
      element.attribute("states") ? element.attribute("states").value() : element.attribute("state").value();
  while (!text.empty() && states.size() < most_of_a_kind) {
    const auto comma = std::min(text.find(','), text.size());
    if (const auto one = trimmed(text.substr(0, comma)); !one.empty()) states.emplace_back(one);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return states;
}

bool counts_in(const std::vector<std::string>& states, const std::string& state) {
  return states.empty() || std::find(states.begin(), states.end(), state) != states.end();
}

/// The text within quotes of either kind; nullopt for anything else.
std::optional<std::string> unquoted(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2 || (text.front() != '"' && text.front() != '\'') || text.back() != text.front()) {
    return std::nullopt;
  }
  return std::string(text.substr(1, text.size() - 2));
}

std::string all_text(const pugi::xml_node& element) {
  std::string text;
  for (const pugi::xml_node& part : element.children()) {
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) text += part.value();
  }
  return std::string(trimmed(text));
}

}  // namespace

/// Reads the parts of a definition.
class XmlDefinition::Reader {
 public:
  explicit Reader(XmlDefinition& into) : into_(into) {}

  tl::expected<void, Error> part(const pugi::xml_node& element) {
    const auto name = local_name(element);
    if (name == "initialization") return initialization(element);
    if (name == "subscription") return subscription(element);
    if (name == "NotifyParsingRules") return rules(element);
    if (name == "action") return actions(element);
    return {};
  }

 private:
  tl::expected<void, Error> initialization(const pugi::xml_node& element) {
    for (const pugi::xml_node& child : element.children()) {
      const auto name = local_name(child);
      const std::string value = child.attribute("value").value();
      if (value.size() > longest_text) return refuse("a value of more than 4096 bytes");
      if (name == "state") into_.state_ = value;
      if (name != "variable") continue;
      if (into_.variables_.size() == most_of_a_kind) return refuse("more than 64 variables");
      into_.variables_.insert_or_assign(child.attribute("name").value(), value);
    }
    return {};
  }

  tl::expected<void, Error> subscription(const pugi::xml_node& element) {
    if (std::string_view(element.attribute("type").value()) != "dialog") return {};
    into_.subscription_ = element.attribute("for").value();
    return {};
  }

  tl::expected<void, Error> rules(const pugi::xml_node& element) {
    const std::string_view type = element.attribute("type").value();
    std::vector<Rule> read;
    for (const pugi::xml_node& child : element.children()) {
      const std::string name(local_name(child));
      if (!name.starts_with("level") && name != "default") continue;
      auto rule = this->rule(child);
      if (!rule) return tl::unexpected(std::move(rule.error()));
      // "level1-1" belongs to "level1", in front of it.
      auto& list = name.find('-') != std::string::npos && !read.empty() ? read.back().more : read;
      if (list.size() == most_of_a_kind) return refuse("more than 64 rules of a kind");
      list.push_back(std::move(*rule));
    }
    if (type == "applies") into_.applies_ = std::move(read);
    if (type == "state") into_.states_ = std::move(read);
    if (type != "variable") return {};
    if (into_.variable_rules_.size() == most_of_a_kind) return refuse("more than 64 rules of a kind");
    into_.variable_rules_.push_back({element.attribute("id").value(), states_of(element), std::move(read)});
    return {};
  }

  static tl::expected<Rule, Error> rule(const pugi::xml_node& element) {
    Rule rule;
    rule.translates_to = element.attribute("translates_to").value();
    rule.fetch_attribute = element.attribute("fetch_attribute").value();
    rule.fetch_content = std::string_view(element.attribute("fetch_content").value()) == "true";
    auto condition = Reader::condition(all_text(element));
    if (!condition) return tl::unexpected(std::move(condition.error()));
    rule.condition = std::move(*condition);
    return rule;
  }

  /// `/dialog-info/dialog/state[.="early"]`
  static tl::expected<Condition, Error> condition(std::string_view text) {
    Condition condition;
    if (text.empty()) return condition;
    const auto wrong = [&] {
      return refuse(in_quotes(text) + " is no condition (expected such as /dialog-info/dialog/state[.=\"early\"])");
    };
    if (text.front() != '/' || text.size() > longest_text) return wrong();
    const auto bracket = std::min(text.find('['), text.size());
    std::string_view path = text.substr(0, bracket);
    while (!path.empty()) {
      path.remove_prefix(1);
      const auto slash = std::min(path.find('/'), path.size());
      if (slash == 0 || condition.path.size() == deepest_path) return wrong();
      condition.path.emplace_back(path.substr(0, slash));
      path.remove_prefix(slash);
    }
    if (bracket == text.size()) return condition;
    if (text.back() != ']') return wrong();
    std::string_view asked = trimmed(text.substr(bracket + 1, text.size() - bracket - 2));
    const auto equals = asked.find('=');
    const auto name = trimmed(asked.substr(0, equals));
    std::optional<std::string> value;
    if (equals != std::string_view::npos) {
      value = unquoted(asked.substr(equals + 1));
      if (!value) return wrong();
      condition.value = *value;
    }
    if (name == "." && value) {
      condition.asks = Condition::Asks::text_is;
    } else if (name.starts_with('@') && name.size() > 1) {
      condition.attribute = name.substr(1);
      condition.asks = value ? Condition::Asks::attribute_is : Condition::Asks::attribute;
    } else {
      return wrong();
    }
    return condition;
  }

  tl::expected<void, Error> actions(const pugi::xml_node& element) {
    for (const pugi::xml_node& child : element.children()) {
      const auto name = local_name(child);
      const auto does = name == "invite" || name == "dial" ? Press::Does::invite
                        : name == "url"                    ? Press::Does::get
                                                           : Press::Does::nothing;
      const std::string_view when = child.attribute("when").value();
      if (does == Press::Does::nothing || (when != "on press" && when != "on release")) continue;
      if (into_.actions_.size() == most_of_a_kind) return refuse("more than 64 actions");
      into_.actions_.push_back({does, child.attribute("target").value(), states_of(child)});
    }
    return {};
  }

  XmlDefinition& into_;
};

/// Holds rules against a document.
class XmlDefinition::Matcher {
 public:
  Matcher(const XmlDefinition& definition, const pugi::xml_document& document)
      : definition_(definition), document_(document) {}

  /// What the first rule that matches makes of it; nullopt: none does.
  [[nodiscard]] std::optional<std::string> result(const std::vector<Rule>& rules) const {
    for (const Rule& rule : rules) {
      auto found = match(rule);
      if (!found) continue;
      for (const Rule& more : rule.more) {
        if (auto better = match(more)) return better;
      }
      return found;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::optional<std::string> match(const Rule& rule) const {
    if (rule.condition.path.empty()) return rule.translates_to;
    const auto value = definition_.with_variables(rule.condition.value);
    const pugi::xml_node found = find(document_, rule.condition, 0, value);
    if (!found) return std::nullopt;
    if (!rule.fetch_attribute.empty()) return std::string(found.attribute(rule.fetch_attribute.c_str()).value());
    if (rule.fetch_content) return all_text(found);
    return rule.translates_to;
  }

  /// The first element at the path that has what is asked; no deeper than the path is.
  [[nodiscard]] static pugi::xml_node find(const pugi::xml_node& parent, const Condition& condition, std::size_t depth,
                                           const std::string& value) {
    for (const pugi::xml_node& child : parent.children()) {
      if (local_name(child) != condition.path[depth]) continue;
      if (depth + 1 < condition.path.size()) {
        if (const auto found = find(child, condition, depth + 1, value)) return found;
      } else if (has(child, condition, value)) {
        return child;
      }
    }
    return {};
  }

  [[nodiscard]] static bool has(const pugi::xml_node& element, const Condition& condition, const std::string& value) {
    const auto attribute = element.attribute(condition.attribute.c_str());
    switch (condition.asks) {
      case Condition::Asks::nothing:
        return true;
      case Condition::Asks::attribute:
        return static_cast<bool>(attribute);
      case Condition::Asks::attribute_is:
        return attribute && value == attribute.value();
      case Condition::Asks::text_is:
        return all_text(element) == value;
    }
    return false;
  }

  const XmlDefinition& definition_;
  const pugi::xml_document& document_;
};

tl::expected<XmlDefinition, Error> XmlDefinition::parse(std::string_view text) {
  // It has several elements side by side.
  const auto document = parse_foreign_xml("<definition>" + std::string(text) + "</definition>");
  if (!document) return tl::unexpected(document.error());
  XmlDefinition definition;
  Reader reader(definition);
  for (const pugi::xml_node& element : (*document)->document_element().children()) {
    if (auto read = reader.part(element); !read) return tl::unexpected(std::move(read.error()));
  }
  return definition;
}

std::string XmlDefinition::with_variables(std::string_view text) const {
  std::string out;
  while (!text.empty()) {
    const auto begin = text.find("$(");
    const auto end = begin == std::string_view::npos ? begin : text.find(')', begin);
    if (end == std::string_view::npos) break;
    out += text.substr(0, begin);
    const auto name = text.substr(begin + 2, end - begin - 2);
    out += name == "state" ? state_ : variable(name);
    if (out.size() > longest_text) return out.substr(0, longest_text);
    text.remove_prefix(end + 1);
  }
  return out.append(text);
}

std::string XmlDefinition::variable(std::string_view name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() ? std::string() : found->second;
}

std::string XmlDefinition::subscription() const { return with_variables(subscription_); }

bool XmlDefinition::notified(std::string_view document) {
  const auto parsed = parse_foreign_xml(document);
  if (!parsed) return false;
  const Matcher matcher(*this, **parsed);
  if (matcher.result(applies_).value_or("").empty()) return false;
  std::map<std::string, std::string> fetched;
  if (auto state = matcher.result(states_)) state_ = std::move(*state);
  for (const auto& rules : variable_rules_) {
    if (!counts_in(rules.states, state_)) continue;
    if (auto value = matcher.result(rules.rules); value && value->size() <= longest_text) {
      fetched.insert_or_assign(rules.id, std::move(*value));
    }
  }
  // None of them goes by what another one has just become.
  for (auto& [name, value] : fetched) {
    if (variables_.size() < 2 * most_of_a_kind || variables_.contains(name)) {
      variables_.insert_or_assign(name, std::move(value));
    }
  }
  return true;
}

XmlDefinition::Press XmlDefinition::pressed() const {
  for (const Action& action : actions_) {
    if (!counts_in(action.states, state_)) continue;
    std::string target = with_variables(action.target);
    if (const auto open = target.find('<'); action.does == Press::Does::invite && open != std::string::npos) {
      target = target.substr(open + 1, std::min(target.find('>', open), target.size()) - open - 1);
    }
    if (!target.empty()) return {action.does, std::move(target)};
  }
  return {};
}

}  // namespace snom::language
