#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "language/button.h"
#include "language/error.h"

/// Keys of type XML definition (Snom, "XML Definitions Syntax" and "Tutorial"; firmware 8.7.3 and later): what such a
/// key says, and what it does with a NOTIFY and a press. The subset that docs/xml-keys.md lists. Values.
namespace snom::language {

/// A key that shows all that is known of one key at the server: its light, one state for each, and its label.
struct KeyOfServer {
  std::string uri;    ///< "sip:snom+1000-2@example.com"
  std::string label;  ///< until the first NOTIFY; empty = none
  std::string press;  ///< what a press asks for, "http://..."; empty = it calls the URI
};

/// The definition, on one line. What is in `key` has to be UTF-8 without control characters.
[[nodiscard]] std::string write_xml_definition(const KeyOfServer& key);

/// The parameter of the URI in the SUBSCRIBE of such a key, by which the server knows to tell it everything.
inline constexpr std::string_view all_of_key_parameter = "show=all";

/// The state that such a key has with a light: "on", "parked" ... Two lights that look alike share one.
[[nodiscard]] std::string_view state_of_light(Light light);
/// The light of a key in this state, in any case of letters, as led_... settings usually have them; dark for what is
/// not known.
[[nodiscard]] Light light_of_state(std::string_view state);

/// A definition that was read, and how the key that it is of stands.
class XmlDefinition final {
 public:
  /// At most 16 KiB, 512 elements, 64 rules of a kind; a reference to a variable is followed once. What is not in the
  /// subset is passed over. The error's argument is "xml".
  [[nodiscard]] static tl::expected<XmlDefinition, Error> parse(std::string_view text);

  /// What it subscribes to, without the parameters of the URI and with; empty: to nothing, or not to dialogs.
  [[nodiscard]] std::string subscription() const;
  [[nodiscard]] const std::string& state() const { return state_; }
  /// Of variables; empty for one that is not there.
  [[nodiscard]] std::string variable(std::string_view name) const;

  /// Takes the body of a NOTIFY of its subscription. False: it does not apply, or cannot be read, and nothing changed.
  bool notified(std::string_view document);

  struct Press {
    enum class Does { nothing, invite, get };
    Does does = Does::nothing;
    std::string target;  ///< a number or a URI to call, or a URL
    bool operator==(const Press&) const = default;
  };
  /// What a press does now: the first action that counts in this state.
  [[nodiscard]] Press pressed() const;

 private:
  /// `/dialog-info/dialog/state[.="early"]`: elements from the root on, and what is asked of the last one.
  struct Condition {
    std::vector<std::string> path;  ///< empty: always
    enum class Asks { nothing, attribute, attribute_is, text_is } asks = Asks::nothing;
    std::string attribute;
    std::string value;  ///< may hold $(variable)
  };
  struct Rule {
    Condition condition;
    std::string translates_to;
    std::string fetch_attribute;
    bool fetch_content = false;
    std::vector<Rule> more;  ///< of them the first that matches too goes before this
  };
  struct Rules {
    std::string id;
    std::vector<std::string> states;  ///< in which they count; empty: in all
    std::vector<Rule> rules;
  };
  struct Action {
    Press::Does does = Press::Does::nothing;
    std::string target;
    std::vector<std::string> states;
  };
  class Reader;
  class Matcher;

  [[nodiscard]] std::string with_variables(std::string_view text) const;

  std::string subscription_;
  std::vector<Rule> applies_;
  std::vector<Rule> states_;
  std::vector<Rules> variable_rules_;
  std::vector<Action> actions_;
  std::string state_;
  std::map<std::string, std::string, std::less<>> variables_;
};

}  // namespace snom::language
