#include "codec/picture/frames.h"

#include <gtest/gtest.h>

#include <random>

namespace cityid {
namespace {

const PictureCorners kCorners{PicturePoint{-3, 4}, {100, 5}, {101, 106}, {2, 105}};

std::vector<PictureFrame> SomeFrames() {
  return {PictureSize{640, 480, 2},
          PictureSymbol{SymbolFormat::kAztec, Bytes{0, 1, 255}, kCorners},
          UnreadRegion{kCorners}, PictureTrouble::kCutOff, PictureDone{}};
}

Bytes Written(const std::vector<PictureFrame>& frames) {
  Bytes stream;
  for (const PictureFrame& frame : frames) Append(stream, WriteFrame(frame));
  return stream;
}

/// Returns the result of a whole stream, or the error at which it ended.
Result<PictureAnswer> AnswerOf(ByteView stream, std::size_t piece) {
  FrameReader frames;
  PictureAnswer answer;
  while (!stream.empty()) {
    const std::size_t size = std::min(piece, stream.size());
    frames.Feed(stream.first(size));
    stream = stream.subspan(size);
    while (true) {
      auto frame = frames.Next();
      if (!frame) return frame.error();
      if (!*frame) break;
      if (auto taken = answer.Take(**std::move(frame), {}); !taken) return taken.error();
    }
  }
  return answer;
}

Errc CodeOf(const std::vector<PictureFrame>& frames) {
  return AnswerOf(Written(frames), 1000).error().code;
}

TEST(FrameReader, PutsAnAnswerTogetherFromPiecesOfAnySize) {
  const Bytes stream = Written(SomeFrames());
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    auto answer = AnswerOf(stream, piece);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_TRUE(answer->finished());
    const PictureResult& result = answer->result();
    EXPECT_EQ(std::tuple(result.width, result.height, result.reduced), std::tuple(640, 480, 2));
    ASSERT_EQ(result.symbols.size(), 1U);
    EXPECT_EQ(result.symbols[0], std::get<PictureSymbol>(SomeFrames()[1]));
    EXPECT_EQ(result.unread, std::vector{kCorners});
    EXPECT_EQ(result.troubles, std::vector{PictureTrouble::kCutOff});
  }
}

TEST(FrameReader, IsNotFinishedBeforeTheLastByte) {
  const Bytes stream = Written(SomeFrames());
  for (std::size_t size = 0; size < stream.size(); ++size) {
    auto answer = AnswerOf(ByteView(stream).first(size), 1000);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_FALSE(answer->finished()) << size;
  }
}

TEST(FrameReader, RefusesAFrameOverItsBoundBeforeItArrives) {
  FrameReader frames;
  frames.Feed(Bytes{2, 0, 0, 0x30, 0});
  EXPECT_EQ(frames.Next().error().code, Errc::kMalformed);
}

TEST(FrameReader, RefusesWhatNoReaderSends) {
  const auto refuses = [](Bytes bytes) {
    FrameReader frames;
    frames.Feed(bytes);
    const auto frame = frames.Next();
    return !frame && frame.error().code == Errc::kMalformed;
  };
  EXPECT_TRUE(refuses({0, 0, 0, 0, 0}));
  EXPECT_TRUE(refuses({7, 0, 0, 0, 0}));
  EXPECT_TRUE(refuses({6, 0, 0, 0, 1, 0}));
  EXPECT_TRUE(refuses({5, 0, 0, 0, 1, 0}));
  EXPECT_TRUE(refuses({5, 0, 0, 0, 1, 4}));
  // Only this side can know of these troubles.
  EXPECT_TRUE(refuses({4, 0, 0, 0, 1, static_cast<std::uint8_t>(PictureTrouble::kTooLong)}));
  EXPECT_TRUE(refuses({4, 0, 0, 0, 1, static_cast<std::uint8_t>(PictureTrouble::kReaderDied)}));
  EXPECT_TRUE(refuses({1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 9, 1}));
  EXPECT_TRUE(refuses({1, 0, 0, 0, 9, 0x7f, 0, 0, 0, 0, 0, 0, 9, 1}));
  EXPECT_TRUE(refuses({1, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 9, 3}));
  Bytes symbol = WriteFrame(SomeFrames()[1]);
  symbol[5] = 9;
  EXPECT_TRUE(refuses(symbol));
  symbol[5] = 1;
  symbol[6] = 0x40;  // a corner far away
  EXPECT_TRUE(refuses(symbol));
}

TEST(PictureAnswer, RefusesFramesOutOfPlaceAndTooMany) {
  const auto frames = SomeFrames();
  EXPECT_EQ(CodeOf({frames[1]}), Errc::kMalformed);
  EXPECT_EQ(CodeOf({PictureDone{}}), Errc::kMalformed);
  EXPECT_EQ(CodeOf({frames[0], frames[0]}), Errc::kMalformed);
  EXPECT_EQ(CodeOf({frames[0], frames[3], frames[3]}), Errc::kMalformed);
  EXPECT_EQ(CodeOf({frames[0], PictureDone{}, frames[1]}), Errc::kMalformed);
  std::vector<PictureFrame> many{frames[0]};
  for (std::size_t i = 0; i <= kMaxPictureSymbols; ++i) {
    PictureSymbol symbol = std::get<PictureSymbol>(frames[1]);
    symbol.content[0] = static_cast<std::uint8_t>(i);
    for (PicturePoint& corner : symbol.corners) corner.x += static_cast<int>(i) * 300;
    many.push_back(symbol);
  }
  EXPECT_EQ(CodeOf(many), Errc::kMalformed);
  many.pop_back();
  EXPECT_EQ(AnswerOf(Written(many), 1000)->result().symbols.size(), kMaxPictureSymbols);
  std::vector<PictureFrame> regions(kMaxPictureRegions + 2, frames[2]);
  regions[0] = frames[0];
  EXPECT_EQ(CodeOf(regions), Errc::kMalformed);
}

TEST(PictureAnswer, KeepsSymbolsWhenThePictureIsReadAgain) {
  const auto frames = SomeFrames();
  PictureAnswer answer;
  ASSERT_TRUE(answer.Take(frames[0], {}));
  ASSERT_TRUE(answer.Take(frames[1], {}));
  ASSERT_TRUE(answer.Take(frames[2], {}));
  answer.Restart();
  for (const PictureFrame& frame : frames) ASSERT_TRUE(answer.Take(frame, {}));
  EXPECT_EQ(answer.result().symbols.size(), 1U);
  EXPECT_EQ(answer.result().unread.size(), 1U);
}

TEST(FrameReader, SurvivesDamageAnywhere) {
  constexpr unsigned kSeed = 20260901;
  std::mt19937 random(kSeed);
  const Bytes stream = Written(SomeFrames());
  int refused = 0;
  for (int round = 0; round < 5000; ++round) {
    Bytes damaged = stream;
    for (int i = 0; i < 2; ++i)
      damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    refused += !AnswerOf(damaged, 1 + random() % 64).ok();
  }
  EXPECT_GT(refused, 1000) << "seed " << kSeed;
}

TEST(WriteRequestHead, LeavesOutHostsThatAreTooManyOrTooLong) {
  PictureRequest request;
  request.hosts.assign(70, "id.example.cn");
  request.hosts[0] = std::string(256, 'a');
  const Bytes head = WriteRequestHead(request, 5);
  EXPECT_EQ(head[5], 64);
  EXPECT_EQ(head.size(), 6U + 64 * 14 + 4);
}

}  // namespace
}  // namespace cityid
