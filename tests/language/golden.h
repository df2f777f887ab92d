#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests_dir.h"

namespace snom::language {

/// The bytes of tests/language/golden/`name`; a file that is not there fails the test.
inline std::string golden(const std::string& name) {
  std::ifstream file(snom::testing::tests_dir() + "/language/golden/" + name, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << "no golden file " << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The same without the line feed that ends a file of one header value.
inline std::string golden_header(const std::string& name) {
  auto value = golden(name);
  if (value.ends_with('\n')) value.pop_back();
  return value;
}

}  // namespace snom::language
