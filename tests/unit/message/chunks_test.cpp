#include "resolver/message/chunks.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

using Step = ChunkReader::Step;

struct Outcome {
  Step step;
  std::string body;
  std::string rest;  ///< what was not taken
};

Outcome Read(std::string_view bytes, std::size_t most = 100) {
  ChunkReader reader;
  std::string body;
  const Step step = reader.Read(bytes, body, most);
  return {step, body, std::string(bytes)};
}

TEST(ChunkReader, PutsChunksTogetherAndLeavesWhatFollows) {
  const Outcome outcome = Read("5\r\nhello\r\nA\r\n, world!..\r\n0\r\n\r\nGET");
  EXPECT_EQ(outcome.step, Step::kDone);
  EXPECT_EQ(outcome.body, "hello, world!..");
  EXPECT_EQ(outcome.rest, "GET");
}

TEST(ChunkReader, IgnoresExtensionsAndTrailers) {
  for (const char* bytes :
       {"2;a\r\nhi\r\n0\r\n\r\n", "2;a=\"b;c\"\r\nhi\r\n0;d\r\n\r\n",
        "2\r\nhi\r\n0\r\nX: y\r\n\r\n",
        "2\r\nhi\r\n0\r\nX: y\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n", "02\r\nhi\r\n000\r\n\r\n"}) {
    const Outcome outcome = Read(bytes);
    EXPECT_EQ(outcome.step, Step::kDone) << bytes;
    EXPECT_EQ(outcome.body, "hi") << bytes;
    EXPECT_EQ(outcome.rest, "") << bytes;
  }
}

TEST(ChunkReader, TakesBytesHoweverTheyAreCut) {
  const std::string bytes = "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n";
  ChunkReader reader;
  std::string body, pending;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    pending += bytes[i];
    std::string_view rest = pending;
    const Step step = reader.Read(rest, body, 6);
    pending.erase(0, pending.size() - rest.size());
    EXPECT_EQ(step, i + 1 < bytes.size() ? Step::kNeedMore : Step::kDone) << i;
  }
  EXPECT_EQ(body, "hello!");
  EXPECT_TRUE(reader.done());
}

TEST(ChunkReader, RefusesWhatReadersDisagreeAbout) {
  for (const std::string start :
       {"+2\r\n", "-2\r\n", "0x2\r\n", " 2\r\n", "2 \r\n", "2\t\r\n", "\r\n", "2\n", "2 2\r\n",
        "10000000000000002\r\n", "2;a\nb\r\n", "2;a\rb\r\n", "2;\x01\r\n", "g\r\n", "2 ;a\r\n"})
    EXPECT_EQ(Read(start + "hi\r\n0\r\n\r\n").step, Step::kMalformed) << start;
  for (const std::string end :
       {"2\r\nhi!\r\n0\r\n\r\n", "2\r\nhi\n0\r\n\r\n", "2\r\nhi\r\n0\n\n", "3\r\nhi\r\n0\r\n\r\n",
        "0\r\nContent-Length: 5\r\n\r\n", "0\r\nTransfer-Encoding: x\r\n\r\n",
        "0\r\nHOST: y\r\n\r\n", "0\r\nX: y\r\n z\r\n\r\n", "0\r\nX : y\r\n\r\n", "0\r\nX\r\n\r\n",
        "0\r\nX: y\nZ: z\r\n\r\n", "0\r\n: y\r\n\r\n"})
    EXPECT_EQ(Read(end).step, Step::kMalformed) << end;
}

TEST(ChunkReader, IsBounded) {
  EXPECT_EQ(Read("5\r\nhello\r\n0\r\n\r\n", 5).step, Step::kDone);
  EXPECT_EQ(Read("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", 5).step, Step::kTooLarge);
  EXPECT_EQ(Read("de0b6b3a7640000\r\nhello").step, Step::kTooLarge);
  EXPECT_EQ(Read("1;" + std::string(5000, 'a') + "\r\n").step, Step::kTooLarge);
  std::string chunks, trailers = "0\r\n";
  for (int i = 0; i < 90; ++i) {
    chunks += "1;" + std::string(50, 'a') + "\r\nx\r\n";
    trailers += "X: " + std::string(50, 'a') + "\r\n";
  }
  EXPECT_EQ(Read(chunks).step, Step::kTooLarge) << "of extensions altogether";
  EXPECT_EQ(Read(trailers).step, Step::kTooLarge);
}

}  // namespace
}  // namespace cityid
