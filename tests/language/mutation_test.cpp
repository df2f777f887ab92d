// Texts from outside, changed at random but the same in every run: nothing crashes, and what is taken keeps its
// promises.

#include <gtest/gtest.h>

#include <random>

#include "language/buttons_document.h"
#include "language/command_line.h"
#include "language/digest.h"
#include "language/golden.h"
#include "language/key_sequence.h"
#include "language/percent.h"
#include "language/phone_model.h"
#include "language/snom_xml.h"
#include "language/text.h"

namespace snom::language {
namespace {

constexpr int rounds = 20000;

/// std::mt19937 gives the same numbers everywhere; the standard distributions do not, so they are not used.
class Mutator {
 public:
  std::size_t below(std::size_t limit) { return engine_() % limit; }

  /// A text of up to `max_length` characters of `alphabet`.
  std::string text(std::string_view alphabet, std::size_t max_length) {
    std::string made;
    for (std::size_t length = below(max_length + 1); made.size() < length;) made += alphabet[below(alphabet.size())];
    return made;
  }

  /// Up to eight bytes replaced, put in, taken out, or a piece of the text repeated elsewhere.
  std::string mutate(std::string text, std::string_view alphabet) {
    for (std::size_t changes = below(9); changes > 0; --changes) {
      const auto at = below(text.size() + 1);
      const char byte = below(4) == 0 ? static_cast<char>(below(256)) : alphabet[below(alphabet.size())];
      switch (below(4)) {
        case 0:
          if (at < text.size()) text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        case 2:
          text.erase(at, below(4));
          break;
        default:
          text.insert(at, text.substr(below(text.size() + 1), below(8)));
      }
    }
    return text;
  }

 private:
  std::mt19937 engine_{20240601};
};

/// Fit for one line of a log.
bool is_one_line(const std::string& message) { return is_utf8(message) && !has_control_character(message); }

TEST(Mutation, ButtonsThatAreValidAreReadBackAsWritten) {
  Mutator mutator;
  int valid = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<Button> buttons(mutator.below(4));
    bool all_valid = true;
    for (auto& button : buttons) {
      constexpr std::string_view alphabet = "ab 12=\\'\"%;k=\xC3\xBC";
      button.key = mutator.text("12ab =\t", 4);
      if (mutator.below(2) == 0) button.light = static_cast<Light>(mutator.below(10));
      if (mutator.below(2) == 0) button.colour = static_cast<Colour>(mutator.below(5));
      if (mutator.below(2) == 0) button.action = static_cast<Action>(mutator.below(2));
      button.label = mutator.text(alphabet, 6);
      button.number = mutator.text("api+ 12=", 12);
      button.caller = mutator.text("12\r\n", 2);
      all_valid = all_valid && validate(button);
    }
    if (!all_valid) continue;
    ++valid;
    const auto document = write_buttons_document(buttons);
    ASSERT_EQ(parse_buttons_document(document), buttons) << in_quotes(document);
  }
  EXPECT_GT(valid, rounds / 10);
}

TEST(Mutation, DocumentsAreRefusedInOneLineOrHoldValidButtons) {
  Mutator mutator;
  const auto seed = golden("many_keys.buttons");
  int taken = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto document = mutator.mutate(seed, "kcolnai=\r\n 12");
    const auto buttons = parse_buttons_document(document);
    if (!buttons) {
      ASSERT_TRUE(buttons.error().argument.starts_with("line ")) << buttons.error().text();
      ASSERT_TRUE(is_one_line(buttons.error().text())) << buttons.error().text();
      continue;
    }
    ++taken;
    for (const auto& button : *buttons) ASSERT_TRUE(validate(button)) << in_quotes(document);
    ASSERT_EQ(parse_buttons_document(write_buttons_document(*buttons)), *buttons) << in_quotes(document);
  }
  EXPECT_GT(taken, rounds / 20);
  EXPECT_LT(taken, rounds);
}

TEST(Mutation, KeySequencesAreRefusedInOneLineOrReadBackAsWritten) {
  Mutator mutator;
  int taken = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto text = mutator.mutate("ENTER,50,5000;#,,10;P1;cancel,0", ",;0159E# ");
    const auto sequence = parse_key_sequence(text);
    if (!sequence) {
      ASSERT_EQ(sequence.error().argument, "type");
      ASSERT_TRUE(is_one_line(sequence.error().text())) << sequence.error().text();
      continue;
    }
    ++taken;
    ASSERT_EQ(parse_key_sequence(to_string(*sequence)), *sequence) << in_quotes(text);
  }
  EXPECT_GT(taken, rounds / 20);
  EXPECT_LT(taken, rounds);
}

TEST(Mutation, CommandLinesNeverExceedTheirLimitNorTheirLength) {
  Mutator mutator;
  for (int round = 0; round < rounds; ++round) {
    const auto line =
        mutator.mutate("2 on 'Do not \\'disturb' 1000 x\\ty internal message api+a b  c", "  ''\\\\^^,ntrs\"a");
    const auto limit = mutator.below(10);
    const auto arguments = split_command_line(line, limit);
    ASSERT_LE(arguments.size(), limit);
    std::size_t length = 0;
    for (const auto& argument : arguments) length += argument.size();
    ASSERT_LE(length, line.size());
    if (limit > 0) {
      ASSERT_EQ(arguments.empty(), line.empty());
    }
  }
}

