#include <cstdio>

#include <gtest/gtest.h>

int main(int argc, char** argv) {
  std::puts(
      "mod_snom.so runs here in a host of these tests. It is no FreeSWITCH; ./run test-freeswitch PREFIX tries it "
      "in the real one.");
  std::fflush(stdout);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
