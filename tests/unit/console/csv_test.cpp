#include "cli/console/csv.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "tests/property/chosen_seed.h"
#include "tests/world/temporary_directory.h"

namespace cityid::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// What reading a file gives: its rows, and its errors.
struct Read {
  Rows rows;
  std::vector<std::uint64_t> lines;
  std::vector<std::string> errors;
  std::optional<Errc> stopped;
};

class Csv : public ::testing::Test {
 protected:
  Read ReadAll(std::string_view content) {
    const std::string file = (directory_ / "t.csv").string();
    std::ofstream(file, std::ios::binary) << content;
    auto reader = CsvReader::Open(file);
    EXPECT_TRUE(reader);
    Read read;
    while (true) {
      auto row = reader->Next();
      if (row && !row->has_value()) break;
      if (row) {
        read.rows.push_back((*row)->fields);
        read.lines.push_back((*row)->line);
        continue;
      }
      const std::string& detail = row.error().detail;
      EXPECT_TRUE(detail.starts_with(file + ":")) << detail;
      read.errors.push_back(detail.substr(file.size() + 1));
      if (row.error().code == Errc::kMalformed) continue;
      read.stopped = row.error().code;
      // It stays so.
      const auto again = reader->Next();
      EXPECT_FALSE(again);
      break;
    }
    return read;
  }

  TemporaryDirectory directory_;
};

TEST_F(Csv, ReadsFieldsWithAndWithoutQuotes) {
  const Read read = ReadAll("a,b\n\"1,\"\"2\"\"\",\"three\nlines\r\nhere\"\n,\n");
  EXPECT_EQ(read.rows, (Rows{{"a", "b"}, {"1,\"2\"", "three\nlines\r\nhere"}, {"", ""}}));
  EXPECT_EQ(read.lines, (std::vector<std::uint64_t>{1, 2, 5}));
  EXPECT_TRUE(read.errors.empty());
}

TEST_F(Csv, ReadsTheSameWithEitherLineEndAndByteOrderMarkAndWithoutALastLineEnd) {
  const Rows rows = {{"a", "b"}, {"1", ""}, {"x", "y z"}};
  for (const std::string mark : {"", "\xEF\xBB\xBF"}) {
    for (const std::string end : {"\n", "\r\n"}) {
      for (const bool last : {true, false}) {
        const std::string text = mark + "a,b" + end + "1," + end + "\"x\",y z" + (last ? end : "");
        EXPECT_EQ(ReadAll(text).rows, rows) << text;
      }
    }
  }
}

