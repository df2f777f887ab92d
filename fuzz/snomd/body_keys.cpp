#include "snomd/body_keys.h"

#include "control/commands/button_commands.h"
#include "snomd/body_json.h"
#include "targets.h"

namespace snom::fuzz {
namespace {

using control::SetButtons;
using nlohmann::json;

const std::string phone = "1000@example.com";

void must_be_a_problem(const http::Response& answer) {
  must(answer.status == 400, "a body that is wrong is a bad request");
  const auto document = json::parse(answer.body, nullptr, false);
  must(document.is_object() && document.contains("detail"), "an error says what was wrong");
  must_be_one_line(document.at("detail").get<std::string>());
}

/// What was read is of that phone and of those keys alone, however they are called, and each has what the body says.
void must_set(const control::ReadCommand& read, const json& wanted) {
  if (!read.command) return must_be_one_line(read.command.error());
  const auto* set = std::get_if<SetButtons>(&*read.command);
  must(set != nullptr && set->phone.user == "1000" && set->phone.domain == "example.com",
       "keys are set, of that phone");
  must(set->keys.size() == wanted.size(), "as many keys are set as the body names");
  for (const auto& edit : set->keys) {
    const auto said = wanted.find(edit.key);
    must(said != wanted.end(), "a key that is set is one that the body names");
    language::Button button{
        .key = edit.key, .light = {}, .colour = {}, .label = {}, .number = {}, .action = {}, .caller = {}};
    edit.apply(button);
    const auto text = [&said](const char* name) {
      const auto found = said->find(name);
      return found == said->end() || found->is_null() ? std::string() : found->get<std::string>();
    };
    must(button.label == text("label"), "a label is what the body says");
    must(button.number == text("number"), "a number is what the body says");
    must(button.action.has_value() == !text("action").empty(), "there is an action where the body has one");
  }
}

void one_key(const json& body, bool whole) {
  const auto read = snomd::read_key(phone, "2", body, whole);
  if (!read) return must_be_a_problem(read.error());
  must_set(*read, {{"2", body}});
}

void several_keys(const json& body) {
  const auto read = snomd::read_keys(phone, body);
  if (!read) return must_be_a_problem(read.error());
  must_set(*read, body);
}

void list_of_keys(const json& body, bool whole) {
  const auto read = snomd::read_key_list(phone, body, whole);
  if (!read) return must_be_a_problem(read.error());
  must(read->size() == body.size(), "as many keys are set as the list has");
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto& [key, command] = read->at(i);
    must(key == body.at(i).at("key"), "keys are set in the order of the list");
    must(command.command.has_value(), "a key in a list was read");
    must_set(command, {{key, body.at(i)}});
  }
}

}  // namespace

/// The body of a request that changes keys, as each of them takes it. The first byte: whether keys are whole.
void body_keys(std::string_view input) {
  const bool whole = take_byte(input) % 2 == 1;
  const auto body = snomd::body_json(input);
  if (!body) return must_be_a_problem(body.error());
  if (body->is_discarded()) return;
  one_key(*body, whole);
  if (body->is_object()) several_keys(*body);
  if (body->is_array()) list_of_keys(*body, whole);
}

}  // namespace snom::fuzz
