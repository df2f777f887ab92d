#include <gtest/gtest.h>

#include <malloc.h>

#include <random>
#include <stdexcept>

#include "sip/server_fixture.h"

namespace snom::sip::test {
namespace {

using std::chrono::milliseconds;

/// What an attacker, a broken phone or a port scanner may send: real requests with something wrong. The same each run.
class Mutator {
 public:
  std::string operator()(std::string text) {
    for (unsigned times = 1 + random_() % 4; times > 0; --times) text = once(std::move(text));
    return text;
  }

 private:
  std::size_t place(const std::string& text) { return text.empty() ? 0 : random_() % text.size(); }

  std::string once(std::string text) {
    static const std::vector<std::string> snippets = {"\r\n",
                                                      "\r\n\r\n",
                                                      "\n",
                                                      "\r",
                                                      "\t",
                                                      " ",
                                                      ",",
                                                      ";",
                                                      ";;",
                                                      "=",
                                                      "\"",
                                                      "<",
                                                      ">",
                                                      "<>",
                                                      "<<<<",
                                                      ":",
                                                      "::",
                                                      "@",
                                                      "@@",
                                                      "%",
                                                      "%00",
                                                      "%zz",
                                                      "%n%s%x",
                                                      "*",
                                                      "[",
                                                      "]",
                                                      "[::",
                                                      "0",
                                                      "-1",
                                                      "4294967296",
                                                      "99999999999999999999",
                                                      "SIP/2.0",
                                                      "sip:",
                                                      "tel:",
                                                      "Content-Length: 999999\r\n",
                                                      "Content-Length: -5\r\n",
                                                      "l: 3\r\n",
                                                      "Contact: *\r\n",
                                                      "Expires: -1\r\n",
                                                      "CSeq: 1 ACK\r\n",
                                                      "Via: SIP/2.0/UDP [::1]:1;branch=z9hG4bK\r\n",
                                                      "To: <sip:@>;tag=\r\n",
                                                      "Authorization: Digest username=\"\r\n",
                                                      "Authorization: Digest ,,,,\r\n",
                                                      "Require: ,\r\n",
                                                      "Route: <sip:;lr>\r\n",
                                                      std::string(1, '\0'),
                                                      "\xff\xfe",
                                                      "\xc3\x28",
                                                      std::string(3000, 'A'),
                                                      std::string(300, ';'),
                                                      std::string(300, '<')};
    switch (random_() % 8) {
      case 0:  // one byte is another
        if (!text.empty()) text[place(text)] = static_cast<char>(random_());
        return text;
      case 1:
        return text.substr(0, place(text));
      case 2:
        return text.insert(place(text), snippets[random_() % snippets.size()]);
      case 3: {
        const auto at = place(text);
        return text.erase(at, random_() % 40);
      }
      case 4: {  // a piece twice
        const auto at = place(text);
        const std::string piece = text.substr(at, random_() % 200);
        return text.insert(at, piece);
      }
      case 5: {  // a line is gone
        const auto end = text.find("\r\n", place(text));
        if (end == std::string::npos) return text;
        const auto next = text.find("\r\n", end + 2);
        return next == std::string::npos ? text : text.erase(end, next - end);
      }
      case 6: {  // a header has a strange value
        const auto colon = text.find(": ", place(text));
        if (colon == std::string::npos) return text;
        const auto end = text.find("\r\n", colon);
        return text.replace(colon + 2, end - colon - 2, snippets[random_() % snippets.size()]);
      }
      default: {  // a header's name is another's
        static const std::vector<std::string> names = {
            "Via", "From", "To", "Call-ID", "CSeq",         "Contact",       "Expires", "v",
            "f",   "t",    "i",  "m",       "Max-Forwards", "Authorization", "Require"};
        const auto line = text.find("\r\n", place(text));
        if (line == std::string::npos) return text;
        const auto colon = text.find(':', line);
        if (colon == std::string::npos) return text;
        return text.replace(line + 2, colon - line - 2, names[random_() % names.size()]);
      }
    }
  }

  std::mt19937 random_{20240607};
};

class Garbage : public ServerTest {
 protected:
  std::string sound_request(TextPhone& phone, unsigned number) {
    const std::string uri = "sip:1001@example.com";
    switch (number % 7) {
      case 0:
        return phone.register_request("Contact: <" + phone.contact() + ">;expires=60;q=0.5\r\nExpires: 60\r\n" +
                                      credentials_);
      case 1:
        return phone.request("MESSAGE", uri, uri, "Content-Type: text/plain\r\n" + credentials_, "k=2");
      case 2:
        return phone.request("INVITE", uri, uri, "Contact: <" + phone.contact() + ">\r\n" + credentials_, "v=0\r\n");
      case 3:
        return phone.request("OPTIONS", "sip:example.com", "sip:example.com");
      case 4:
        return phone.request("CANCEL", uri, uri);
      case 5:
        return phone.request("SUBSCRIBE", uri, uri, "Event: message-summary\r\nExpires: 60\r\n");
      default:
        return response_to(SipText(phone.request("MESSAGE", uri, uri)), 200, "OK");
    }
  }

