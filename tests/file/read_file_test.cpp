#include "file/read_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <gtest/gtest.h>

namespace snom::file {
namespace {

class ReadFile : public ::testing::Test {
 protected:
  ReadFile() : folder_(::testing::TempDir() + "snom-file-XXXXXX") {
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no temporary folder: " + folder_);
  }
  ~ReadFile() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::string name(const std::string& file) const { return folder_ + "/" + file; }
  std::string write(const std::string& file, const std::string& text) const {
    std::ofstream(name(file), std::ios::binary) << text;
    return name(file);
  }
  static std::string error_of(const std::string& path) {
    const auto text = read(path);
    return text ? "no error" : text.error();
  }

  std::string folder_;
};

TEST_F(ReadFile, IsWhole) {
  const std::string bytes("a\0b\r\n\xff", 6);
  EXPECT_EQ(read(write("a", bytes)), bytes);
  EXPECT_EQ(read(write("empty", "")), "");
  const std::string large(300'000, 'x');
  EXPECT_EQ(read(write("large", large)), large);
  std::filesystem::create_symlink(name("a"), name("link"));
  EXPECT_EQ(read(name("link")), bytes);
}

TEST_F(ReadFile, HasALimit) {
  EXPECT_EQ(read(write("ten", "0123456789"), 10), "0123456789");
  EXPECT_EQ(read(name("ten"), 9).error(), name("ten") + ": has 10 bytes (at most 9 are read)");
  // One that does not tell its size beforehand.
  EXPECT_EQ(read("/proc/self/status", 9).error(), "/proc/self/status: has more than 9 bytes");
  std::filesystem::resize_file(write("sparse", ""), text_limit + 1);
  EXPECT_NE(error_of(name("sparse")).find("at most 16777216 are read"), std::string::npos);
}

/// None of them ends, and a FIFO's open() would wait for somebody who writes.
TEST_F(ReadFile, NothingButRegularFilesIsRead) {
  EXPECT_EQ(error_of("/dev/zero"), "/dev/zero: is a device (expected a regular file)");
  EXPECT_EQ(error_of(folder_), folder_ + ": is a folder (expected a regular file)");
  ASSERT_EQ(mkfifo(name("fifo").c_str(), 0600), 0);
  EXPECT_EQ(error_of(name("fifo")), name("fifo") + ": is a FIFO (expected a regular file)");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = name("socket");
  ASSERT_LT(path.size(), sizeof(address.sun_path));
  std::copy(path.begin(), path.end(), address.sun_path);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(error_of(path), path + ": is a socket (expected a regular file)");
  close(socket);
}

TEST_F(ReadFile, WhatCannotBeReadIsSaid) {
  EXPECT_EQ(error_of(name("none")), name("none") + ": No such file or directory");
  EXPECT_EQ(error_of(write("a", "x") + "/b"), name("a") + "/b: Not a directory");
}

TEST_F(ReadFile, FirstLineOfASecret) {
  EXPECT_EQ(read_first_line(write("a", "secret \r\nmore\n")), "secret ");
  EXPECT_EQ(read_first_line(write("b", "secret")), "secret");
  EXPECT_EQ(read_first_line(write("c", "\nsecret")), "");
  EXPECT_EQ(read_first_line(write("d", "")).error(), name("d") + ": is empty");
  EXPECT_FALSE(read_first_line(write("e", std::string(secret_limit + 1, 'x'))));
  EXPECT_FALSE(read_first_line("/dev/zero"));
}

}  // namespace
}  // namespace snom::file
