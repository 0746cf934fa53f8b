// Seals against those of an independent implementation (tests/vectors/make_seals.py).
#include <gtest/gtest.h>

#include "codec/seal/seal.h"
#include "tests/unit/codec/vector_file.h"

namespace cityid {
namespace {

std::string Edited(std::string file, const nlohmann::json& edits) {
  for (const auto& edit : edits) {
    const int at = edit["at"].get<int>();
    const Bytes put = *FromHex(TextOf(edit["hex"]));
    file.replace(at < 0 ? file.size() : static_cast<std::size_t>(at),
                 edit["cut"].get<std::size_t>(), std::string(AsText(put)));
  }
  return file;
}

TEST(SealVectors, AreFoundInTheStatesThatTheyHave) {
  const nlohmann::json vectors = ReadVectors("seals.json");
  ASSERT_GE(vectors["vectors"].size(), 28U);
  for (const auto& vector : vectors["vectors"]) {
    SCOPED_TRACE(TextOf(vector["name"]));
    const std::string file =
        Edited(TextOf(vectors["files"][TextOf(vector["file"])]), vector["edits"]);
    const FoundSeals found = FindSeals(AsBytes(file));
    EXPECT_EQ(found.more, vector["more"].get<bool>());
    ASSERT_EQ(found.seals.size(), vector["seals"].size());
    for (std::size_t i = 0; i < found.seals.size(); ++i) {
      EXPECT_EQ(Name(found.seals[i].state), TextOf(vector["seals"][i]["state"]));
      EXPECT_EQ(found.seals[i].added, vector["seals"][i]["added"].get<std::uint64_t>());
      EXPECT_EQ(found.seals[i].why.empty(), found.seals[i].state != SealState::kChanged);
    }
  }
}

}  // namespace
}  // namespace cityid