TEST(Mutation, QuotedArgumentsComeBack) {
  Mutator mutator;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::string> arguments(1 + mutator.below(7));
    std::string line;
    for (auto& argument : arguments) {
      argument = mutator.text("ab '\\\"\xC3\xBC", 8);
      if (!line.empty()) line += ' ';
      line += '\'';
      for (const char c : argument) {
        if (c == '\'' || c == '\\') line += '\\';
        line += c;
      }
      line += '\'';
    }
    ASSERT_EQ(split_command_line(line, 8), arguments) << line;
  }
}

TEST(Mutation, ChallengesAreNoneOrReadBackAsWritten) {
  Mutator mutator;
  const auto seed = golden_header("challenge.header");
  int taken = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto header = mutator.mutate(seed, "\", =\\auth");
    const auto challenge = parse_digest_challenge(header);
    if (!challenge) continue;
    ++taken;
    const auto again = parse_digest_challenge(challenge->to_string());
    ASSERT_TRUE(again) << in_quotes(header);
    ASSERT_EQ(again->to_string(), challenge->to_string());
  }
  EXPECT_GT(taken, rounds / 20);
  EXPECT_LT(taken, rounds);
}

TEST(Mutation, CredentialsMatchOnlyIfWhatIsHashedIsUnchanged) {
  Mutator mutator;
  const auto seed = golden_header("credentials.header");
  const auto original = *parse_digest_credentials(seed);
  const auto hashed_parts = [](const DigestCredentials& credentials) {
    return std::vector{credentials.username,
                       credentials.realm,
                       credentials.nonce,
                       credentials.uri,
                       credentials.cnonce,
                       credentials.nc,
                       credentials.qop_auth ? std::string("auth") : ""};
  };
  NonceKeeper keeper("sixteen bytes or more");
  int taken = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto header = mutator.mutate(seed, "\", =\\0f");
    const auto credentials = parse_digest_credentials(header);
    if (!credentials) continue;
    ++taken;
    const auto again = parse_digest_credentials(credentials->to_string());
    ASSERT_TRUE(again) << in_quotes(header);
    ASSERT_EQ(again->to_string(), credentials->to_string());
    if (response_matches(*credentials, "1234", "REGISTER")) {
      ASSERT_EQ(hashed_parts(*credentials), hashed_parts(original));
    }
    ASSERT_EQ(keeper.use(*credentials, NonceKeeper::TimePoint{}), NonceKeeper::Verdict::foreign);
  }
  EXPECT_GT(taken, rounds / 20);
  EXPECT_LT(taken, rounds);
}

TEST(Mutation, PercentAndUserAgentTakeAnything) {
  Mutator mutator;
  for (int round = 0; round < rounds; ++round) {
    const auto text = mutator.mutate("snomD862/10.1.226.13 %20%zz", "%0aFsnom/.");
    ASSERT_EQ(percent_decode(percent_encode(text)), text);
    ASSERT_EQ(percent_decode(percent_encode_sip_user(text)), text);
    ASSERT_LE(percent_decode(text).size(), text.size());
    if (const auto model = parse_user_agent(text)) {
      ASSERT_FALSE(model->name.empty());
    }
  }
}

TEST(Mutation, SnomXmlThatIsTakenAndWrittenIsReadBackTheSame) {
  Mutator mutator;
  const std::vector<std::string> seeds = {golden("silent_key.snomxml"), golden("silent_many.snomxml"),
                                          golden("text.snomxml")};
  int written_again = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto text = mutator.mutate(seeds[mutator.below(seeds.size())], "<>&;#%=\"/!?[]-xSLed 0159\xC3\xBC");
    const auto parsed = parse_snom_xml(text);
    if (!parsed) {
      EXPECT_TRUE(is_one_line(parsed.error().text())) << parsed.error().text();
      continue;
    }
    const auto* silent = std::get_if<SilentDocument>(&*parsed);
    if (silent == nullptr) continue;
    const auto again = write_snom_xml(*silent);
    if (!again) {
      EXPECT_TRUE(is_one_line(again.error().text())) << again.error().text();
      continue;
    }
    ++written_again;
    EXPECT_EQ(parse_snom_xml(*again), SnomDocument(*silent)) << text;
  }
  EXPECT_GT(written_again, rounds / 20);
}

TEST(Mutation, NamesOfKeysAreFitForSnomXmlOrRefused) {
  Mutator mutator;
  for (int round = 0; round < rounds; ++round) {
    const auto name = xml_key_name(mutator.text("aFOK_*#&<\"' \n\xC3", 8));
    if (!name) {
      EXPECT_TRUE(is_one_line(name.error().text()));
      continue;
    }
    const auto written = write_snom_xml(SilentDocument{"t", {{std::chrono::milliseconds(1), {PressKey{*name}}}}, {}});
    EXPECT_TRUE(written.has_value()) << *name;
  }
}

}  // namespace
}  // namespace snom::language
