// A program as one of several nodes of a real PostgreSQL: whose phones it takes for whose.

#include "cluster/nodes_of_a_store.h"

namespace snom::cluster {
namespace {

using testing::alice;
using testing::bob;
using testing::NodesOfAStore;

TEST_F(NodesOfAStore, PhonesThatRegisterHereAreNotLetGoForALifeThatIsOver) {
  // This node was killed a moment ago, and its life is not over for the others; another one is.
  claim(begun("node1"), alice);
  const auto over = begun("node2");
  claim(over, bob);
  ASSERT_TRUE(store::node_tables::leave(*others_, over, limit));
  start();
  ASSERT_TRUE(is_owned(bob));
  EXPECT_EQ(registrar_.gone, std::vector<std::string>{});
  // Nobody speaks to it yet, and this node itself least of all is another one.
  EXPECT_EQ(nodes_->node_of(alice), "");
  EXPECT_TRUE(nodes_->others().empty());
  EXPECT_EQ(asked(alice), "no node has it now");
}

TEST_F(NodesOfAStore, PhonesThatALivingNodeHasAreLetGo) {
  const auto other = begun("node2");
  claim(other, bob);
  start();
  EXPECT_EQ(registrar_.gone, std::vector{bob}) << "it had it before";
  ASSERT_TRUE(is_owned(alice));
  claim(other, alice);
  ASSERT_TRUE(control_.run_until([this] { return registrar_.gone == std::vector{bob, alice}; }));
  EXPECT_EQ(nodes_->node_of(alice), "node2");
  ASSERT_EQ(nodes_->others().size(), 1U);
  EXPECT_EQ(nodes_->others()[0].name, "node2");
}

TEST_F(NodesOfAStore, ItsOwnPhonesAreAskedOfNobodyElse) {
  start();
  ASSERT_TRUE(is_owned(alice));
  EXPECT_EQ(asked(alice), "node1 has it now");
}

}  // namespace
}  // namespace snom::cluster
