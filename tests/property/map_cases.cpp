// Random state maps with proofs of them, a JSON object a line, for tests/independent/naive_map.py:
// map_cases SEED COUNT
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/property/random_map.h"
#include "tests/world/key_proof.h"

namespace cityid {
namespace {

std::string Quoted(ByteView bytes) { return "\"" + Hex(bytes) + "\""; }

std::string CaseOf(testing::RandomPairs& random) {
  testing::MemoryMap map;
  // In a few batches, as a ledger writes it.
  for (std::size_t left = random.Below(5); left > 0; --left) {
    const std::size_t size = random.Below(5) == 0 ? 30 + random.Below(90) : random.Below(6);
    if (!map.Put(random.Batch(size, map.values))) std::abort();
  }
  const auto any_key = [&] {
    return !map.values.empty() && random.Below(2) == 0 ? random.Any(map.values).first
                                                       : random.Key(map.values);
  };
  const Bytes key = any_key();
  std::vector<Bytes> keys(random.Below(8));
  for (Bytes& wanted : keys) wanted = any_key();
  std::vector<Bytes> ranges(random.Below(4));
  for (Bytes& start : ranges) {
    start = any_key();
    start.resize(random.Below(start.size() + 1));
  }

  std::string json = "{\"pairs\":[";
  for (const auto& [name, value] : map.values) {
    if (json.back() != '[') json += ",";
    json += "[" + Quoted(name) + "," + Quoted(value) + "]";
  }
  json += "],\"root\":" + Quoted(map.root.view()) + ",\"key\":" + Quoted(key);
  const auto found = map.values.find(key);
  json += ",\"value\":" + (found == map.values.end() ? "null" : Quoted(found->second));
  json += ",\"proof\":" + Quoted(*testing::ProveKey(map, map.root, key)) + ",\"keys\":[";
  for (const Bytes& wanted : keys) {
    if (json.back() != '[') json += ",";
    json += Quoted(wanted);
  }
  json += "],\"ranges\":[";
  for (const Bytes& start : ranges) {
    if (json.back() != '[') json += ",";
    json += Quoted(start);
  }
  return json + "],\"partial\":" + Quoted(*ProveKeys(map, map.root, keys, ranges)) + "}";
}

}  // namespace
}  // namespace cityid

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: map_cases SEED COUNT\n", stderr);
    return 2;
  }
  cityid::testing::RandomPairs random(std::strtoull(argv[1], nullptr, 10));
  for (long left = std::strtol(argv[2], nullptr, 10); left > 0; --left)
    std::puts(cityid::CaseOf(random).c_str());
  return 0;
}
