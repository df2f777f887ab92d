#include <algorithm>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "access/token.h"
#include "control/commands/command_table.h"
#include "file/read_file.h"
#include "file/standard_descriptors.h"
#include "http/ca_file.h"
#include "language/command_line.h"
#include "language/percent.h"
#include "language/shown_arguments.h"
#include "language/text.h"
#include "runtime/guard.h"
#include "snomctl/answer_json.h"
#include "snomctl/apply.h"
#include "snomctl/client.h"
#include "snomctl/complain.h"
#include "snomctl/completion.h"
#include "snomctl/doctor.h"
#include "snomctl/find_phones.h"
#include "snomctl/follow.h"
#include "snomctl/group_command.h"
#include "snomctl/health.h"
#include "snomctl/job_command.h"
#include "snomctl/local_server.h"
#include "snomctl/probe.h"
#include "snomctl/provision.h"
#include "snomctl/show.h"
#include "snomctl/store_command.h"
#include "snomctl/token_command.h"
#include "snomctl/top.h"

namespace {

using nlohmann::json;
using snom::language::quote_argument;
using snom::snomctl::bad_usage;
using snom::snomctl::Client;
using snom::snomctl::complain;
using snom::snomctl::done;
using snom::snomctl::refused;
using snom::snomctl::unreachable;

/// Of a command line; snomd takes no longer one.
constexpr std::size_t longest_line = 1024 * 1024;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The first line of a file that holds a secret, without the blanks at its end.
tl::expected<std::string, std::string> first_line(const std::string& path) {
  auto line = snom::file::read_first_line(path);
  if (line) line->erase(line->find_last_not_of(" \t\r") + 1);
  return line;
}

int run_line(const Client& client, const std::string& line) {
  const auto reply = client.command(line);
  if (!reply) return complain(reply.error(), unreachable);
  fmt::print("{}\n", snom::language::printable_lines(*reply));
  std::fflush(stdout);
  return reply->starts_with("+OK") && reply->find("\n-ERR") == std::string::npos ? done : refused;
}

/// As std::getline, but of a line that is longer than longest_line no more than a byte beyond that.
bool take_line(std::istream& input, std::string& line) {
  line.clear();
  char c = '\0';
  while (line.size() <= longest_line && input.get(c)) {
    if (c == '\n') return true;
    line += c;
  }
  return !line.empty();
}

int run_lines_from(const Client& client, std::istream& input) {
  int worst = done;
  for (std::string line; take_line(input, line);) {
    if (line.size() > longest_line) {
      return complain(fmt::format("api: a line of standard input has more than {} bytes", longest_line), bad_usage);
    }
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const int status = run_line(client, line);
    if (status == unreachable) return status;
    worst = std::max(worst, status);
  }
  return worst;
}

/// `path`: a page of snomd, which has a list of that name.
int list(const Client& client, const std::string& path, const char* name, bool as_json,
         std::string (*show)(const json&)) {
  const auto answer = client.get(path);
  if (!answer) return complain(answer.error());
  if (!answer->contains(name) || !(*answer)[name].is_array()) {
    return complain(fmt::format("what answered is not snomd: it has no list of {}", name), unreachable);
  }
  const auto text = as_json ? snom::snomctl::json_text(*answer, 2) + "\n" : show(*answer);
  fmt::print("{}", text);
  return done;
}

int show_found(const Client& client, const snom::snomctl::PhoneFilter& filter, bool as_json) {
  const auto found = snom::snomctl::find_phones(client, filter);
  if (!found) return complain(found.error());
  fmt::print("{}", as_json ? snom::snomctl::json_text(*found, 2) + "\n" : snom::snomctl::show_found_phones(*found));
  return done;
}

/// Which events are watched.
struct EventFilter {
  std::string type, phone;

