#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "language/model_table.h"
#include "snomd/about.h"
#include "snomd/api_core.h"

namespace snom::snomd {
namespace {

class Answer final : public http::Responder {
 public:
  void send(http::Response response) override { given_.set_value(std::move(response)); }
  void send_in_pieces(http::Response, http::NextPiece) override { FAIL(); }
  std::shared_ptr<http::Stream> stream(std::string) override { return nullptr; }
  http::Response wait() {
    auto future = given_.get_future();
    return future.wait_for(std::chrono::seconds(10)) == std::future_status::ready ? future.get()
                                                                                  : http::Response{0, {}, "(none)", {}};
  }

 private:
  std::promise<http::Response> given_;
};

/// Asks a server that is not ready yet: it has no context.
http::Response get(const std::string& path) {
  sip::EventLoop loop;
  picture::Workroom workroom;
  ApiCore core(loop, workroom, [] { return nullptr; });
  Router router;
  add_models(router, core);
  add_status(router, core);
  const auto found = router.find("GET", path);
  const auto answer = std::make_shared<Answer>();
  http::Request request;
  request.method = "GET";
  request.path = request.raw_path = path;
  (*found.handler)(request, found.values, answer);
  return answer->wait();
}

nlohmann::json model(const std::string& name) { return nlohmann::json::parse(get("/v1/models/" + name).body); }

TEST(Models, AreToldAsTheTableHasThem) {
  const auto d785 = model("D785");
  EXPECT_EQ(d785.at("known"), true);
  EXPECT_EQ(d785.at("keys"), 24);
  EXPECT_EQ(d785.at("labels"), "panel");
  EXPECT_EQ(d785.at("columns"), nlohmann::json::parse("[6,0,0]"));
  EXPECT_EQ(d785.at("colours"), nlohmann::json::parse(R"(["red","green","orange"])"));
  EXPECT_EQ(d785.at("expansion"), "D7, D7C");
  EXPECT_EQ(d785.at("expansion_keys"), 18);
  EXPECT_EQ(d785.at("expansion_modules"), 4);
  EXPECT_EQ(d785.at("http"), true);
}

TEST(Models, AnUnknownOneIsToldAsItsNeighboursAre) {
  const auto d899 = model("D899");
  EXPECT_EQ(d899.at("name"), "D899");
  EXPECT_EQ(d899.at("row"), "D8*");
  EXPECT_EQ(d899.at("known"), false);
  EXPECT_EQ(d899.at("http"), false);
  EXPECT_EQ(model("*").at("row"), "*");
  EXPECT_EQ(model("370").at("colours"), nullptr) << "not known";
  EXPECT_EQ(model("D120").at("expansion"), nullptr) << "none";
}

TEST(Models, TheListHasEveryRow) {
  const auto models = nlohmann::json::parse(get("/v1/models").body).at("models");
  EXPECT_EQ(models.size(), language::model_table().size());
  for (const auto& one : models) {
    int seen = 0;
    for (const int keys : one.at("columns")) seen += keys;
    EXPECT_GT(seen, 0) << one;
  }
}

TEST(Status, IsNotToldWhileSnomdStops) { EXPECT_EQ(get("/v1/status").status, 503); }

TEST(Status, ListenersAreReadFromWhatSnomdPrints) {
  const auto sip = listener_of("internal udp:127.0.0.1:5060");
  EXPECT_EQ(sip.profile, "internal");
  EXPECT_EQ(sip.transport, "udp");
  EXPECT_EQ(sip.address, "127.0.0.1:5060");
  EXPECT_EQ(listener_of("out tcp:[::1]:5060").address, "[::1]:5060");
  const auto http = listener_of("http 127.0.0.1:8080");
  EXPECT_EQ(http.profile, "");
  EXPECT_EQ(http.transport, "http");
  EXPECT_EQ(http.address, "127.0.0.1:8080");
  EXPECT_EQ(listener_of("http [::1]:8080").address, "[::1]:8080");
}

}  // namespace
}  // namespace snom::snomd
