#include "codec/files/own_program.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <utility>

namespace cityid {
namespace {

/// A program that reads its standard input until that ends.
OwnProcess StartCat() { return *OwnProcess::Start("/bin/cat", Inherits::kNothing); }

bool Runs(pid_t id) { return ::kill(id, 0) == 0; }

TEST(OwnProcess, EndsOnceAndKillsNobodyElse) {
  OwnProcess process = StartCat();
  const pid_t id = process.id();
  EXPECT_TRUE(Runs(id));
  EXPECT_EQ(process.End(), "was ended by signal 9");
  EXPECT_FALSE(Runs(id));
  EXPECT_EQ(process.id(), -1);
  // -1 is everybody for kill(2): this test would not live to say so.
  EXPECT_EQ(process.End(), "has ended");
  EXPECT_EQ(process.End(std::chrono::milliseconds(20)), "has ended");
}

TEST(OwnProcess, EndsWithItsOwnerAndWhenAnotherTakesItsPlace) {
  pid_t first = 0, second = 0;
  {
    OwnProcess process = StartCat();
    first = process.id();
    OwnProcess other = StartCat();
    second = other.id();
    process = std::move(other);
    EXPECT_FALSE(Runs(first));
    EXPECT_TRUE(Runs(second));
    EXPECT_EQ(process.id(), second);
  }
  EXPECT_FALSE(Runs(second));
}

TEST(OwnProcess, WhatIsNotThereIsAnError) {
  EXPECT_FALSE(OwnProcess::Start("/nowhere/at/all", Inherits::kNothing));
}

}  // namespace
}  // namespace cityid