  [[nodiscard]] std::string query() const {
    std::string text;
    for (const auto& [name, value] : {std::pair("type", type), std::pair("phone", phone)}) {
      if (value.empty()) continue;
      text += fmt::format("{}{}={}", text.empty() ? "?" : "&", name, snom::language::percent_encode(value));
    }
    return text;
  }
};

int watch(const Client& client, const EventFilter& filter, bool as_json) {
  // Ctrl-C is how a person ends this: no complaint.
  std::signal(SIGINT, [](int) { _exit(done); });
  const auto show = [as_json](std::string_view name, const json& data) {
    if (as_json) {
      json line = {{"event", name}};
      line.update(data);
      fmt::print("{}\n", snom::snomctl::json_text(line));
    } else {
      fmt::print("{}", snom::snomctl::show_event(snom::snomctl::clock_time(), name, data));
    }
    return std::fflush(stdout) == 0;
  };
  const auto ended = snom::snomctl::follow({[&](std::string& last_id, const std::function<void()>& opened) {
                                              return client.watch({filter.query(), show, opened}, last_id);
                                            },
                                            [](const std::string& what) {
                                              complain(what, unreachable);
                                              std::fflush(stderr);
                                            },
                                            [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }});
  return ended ? done : complain(ended.error());
}

struct BindKey {
  std::string key, light = "on", label, user, host, profile, action_name, action;

  [[nodiscard]] std::string line() const {
    std::string text(snom::control::bind_key_name);
    for (const std::string& argument : {key, light, label, user, host, profile}) text += " " + quote_argument(argument);
    if (!action_name.empty()) text += " " + quote_argument(action_name);
    if (!action.empty()) text += " " + snom::language::quote_last_argument(action);
    return text;
  }
};

struct Button {
  std::string phone, key;
  std::vector<std::pair<std::string, std::optional<std::string>>> properties = {
      {"light", {}}, {"color", {}}, {"label", {}}, {"number", {}}, {"action", {}}, {"caller", {}}};