  void expect_alive() {
    TextPhone phone(address("udp"), "1000", "1234");
    EXPECT_EQ(phone.ask(phone.request("OPTIONS", "sip:example.com", "sip:example.com")).status(), 200);
    TextPhone stream(address("tcp"), "1001", "5678");
    EXPECT_EQ(stream.register_contact().status(), 200);
  }

  std::string credentials_ =
      "Authorization: Digest username=\"1000\", realm=\"example.com\", nonce=\"abc\", uri=\"sip:example.com\", "
      "response=\"00000000000000000000000000000000\", qop=auth, nc=00000001, cnonce=\"x\"\r\n";
};

TEST_F(Garbage, OverUdpHarmsNobody) {
  TextPhone phone(address("udp"), "1000", "1234");
  Mutator mutate;
  int answers = 0;
  for (unsigned i = 0; i < 20000; ++i) {
    phone.peer().send(mutate(sound_request(phone, i)));
    if (i % 16 == 0)
      while (auto answer = phone.peer().receive(milliseconds(0))) {
        ++answers;
        EXPECT_NE(answer->status(), 500) << answer->text();
        EXPECT_NE(answer->status(), 202) << answer->text();
      }
  }
  EXPECT_GT(answers, 1000);
  expect_alive();
  EXPECT_TRUE(presses().empty());
  EXPECT_EQ(registrations().size(), 1u) << "only the one that expect_alive made";
}

TEST_F(Garbage, OverTcpHarmsNobody) {
  Mutator mutate;
  for (unsigned connection = 0; connection < 1500; ++connection) {
    TextPhone phone(address("tcp"), "1000", "1234");
    try {
      for (unsigned i = 0; i < 4; ++i) phone.peer().send(mutate(sound_request(phone, connection + i)));
    } catch (const std::exception&) {
      // The server hung up on it.
    }
    phone.peer().receive(milliseconds(0));
  }
  expect_alive();
  EXPECT_TRUE(presses().empty());
  EXPECT_EQ(registrations().size(), 1u);
}

TEST_F(Garbage, AFloodOfStrangersLeavesNothingBehind) {
  TextPhone phone(address("udp"), "1000", "wrong");
  const auto flood = [&](unsigned from, unsigned to) {
    for (unsigned i = from; i < to; ++i) {
      phone.user = "stranger" + std::to_string(i);
      phone.call_id = "flood-" + std::to_string(i);
      phone.peer().send(sound_request(phone, i % 3));  // REGISTER, MESSAGE, INVITE
      if (i % 16 == 15) phone.ask(phone.request("OPTIONS", "sip:example.com", "sip:example.com"));
      while (phone.peer().receive(milliseconds(0))) {
      }
    }
    loop_->run_and_wait([] {});
  };
  flood(0, 2000);  // buffers have their size, the caches of the C library are filled
  const auto before = mallinfo2().uordblks;
  flood(2000, 22000);
  const auto after = mallinfo2().uordblks;
  EXPECT_LT(after, before + 200'000) << "bytes in use after 20,000 requests, 10 for each";
  expect_alive();
}

TEST_F(Garbage, AuthenticatedRegistersWithBrokenContactsHarmNobody) {
  TextPhone phone(address("udp"), "1000", "1234");
  Mutator mutate;
  auto challenge = phone.ask(phone.register_request(""));
  for (unsigned i = 0; i < 3000; ++i) {
    const std::string contact = mutate(
        "Contact: \"A\" <sip:1000@192.0.2.1:5060;line=x>;expires=60;q=0.5;"
        "+sip.instance=\"<urn:uuid:1>\";reg-id=1, <sip:a@[2001:db8::1]>;expires=3600\r\n");
    phone.peer().send(
        phone.register_request(phone.authorization(challenge, "REGISTER", "sip:example.com", i + 1) + contact));
    while (auto answer = phone.peer().receive(milliseconds(i % 64 == 0 ? 20 : 0)))
      EXPECT_NE(answer->status(), 500) << answer->text();
  }
  expect_alive();
  for (const auto& registration : registrations()) {
    EXPECT_EQ(registration.contact.find_first_of("\r\n"), std::string::npos);
    EXPECT_LE(registration.contact.size(), 1024u);
  }
}

}  // namespace
}  // namespace snom::sip::test
