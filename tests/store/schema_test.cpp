#include "store/schema.h"

#include <array>
#include <fstream>

#include <gtest/gtest.h>

#include "store/sqlite.h"
#include "store/temporary_folder.h"

namespace snom::store {
namespace {

class Schema : public ::testing::Test {
 protected:
  Schema() { std::ofstream(file_).flush(); }
  std::unique_ptr<SqliteConnection> open() { return SqliteConnection::open(file_, {}).value(); }
  static std::string only(Connection& connection, const std::string& sql) {
    auto statement = connection.prepare(sql);
    if (!statement) return statement.error().text;
    const auto row = (*statement)->step();
    if (!row) return row.error().text;
    return *row ? std::string((*statement)->text(0)) : "no row";
  }

  testing::TemporaryFolder folder_;
  const std::string file_ = folder_.file("keys.db");
  /// A version that was released, and the one after it.
  const std::array<std::string_view, 1> first_ = {"CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1), (2)"};
  const std::array<std::string_view, 2> second_ = {first_[0],
                                                   "ALTER TABLE a ADD COLUMN y TEXT NOT NULL DEFAULT 'none'; "
                                                   "UPDATE a SET y = 'two' WHERE x = 2"};
};

TEST_F(Schema, AnEmptyFileGetsTheNewestVersion) {
  auto connection = open();
  EXPECT_EQ(connection->schema_version().value(), 0);
  ASSERT_TRUE(migrate(*connection, schema_steps()));
  EXPECT_EQ(connection->schema_version().value(), static_cast<int>(schema_steps().size()));
  EXPECT_EQ(only(*connection, "SELECT count(*) FROM wanted_button"), "0");
}

TEST_F(Schema, AnOlderFileIsBroughtForwardWithWhatIsInIt) {
  ASSERT_TRUE(migrate(*open(), first_));
  auto connection = open();
  ASSERT_TRUE(migrate(*connection, second_));
  EXPECT_EQ(connection->schema_version().value(), 2);
  EXPECT_EQ(only(*connection, "SELECT group_concat(x || y) FROM a"), "1none,2two");
}

TEST_F(Schema, TheNewestVersionIsLeftAsItIs) {
  auto connection = open();
  ASSERT_TRUE(migrate(*connection, second_));
  ASSERT_TRUE(migrate(*connection, second_));
  EXPECT_EQ(only(*connection, "SELECT count(*) FROM a"), "2");
}

TEST_F(Schema, ANewerFileIsRefusedAndLeftAsItIs) {
  auto connection = open();
  ASSERT_TRUE(migrate(*connection, second_));
  const auto refused = migrate(*connection, first_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text,
            "written by a newer version of this program (schema 2, this one knows 1): run that version, or restore the "
            "backup made before the change");
  EXPECT_EQ(connection->schema_version().value(), 2);
}

TEST_F(Schema, AStepThatFailsLeavesTheOldVersionWhole) {
  ASSERT_TRUE(migrate(*open(), first_));
  const std::array<std::string_view, 3> broken = {second_[0], second_[1], "INSERT INTO nowhere VALUES (1)"};
  auto connection = open();
  const auto failed = migrate(*connection, broken);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().text, file_ + ": no such table: nowhere (SQLite 1)");
  EXPECT_EQ(connection->schema_version().value(), 1);
  EXPECT_EQ(only(*connection, "SELECT y FROM a"), file_ + ": no such column: y (SQLite 1)");
  ASSERT_TRUE(migrate(*connection, second_)) << "no transaction is left open";
}

TEST_F(Schema, AValueThatCannotBeBoundFailsTheStepAndTheStatementWorksOn) {
  auto connection = open();
  ASSERT_TRUE(migrate(*connection, first_));
  auto insert = connection->prepare("INSERT INTO a VALUES ($1)").value();
  insert->bind_integer(2, 7);
  EXPECT_FALSE(insert->step());
  insert->bind_integer(1, 7);
  EXPECT_TRUE(insert->step());
  EXPECT_EQ(only(*connection, "SELECT max(x) FROM a"), "7");
}

}  // namespace
}  // namespace snom::store