  [[nodiscard]] std::string line() const {
    auto text = fmt::format("{} {} {}", snom::control::button_name, quote_argument(phone), quote_argument(key));
    for (const auto& [name, value] : properties) {
      if (value) text += fmt::format(" {}={}", name, value->empty() ? "" : quote_argument(*value));
    }
    return text;
  }
};

/// What `api` runs.
std::string commands_help() {
  std::string text = "Commands (docs/commands.md):\n";
  for (const auto& command : snom::control::command_table) {
    text += fmt::format("  {} {}\n      {}\n", command.name, command.usage, command.summary);
  }
  return text;
}

struct Command {
  std::string to, key, action, username, password_file;
};

int run_command(const Client& client, const Command& command) {
  auto line = fmt::format("{} {}", snom::control::snom_command_name, quote_argument(command.to));
  line += command.key.empty() ? " action " + quote_argument(command.action) : " key " + quote_argument(command.key);
  if (!command.username.empty()) {
    std::string password = environment("SNOM_PHONE_PASSWORD");
    if (!command.password_file.empty()) {
      const auto read = first_line(command.password_file);
      if (!read) return complain("--password-file: " + read.error(), bad_usage);
      password = *read;
    }
    if (password.empty()) {
      return complain("--username needs the password in --password-file or in SNOM_PHONE_PASSWORD", bad_usage);
    }
    line += " " + quote_argument(command.username) + " " + snom::language::quote_last_argument(password);
  }
  return run_line(client, line);
}

int complain_of_arguments(const CLI::App& app, const CLI::ParseError& error) {
  const bool is_only_unknown = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  fmt::print(stderr, "{}Run with --help for more information.\n",
             snom::language::wrong_arguments(is_only_unknown ? "" : error.what(), app.remaining(true)));
  return bad_usage;
}

/// An argument that becomes a part of an address: without it another page would be asked for.
CLI::Validator filled(const std::string& expected) {
  return CLI::Validator(
      [expected](const std::string& text) {
        return text.empty() ? fmt::format("is empty (expected {})", expected) : std::string();
      },
      "");
}

/// `snomctl group list|show|set|delete|run`.
CLI::App* add_group_commands(CLI::App& app, snom::snomctl::GroupCommand& command) {
  using What = snom::snomctl::GroupCommand::What;
  auto* group =
      app.add_subcommand("group", "phones under one name: lists, shows, makes and deletes, and commands them");
  group->require_subcommand(1);
  const auto add = [&](const char* word, const char* what, What which) {
    auto* one = group->add_subcommand(word, what);
    one->callback([&command, which] { command.what = which; });
    if (which != What::list)
      one->add_option("name", command.name, "of the group")->required()->check(filled("the name of a group"));
    return one;
  };
  auto* list = add("list", "lists the groups there are", What::list);
  auto* show = add("show", "shows the members of one", What::show);
  for (auto* one : {list, show}) one->add_flag("--json", command.as_json, "JSON, for programs");
  auto* set = add("set", "makes a group, or replaces its members", What::set);
  set->add_option("members", command.members, "phones: 1000, or 1001@example.com")->required();
  add("delete", "forgets a group", What::remove);
  auto* run = add("run", "runs a command for each member", What::run);
  run->add_option("line", command.line, "snom_button, snom_clear or snom_command without its phone, in quotes")
      ->required();
  group->footer("Example: snomctl group run sales 'snom_button 2 light=on label=Night'");
  return group;
}

/// `snomctl job list|show|follow|cancel`.
CLI::App* add_job_commands(CLI::App& app, snom::snomctl::JobCommand& command) {
  using What = snom::snomctl::JobCommand::What;
  auto* job = app.add_subcommand("job", "layouts that snomd applies by itself (apply --job)");
  job->require_subcommand(1);
  const auto add = [&](const char* word, const char* what, What which) {
    auto* one = job->add_subcommand(word, what);
    one->callback([&command, which] { command.what = which; });
    if (which != What::list)
      one->add_option("id", command.id, "of the job")->required()->check(filled("a job's id, as job list shows it"));
    if (which != What::follow) one->add_flag("--json", command.as_json, "JSON, for programs");
  };
  add("list", "lists those that run, or did lately", What::list);
  add("show", "shows how far one is, and what became of each phone", What::show);
  add("follow", "waits for the end of one; exit status as of apply", What::follow);
  add("cancel", "begins nothing more of one that runs, forgets one that has ended", What::cancel);
  return job;
}

/// `snomctl token add|list|revoke`.
CLI::App* add_token_commands(CLI::App& app, snom::snomctl::TokenCommand& command) {
  using What = snom::snomctl::TokenCommand::What;
  auto* token = app.add_subcommand("token", "says who may use snomd");
  token->require_subcommand(1);
  auto* add = token->add_subcommand("add", "makes a token and prints it, this once");
  add->add_option("name", command.name, "whose it is, for lists and the audit log")
      ->required()
      ->check(filled("a name"));
  add->add_option("--role", command.role, "read, operate (and change keys) or admin (and say who may)")
      ->required()
      ->check(CLI::IsMember({"read", "operate", "admin"}));
  add->add_option("--per-second", command.per_second, "so many requests at most; else as snomd has it for all")
      ->check(CLI::Range(1U, snom::access::most_per_second));
  add->add_option("--max-body", command.max_body, "bytes of a request's body at most; else as snomd has it for all")
      ->check(CLI::Range(std::size_t{1}, snom::access::largest_body));
  add->callback([&command] { command.what = What::add; });
  auto* list = token->add_subcommand("list", "lists the tokens there are, without what they are");
  list->add_flag("--json", command.as_json, "JSON, for programs");
  list->callback([&command] { command.what = What::list; });
  auto* revoke = token->add_subcommand("revoke", "ends a token: whoever has it may do nothing any more");
  revoke->add_option("name", command.name, "whose it is")->required()->check(filled("a name, as token list shows it"));
  revoke->callback([&command] { command.what = What::revoke; });
  for (auto* one : {add, list, revoke}) {
    one->add_option("--file", command.file,
                    "the file itself (tokens_file of snomd's configuration), also while snomd is not running; "
                    "else by HTTP, with a token of the role admin");
  }
  token->footer("Example: snomctl token add alice --role operate --file /var/lib/snomd/tokens");
  return token;
}

/// `snomctl store copy`.
CLI::App* add_store(CLI::App& app, snom::snomctl::StoreCopy& options) {
  auto* store = app.add_subcommand("store", "carries keys from one store to another");
  store->require_subcommand(1);
  auto* copy = store->add_subcommand("copy", "copies keys and groups, while no snomd uses either store");
  copy->add_option("from", options.from, "a file, or postgresql://...")->required();
  copy->add_option("to", options.to, "the same; a file is made if it is not there")->required();
  copy->add_flag("--overwrite", options.overwrite, "what is in it already goes");
  copy->footer(
      "Exit status: 0 when all is there, 2 when a store cannot be used, 3 when there are keys in the second already.\n"
      "A password belongs in PGPASSFILE (~/.pgpass), not on the command line.\n"
      "Example: snomctl store copy /var/lib/snomd/keys.db postgresql://snomd@db.example.com/snomd");
  return copy;
}

/// `snomctl provision`.
CLI::App* add_provision(CLI::App& app, snom::snomctl::ProvisionOptions& options) {
  auto* provision = app.add_subcommand("provision", "writes settings files for the phones of a layout");
  provision->add_option("layout", options.layout, "the layout, .toml or .csv (docs/provisioning.md)")->required();
  provision->add_option("--output", options.output, "the folder for the files, one for each phone")->required();
  provision->add_option("--model", options.model, "D862, 370 ...: of phones of which the layout does not say it");
  provision
      ->add_option("--keys", options.keys,
                   "auto, button, blf, xml or url: what keys are, where the layout does not say")
      ->capture_default_str();
  provision->add_option("--modules", options.modules, "expansion modules, where the layout does not say")
      ->check(CLI::Range(0, 9))
      ->capture_default_str();
  provision->add_option("--names", options.names, "phone (user@host.xml) or mac (000413AABBCC.xml)")
      ->check(CLI::IsMember({"phone", "mac"}))
      ->capture_default_str();
  provision
      ->add_option("--addresses", options.addresses,
                   "of keys that subscribe: snom, or asterisk for those that do it at an Asterisk (docs/asterisk.md)")
      ->check(CLI::IsMember({"snom", "asterisk"}))
      ->capture_default_str();
  provision->add_option("--press-server", options.press_server,
                        "where phones reach snomd's HTTP interface, for keys of type url: http://192.0.2.3:8080");
  provision->footer(
      "Exit status: 0 when all files are there, 2 when one cannot be written or snomd not be asked, 3 when the layout\n"
      "cannot be used. Phones whose model nobody says are looked up in snomd.\n"
      "Example: snomctl provision desk.toml --output /etc/snomd/phones --model D862");
  return provision;
}

/// `snomctl probe`.
CLI::App* add_probe(CLI::App& app, snom::snomctl::ProbeOptions& options) {
  auto* probe = app.add_subcommand("probe", "finds out what a phone does, while you look at it");
  probe->add_option("phone", options.phone, "user@host")->required()->check(filled("user@host"));
  probe->add_option("--key", options.key, "a key of type Button, whose number this is; snomd has it not set")
      ->capture_default_str();
  probe->add_option("--place", options.place,
                    "where that key is, P2 or EK0: it is pressed by the phone's page or by NOTIFY, too");
  probe->add_option("--blf-key", options.blf_key,
                    "a key of type BLF, at the address of this key (docs/subscriptions.md)");
  probe->add_option("--answers", options.answers, "a file that says what you would; else you are asked");
  probe->add_option("--output", options.output, "the report; else probe-<model>-<firmware>.txt");
  probe->add_option("--use", options.use, "a configuration of snomd, whose [[channel]] of the model is set");
  probe->add_flag("--reboot", options.reboot, "the phone may be rebooted, to see whether its lights survive that");
  probe->add_option("--reboot-limit", options.reboot_limit_s, "seconds until it is there again")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  probe->footer(
      "Exit status: 0 when all was tried, 1 when it was ended before, 2 when the phone or snomd is not there, 3 for "
      "bad\n"
      "usage, or a key that could not be put back. Example: snomctl probe 1000@example.com --key 2 --reboot");
  return probe;
}

}  // namespace

