// A state in memory: the reference for other implementations.
#pragma once

#include <map>
#include <vector>

#include "ledger/state/state.h"

namespace cityid {

class MemoryState : public State {
 public:
  Result<std::optional<ByteView>> Get(ByteView key) const override {
    const auto found = values_.find(ToBytes(key));
    if (found == values_.end()) return std::optional<ByteView>();
    return std::optional<ByteView>(found->second);
  }
  Result<ByteView> Entry(Index index) const override {
    if (index.value >= entries_.size()) return Error{Errc::kCorrupt, "ledger: entry is missing"};
    return ByteView(entries_[index.value]);
  }

  void Put(ByteView key, ByteView value) { values_[ToBytes(key)] = ToBytes(value); }
  void AddEntry(ByteView entry) { entries_.push_back(ToBytes(entry)); }
  const std::map<Bytes, Bytes>& values() const { return values_; }
  std::size_t size() const { return entries_.size(); }

 private:
  std::map<Bytes, Bytes> values_;
  std::vector<Bytes> entries_;
};

}  // namespace cityid