TEST_F(Csv, SkipsEmptyLinesAndKeepsCountingThem) {
  const Read read = ReadAll("\n\r\na\n\n\nb\n\n");
  EXPECT_EQ(read.rows, (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(read.lines, (std::vector<std::uint64_t>{3, 6}));
}

TEST_F(Csv, AFileWithoutRowsHasNone) {
  for (const char* text : {"", "\n", "\r\n\r\n", "\xEF\xBB\xBF"}) {
    const Read read = ReadAll(text);
    EXPECT_TRUE(read.rows.empty() && read.errors.empty()) << text;
  }
}

TEST_F(Csv, ARowThatIsNoneIsSaidAndTheNextOneIsRead) {
  for (const std::string& row :
       {std::string("5\" wide,2"), std::string("a\rb,2"), std::string("\ra,2"),
        std::string("a,\r2"), std::string("\xC0\xAF,2"), std::string("\xFE,2"),
        std::string("a\0b,2", 5), std::string(kMaxCsvField + 1, 'x') + ",2",
        std::string(kMaxCsvColumns, ',')}) {
    const Read read = ReadAll("one,1\n" + row + "\nthree,3\n");
    EXPECT_EQ(read.rows, (Rows{{"one", "1"}, {"three", "3"}})) << row.substr(0, 20);
    ASSERT_EQ(read.errors.size(), 1u) << row.substr(0, 20);
    EXPECT_TRUE(read.errors[0].starts_with("2: ")) << read.errors[0];
  }
}

TEST_F(Csv, TakesFieldsAndRowsAtTheirBounds) {
  const std::string field(kMaxCsvField, 'x');
  EXPECT_EQ(ReadAll(field + ",\"" + field + "\"\n").rows, (Rows{{field, field}}));
  const Read read = ReadAll(std::string(kMaxCsvColumns - 1, ',') + "\n");
  ASSERT_EQ(read.rows.size(), 1u);
  EXPECT_EQ(read.rows[0].size(), kMaxCsvColumns);
}

TEST_F(Csv, ReadsNothingMoreWhereRowsCanNotBeToldApart) {
  // What follows could be a row, or a part of the field.
  for (const std::string& row : {std::string("\"a,2\nb,3\n"), std::string("\"a\"b,2\n\"c,3\n\"d"),
                                 "\"" + std::string(kMaxCsvField + 1, 'x') + "\n\"\n"}) {
    const Read read = ReadAll("one,1\n" + row);
    EXPECT_EQ(read.rows, (Rows{{"one", "1"}}));
    ASSERT_EQ(read.errors.size(), 1u);
    EXPECT_TRUE(read.errors[0].starts_with("2: ")) << read.errors[0];
    EXPECT_EQ(read.stopped, Errc::kCorrupt);
  }
}

TEST_F(Csv, RefusesOtherEncodingsByTheirMarks) {
  for (const std::string& text : {std::string("\xFF\xFE"
                                              "a\0\n\0",
                                              6),
                                  std::string("\xFE\xFF\0a", 4),
                                  std::string("\xEF\xBB"
                                              "a")}) {
    EXPECT_EQ(ReadAll(text).stopped, Errc::kUnsupported);
  }
}

TEST_F(Csv, AFileThatIsNotThereIsSaid) {
  const auto reader = CsvReader::Open((directory_ / "none.csv").string());
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Errc::kNotFound);
}

TEST_F(Csv, WritesQuotesOnlyWhereTheyMustStand) {
  std::string text;
  AppendCsvRow(text, {"plain, no", "it's", "\"q\"", "two\nlines", "", "\xE5\x9F\x8E"});
  AppendCsvRow(text, {""});
  EXPECT_EQ(text, "\"plain, no\",it's,\"\"\"q\"\"\",\"two\nlines\",,\xE5\x9F\x8E\n\"\"\n");
}

TEST_F(Csv, EndsOnAnyBytesWithLinesThatAscend) {
  std::mt19937_64 random(cityid::testing::ChosenSeed());
  constexpr char kBytes[] = "\"\"\",,\n\n\r ax\xC3\xA9\xEF\xBB\xBF\xFF\0";
  const std::string bytes(kBytes, sizeof kBytes - 1);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (auto size = random() % 60; size > 0; --size) text += bytes[random() % bytes.size()];
    const Read read = ReadAll(text);
    EXPECT_TRUE(std::ranges::is_sorted(read.lines));
    EXPECT_LE(read.rows.size() + read.errors.size(), text.size() + 1);
  }
}

TEST_F(Csv, WhatIsWrittenIsReadBack) {
  std::mt19937_64 random(cityid::testing::ChosenSeed());
  const std::vector<std::string> pieces = {"a", ",", "\"", "\n", "\r", "\r\n", " ", "é", "城", ""};
  for (int round = 0; round < 300; ++round) {
    Rows rows(1 + random() % 5);
    std::string text;
    for (auto& row : rows) {
      row.resize(1 + random() % 5);
      for (std::string& field : row) {
        for (auto n = random() % 6; n > 0; --n) field += pieces[random() % pieces.size()];
      }
      if (row.size() == 1 && row[0].empty()) row[0] = "x";
      AppendCsvRow(text, {row.begin(), row.end()});
    }
    ASSERT_EQ(ReadAll(text).rows, rows) << text;
  }
}

}  // namespace
}  // namespace cityid::cli