int main(int argc, char** argv) {
  snom::file::open_missing_standard_descriptors();
  std::setlocale(LC_CTYPE, "");
  CLI::App app{"snomctl: commands the keys of Snom phones through snomd, lists phones and keys, watches events."};
  app.set_version_flag("--version", "snomctl " SNOM_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 after +OK, 1 after -ERR and where what is asked for is refused or not there, 2 when snomd cannot "
      "be\n"
      "reached or wants another token, 3 for bad usage.");

  std::string server = environment("SNOM_SERVER");
  std::string token_file;
  std::string configuration = environment("SNOM_CONFIG");
  if (configuration.empty()) configuration = snom::snomctl::packaged_configuration;
  auto* server_option = app.add_option("--server", server,
                                       "address of snomd's HTTP interface; else SNOM_SERVER, else as --config has it");
  std::string ca_file = environment("SNOM_CA_FILE");
  app.add_option("--ca-file", ca_file,
                 "file of certificates (PEM) that an https server's has to be issued by; else SNOM_CA_FILE,\n"
                 "else the system's");
  app.add_option("--token-file", token_file,
                 "file whose first line is snomd's bearer token; else SNOM_TOKEN, else (where\n"
                 "no other server is named) as --config has it");
  app.add_option("--config", configuration,
                 "snomd's configuration on this machine, also in SNOM_CONFIG; without it\n"
                 "snomd is asked at http://127.0.0.1:8080")
      ->capture_default_str();

  std::string line;
  auto* api = app.add_subcommand("api", "runs a command line and prints the reply as it is");
  api->add_option("line", line, "a command line, in quotes; - reads lines from standard input")->required();
  api->footer(commands_help() + "\nExample: snomctl api 'snom_bind_key 2 on DND 1000 127.0.0.1 internal'");

  bool as_json = false;
  auto* phones = app.add_subcommand("phones", "lists the registered phones, or finds some, what is wrong first");
  snom::snomctl::PhoneFilter phone_filter;
  phones->add_option("--search", phone_filter.search, "text in their name, address, model or a label of their keys");
  phones->add_option("--state", phone_filter.state, "silent, refused, pending, ok or away; several with commas");
  phones->add_option("--model", phone_filter.model, "D862, 370 ...; several with commas");
  std::string address;
  auto* buttons = app.add_subcommand("buttons", "lists the keys that were set on a phone");
  buttons->add_option("phone", address, "user@host")->required()->check(filled("user@host"));
  auto* watching = app.add_subcommand("watch", "prints events as they happen, until Ctrl-C");
  EventFilter event_filter;
  watching->add_option("--type", event_filter.type,
                       "registered, unregistered, button, keys, press, command; several with commas");
  watching->add_option("--phone", event_filter.phone, "user@host; several with commas");
  for (auto* command : {phones, buttons, watching}) command->add_flag("--json", as_json, "JSON, for programs");

  BindKey bind;
  auto* bind_key = app.add_subcommand("bind-key", "sets light, label and action of a key");
  bind_key->add_option("--key", bind.key, "the key: the number of its 'button' setting on the phone")->required();
  bind_key->add_option("--light", bind.light, "off, on, hold, pickup, park, message, offline, error, seized or record")
      ->capture_default_str();
  bind_key->add_option("--label", bind.label, "text beside the key");
  bind_key->add_option("--user", bind.user, "the phone's user")->required();
  bind_key->add_option("--host", bind.host, "the domain it registers with")->required();
  bind_key->add_option("--profile", bind.profile, "snomd's profile")->required();
  auto* action_name =
      bind_key->add_option("--action-name", bind.action_name, "invite (call the number) or message (send it back)");
  auto* action =
      bind_key->add_option("--action", bind.action, "what a press does: a number to call, or 'api+<command line>'");
  action->needs(action_name);
  action_name->needs(action);
  bind_key->footer(
      "Example: snomctl bind-key --key 2 --label Door --user 1000 --host 127.0.0.1 --profile internal \\\n"
      "             --action-name invite --action 4711");

  Button button;
  auto* set_button = app.add_subcommand("button", "changes properties of a key; the others stay");
  set_button->add_option("phone", button.phone, "user@host, or @group")->required();
  set_button->add_option("key", button.key, "the key")->required();
  for (auto& [name, value] : button.properties) {
    set_button->add_option("--" + name, value, "'' for none")->type_name("TEXT");
  }
  set_button->footer("Example: snomctl button 1000@127.0.0.1 2 --light on --label 'Front door'");

  std::string clear_phone;
  std::string clear_key;
  auto* clear = app.add_subcommand("clear", "darkens a key of a phone, or all, and forgets what it was");
  clear->add_option("phone", clear_phone, "user@host, or @group")->required();
  clear->add_option("key", clear_key, "the key, or all")->required();

  snom::snomctl::ApplyOptions apply_options;
  auto* apply = app.add_subcommand("apply", "makes the keys of many phones what a file says");
  apply->add_option("file", apply_options.file, "the layout, .toml or .csv (docs/layouts.md)")->required();
  apply->add_flag("--dry-run", apply_options.dry_run, "only says what would change");
  apply->add_option("--parallel", apply_options.parallel, "so many phones at a time")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  bool as_job = false;
  bool detach = false;
  auto* job_flag = apply->add_flag("--job", as_job, "has snomd apply it by itself: it goes on if this ends");
  apply->add_flag("--detach", detach, "with --job: prints the job's id and ends")->needs(job_flag);
  job_flag->excludes(apply->get_option("--dry-run"));
  apply->footer(
      "Exit status: 0 when all phones confirmed their keys, 1 when keys are pending (or, with --dry-run, would\n"
      "change), 2 when keys failed or snomd cannot be reached, 3 when the file cannot be used.");

  std::string format = "toml";
  std::string output;
  auto* exporting = app.add_subcommand("export", "writes all keys as a layout");
  exporting->add_option("--format", format, "toml or csv")
      ->check(CLI::IsMember({"toml", "csv"}))
      ->capture_default_str();
  exporting->add_option("--output", output, "a file; else standard output");

  Command command;
  auto* remote = app.add_subcommand("command", "presses keys of a phone, or runs one of its actions");
  remote->add_option("--to", command.to, "1000, */1000@host, profile/1000@host, 192.0.2.7:8080 or https://host")
      ->required();
  auto* what = remote->add_option_group("what");
  what->add_option("--key", command.key, "a key or a sequence: enter or enter,50,5000;cancel,50,1000");
  what->add_option("--action", command.action, "reboot, reset, dialeddel, misseddel or receiveddel");
  what->require_option(1);
  remote->add_option("--username", command.username, "of the phone's web page");
  remote->add_option("--password-file", command.password_file,
                     "file whose first line is its password; else SNOM_PHONE_PASSWORD");
  remote->footer("Example: snomctl command --to '*/1000' --key enter");

  snom::snomctl::ProvisionOptions provision_options;
  auto* provision = add_provision(app, provision_options);
  snom::snomctl::StoreCopy store_copy;
  auto* copying = add_store(app, store_copy);

  snom::snomctl::ProbeOptions probe_options;
  auto* probe = add_probe(app, probe_options);

  snom::snomctl::TokenCommand token_command;
  auto* tokens = add_token_commands(app, token_command);
  snom::snomctl::GroupCommand group_command;
  auto* groups = add_group_commands(app, group_command);
  snom::snomctl::JobCommand job_command;
  auto* jobs = add_job_commands(app, job_command);
  auto* health = app.add_subcommand("health", "says whether snomd takes commands; exit status 0 if it does, 1 if not");
  snom::snomctl::TopOptions top_options;
  double interval = 1;
  auto* top = app.add_subcommand("top", "shows phones, rates and what waits, live; q or Ctrl-C ends it");
  top->add_option("--interval", interval, "seconds between two looks")
      ->check(CLI::Range(0.2, 60.0))
      ->capture_default_str();
  top->add_flag("--once", top_options.once, "one text and no more, as where standard output is no terminal");
  health->add_flag("--json", as_json, "JSON, for programs");

  auto* doctor = app.add_subcommand("doctor", "says what to look at when nothing lights");
  doctor->footer("Exit status: 0 when there is nothing to look at, 1 when there is, 2 when snomd cannot be reached.");

  // For shells, which ask so with whatever stands on the line: no word of this program's own for people.
  if (argc > 2 && std::string_view(argv[1]) == "complete" && std::string_view(argv[2]) == "--") {
    return snom::snomctl::run_completion(app, {argv + 3, argv + argc});
  }

  snom::runtime::set_fault_log([](const char* where, const char* why) {
    std::fprintf(stderr, "snomctl: %s failed: %s\n", where, snom::language::printable(why).c_str());
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error) : complain_of_arguments(app, error);
  }

  if (*copying) return snom::snomctl::copy_store(store_copy);

  std::string token = environment("SNOM_TOKEN");
  if (!token_file.empty()) {
    const auto read = first_line(token_file);
    if (!read) return complain("--token-file: " + read.error(), bad_usage);
    token = *read;
  }
  // The token of this machine's snomd goes to no other.
  snom::snomctl::LocalServer local;
  const auto* named_by = *server_option ? "--server" : "SNOM_SERVER";
  if (server.empty()) {
    named_by = "[http] listen of --config";
    local = snom::snomctl::local_server(configuration);
    server = local.address;
    if (token.empty()) token = local.token;
  }
  if (!ca_file.empty()) {
    const auto checked = snom::http::check_ca_file(ca_file);
    if (!checked) return complain("--ca-file: expected " + checked.error(), bad_usage);
  }
  if (const auto usable = snom::snomctl::check_server(server); !usable) {
    return complain(fmt::format("{}: {}", named_by, usable.error()), bad_usage);
  }
  const Client client(server, token, local.why_no_token, ca_file);
  if (client.shows_token()) {
    complain(fmt::format("warning: the token goes to {} unencrypted; https hides it", client.server()), 0);
  }
  try {
    if (*api) return line == "-" ? run_lines_from(client, std::cin) : run_line(client, line);
    if (*phones && !phone_filter.empty()) return show_found(client, phone_filter, as_json);
    if (*phones) return list(client, "/v1/phones", "phones", as_json, snom::snomctl::show_phones);
    if (*buttons) {
      return list(client, "/v1/phones/" + snom::language::percent_encode(address) + "/buttons", "buttons", as_json,
                  snom::snomctl::show_buttons);
    }
    if (*watching) return watch(client, event_filter, as_json);
    if (*bind_key) return run_line(client, bind.line());
    if (*set_button) return run_line(client, button.line());
    if (*clear)
      return run_line(client, fmt::format("{} {} {}", snom::control::clear_name, quote_argument(clear_phone),
                                          quote_argument(clear_key)));
    if (*apply && as_job) {
      return snom::snomctl::apply_as_job(client, {apply_options.file, apply_options.parallel, detach});
    }
    if (*apply) return snom::snomctl::apply(client, apply_options);
    if (*doctor) return snom::snomctl::doctor(client, local);
    if (*groups) return snom::snomctl::run(client, group_command);
    if (*jobs) return snom::snomctl::run(client, job_command);
    if (*health) return snom::snomctl::health(client, as_json);
    if (*top) {
      top_options.server = client.server();
      top_options.interval = std::chrono::milliseconds(static_cast<long>(interval * 1000));
      return snom::snomctl::top(client, top_options);
    }
    if (*probe) return snom::snomctl::probe(client, probe_options);
    if (*provision) return snom::snomctl::provision(client, provision_options);
    if (*tokens) return snom::snomctl::run(client, token_command);
    if (*exporting) {
      using snom::layout::LayoutFormat;
      return snom::snomctl::export_layout(client, format == "csv" ? LayoutFormat::csv : LayoutFormat::toml, output);
    }
    return run_command(client, command);
  } catch (const std::exception& error) {
    return complain(fmt::format("what {} answered cannot be shown: {}", client.server(), error.what()), unreachable);
  }
}
