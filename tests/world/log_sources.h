// Logs to replay from: honest ones made of entries, and ones that lie about a file.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "codec/files/file.h"
#include "ledger/store/lmdb.h"
#include "ledger/sync/source.h"

namespace cityid::testing {

/// Entries that are no records.
inline std::vector<Bytes> Garbage(std::size_t count) {
  std::vector<Bytes> entries;
  for (std::size_t i = 0; i < count; ++i)
    entries.push_back({static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
  return entries;
}

inline std::vector<Bytes> EntriesOf(const LedgerView& view) {
  std::vector<Bytes> entries;
  for (Index index; index.value < view.head().size.value; ++index.value) {
    const ByteView entry = *view.Entry(index);
    entries.emplace_back(entry.begin(), entry.end());
  }
  return entries;
}

inline std::map<Bytes, Bytes> RowsOf(const LedgerView& view, Table table) {
  std::map<Bytes, Bytes> rows;
  EXPECT_TRUE(view.rows().Scan(table, {}, [&](ByteView key, ByteView value) {
    rows.emplace(Bytes(key.begin(), key.end()), Bytes(value.begin(), value.end()));
    return true;
  }));
  return rows;
}

/// Everything but when it was confirmed and published.
inline void ExpectSameLedger(const LedgerView& found, const LedgerView& expected) {
  Head head = found.head();
  head.time = expected.head().time;
  EXPECT_EQ(head, expected.head());
  for (const Table table :
       {Table::kEntries, Table::kTiles, Table::kState, Table::kMap, Table::kDrafts}) {
    EXPECT_TRUE(RowsOf(found, table) == RowsOf(expected, table))
        << "table " << static_cast<int>(table);
  }
}

/// A log of any entries, whether they make sense or not.
class ListSource : public Source {
 public:
  explicit ListSource(std::vector<Bytes> entries) : entries_(std::move(entries)) {
    std::vector<LeafHash> leaves;
    for (const Bytes& entry : entries_) leaves.push_back(HashLeaf(entry));
    EXPECT_TRUE(AppendLeaves(tiles_, TreeSize{0}, leaves));
  }
  TreeSize size() const { return TreeSize{entries_.size()}; }
  const TileStore& tiles() const { return tiles_; }
  RootHash root() const { return *RootOf(tiles_, size()); }

  Result<std::optional<std::string>> Note() override { return std::optional<std::string>(); }
  Result<std::optional<Bytes>> File(const LogFile& file) override { return Read(file); }
  Result<std::optional<Bytes>> Read(const LogFile& file) const {
    if (file.level) {
      const auto tile = tiles_.Tile({*file.level, file.number});
      if (!*tile) return std::optional<Bytes>();
      return std::optional(*Narrow(file, **tile));
    }
    Bytes bundle;
    for (std::size_t i = file.number * 256; i < file.number * 256 + file.width; ++i) {
      const Bytes& entry = entries_.at(i);
      bundle.push_back(static_cast<std::uint8_t>(entry.size() >> 8));
      bundle.push_back(static_cast<std::uint8_t>(entry.size()));
      bundle.insert(bundle.end(), entry.begin(), entry.end());
    }
    return std::optional(bundle);
  }
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t) override {
    return std::optional<Bytes>();
  }
  std::string name() const override { return "a list"; }

 private:
  std::vector<Bytes> entries_;
  MemoryTiles tiles_;
};

/// Gives everything as another one does, but for one file.
class LyingSource : public Source {
 public:
  using Change = std::function<std::optional<Bytes>(Bytes)>;
  LyingSource(Source& honest, std::string path, Change change)
      : honest_(honest), path_(std::move(path)), change_(std::move(change)) {}
  bool asked() const { return asked_; }

  Result<std::optional<std::string>> Note() override { return honest_.Note(); }
  Result<std::optional<Bytes>> File(const LogFile& file) override {
    auto content = honest_.File(file);
    if (file.path() != path_ || !content || !*content) return content;
    asked_ = true;
    return change_(**content);
  }
  Result<std::optional<Bytes>> PolicyProof(std::uint64_t version) override {
    return honest_.PolicyProof(version);
  }
  std::string name() const override { return "a liar"; }

 private:
  Source& honest_;
  std::string path_;
  Change change_;
  bool asked_ = false;
};

}  // namespace cityid::testing
