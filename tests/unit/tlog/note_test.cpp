#include "ledger/tlog/note.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::KeyNamed;
using testing::kNow;

// The example of C2SP signed-note, "Note format" and "Verifier keys".
constexpr const char* kExampleKey =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr const char* kExampleNote =
    "This is an example message.\n"
    "\n"
    "\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";

constexpr const char* kText = "example.com/log\n5\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n";

/// The code of the error; nothing if there is none.
template <class T>
std::optional<Errc> ErrorOf(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().code;
}

/// A line whose signature is `size` bytes of no meaning.
NoteSignature LineOf(const std::string& name, std::size_t size = 64) {
  return {name, NoteKey{name, NoteKeyType::kEd25519, {}}.id(), Bytes(size, 0x55)};
}

std::string NoteWith(const std::string& lines) { return std::string(kText) + "\n" + lines; }

NoteKey KeyOf(const std::string& name, NoteKeyType type) {
  return {name, type, KeyNamed(name).public_key()};
}

/// A cosignature of `time` as tlog-cosignature has it, whatever `CosignNote` would do.
NoteSignature RawCosignature(const std::string& name, std::uint64_t time) {
  const std::string message = "cosignature/v1\ntime " + std::to_string(time) + "\n" + kText;
  const Signature signature = KeyNamed(name).Sign(AsBytes(message));
  NoteSignature line{name, KeyOf(name, NoteKeyType::kCosignature).id(), Bytes(8)};
  for (std::size_t i = 0; i < 8; ++i) {
    line.signature[i] = static_cast<std::uint8_t>(time >> (56 - 8 * i));
  }
  line.signature.insert(line.signature.end(), signature.data(), signature.data() + 64);
  return line;
}

TEST(NoteKey, OfThePublishedExampleIsReadAndWrittenAgain) {
  const auto key = NoteKey::Parse(kExampleKey);
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_EQ(key->name, "example.com/foo");
  EXPECT_EQ(key->type, NoteKeyType::kEd25519);
  EXPECT_EQ(Hex(key->id()), "530d903a");
  EXPECT_EQ(key->vkey(), kExampleKey);
}

TEST(NoteKey, RoundTripsForBothTypesAndWithPlusInTheBase64) {
  bool plus = false;
  for (int i = 0; i < 40; ++i) {
    for (const auto type : {NoteKeyType::kEd25519, NoteKeyType::kCosignature}) {
      const NoteKey key = KeyOf("witness-" + std::to_string(i) + ".example", type);
      const std::string vkey = key.vkey();
      plus |= std::ranges::count(vkey, '+') > 2;
      const auto parsed = NoteKey::Parse(vkey);
      ASSERT_TRUE(parsed) << vkey;
      EXPECT_EQ(*parsed, key);
    }
  }
  EXPECT_TRUE(plus);
}

TEST(NoteKey, HasAnotherIdForEachTypeAndName) {
  const PublicKey key = KeyNamed("one").public_key();
  const NoteKeyId id = NoteKey{"a", NoteKeyType::kEd25519, key}.id();
  EXPECT_NE(id, (NoteKey{"a", NoteKeyType::kCosignature, key}.id()));
  EXPECT_NE(id, (NoteKey{"b", NoteKeyType::kEd25519, key}.id()));
}

TEST(NoteKey, RefusesAnIdThatIsNotItsKeys) {
  std::string vkey = kExampleKey;
  vkey[vkey.find('+') + 1] = '4';
  EXPECT_EQ(ErrorOf(NoteKey::Parse(vkey)), Errc::kMalformed);
}

TEST(NoteKey, RefusesAnIdInUpperCase) {
  std::string vkey = kExampleKey;
  vkey.replace(vkey.find("530d903a"), 8, "530D903A");
  EXPECT_EQ(ErrorOf(NoteKey::Parse(vkey)), Errc::kMalformed);
}

TEST(NoteKey, OfAnotherTypeIsUnsupported) {
  Bytes material(33, 0x11);
  material[0] = 0x02;
  EXPECT_EQ(ErrorOf(NoteKey::Parse("a+00000000+" + Base64(material))), Errc::kUnsupported);
}

TEST(NoteKey, OfAnotherTypeHasAnIdAllTheSame) {
  Bytes material(33, 0x11);
  material[0] = 0x02;
  for (const char* id : {"", "0000000", "000000000", "0000000x"})
    EXPECT_EQ(ErrorOf(NoteKey::Parse(std::string("a+") + id + "+" + Base64(material))),
              Errc::kMalformed)
        << id;
}

TEST(NoteKey, RefusesKeysThatAreNot32Bytes) {
  for (const std::size_t size : {1U, 32U, 34U}) {
    Bytes material(size, 0x11);
    material[0] = 0x01;
    const Sha256Hash hash = Sha256({AsBytes("a\n"), material});
    const std::string vkey = "a+" + Hex(hash.view().first(4)) + "+" + Base64(material);
    EXPECT_EQ(ErrorOf(NoteKey::Parse(vkey)), Errc::kMalformed) << size;
  }
}

TEST(NoteKey, RefusesWhatIsNotThreeParts) {
  for (const char* vkey : {"", "+", "++", "a", "a+530d903a", "a+530d903a+", "+530d903a+AQ=="})
    EXPECT_EQ(ErrorOf(NoteKey::Parse(vkey)), Errc::kMalformed) << vkey;
}

TEST(NoteKey, RefusesNamesWithSpacesOrControlCharacters) {
  for (const char* name : {"a b", " a", "a\tb", "a\nb", "a\x7F"}) {
    EXPECT_EQ(ErrorOf(NoteKey::Parse(KeyOf(name, NoteKeyType::kEd25519).vkey())), Errc::kMalformed)
        << name;
  }
}

TEST(NoteKey, RefusesBase64WithoutItsCanonicalForm) {
  // 33 bytes need no padding: whitespace, a missing character and the URL alphabet are what is
  // left.
  const std::string vkey = kExampleKey;
  EXPECT_EQ(ErrorOf(NoteKey::Parse(vkey + "\n")), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(NoteKey::Parse(vkey + "=")), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(NoteKey::Parse(vkey.substr(0, vkey.size() - 1))), Errc::kMalformed);
  std::string url = vkey;
  url.back() = '-';
  EXPECT_EQ(ErrorOf(NoteKey::Parse(url)), Errc::kMalformed);
}

TEST(ParseNote, ReadsThePublishedExampleAndItsSignatureVerifies) {
  const auto note = ParseNote(kExampleNote);
  ASSERT_TRUE(note) << note.error().detail;
  EXPECT_EQ(note->text, "This is an example message.\n");
  ASSERT_EQ(note->signatures.size(), 1U);
  const NoteKey key = *NoteKey::Parse(kExampleKey);
  ASSERT_TRUE(IsBy(note->signatures[0], key));
  EXPECT_TRUE(VerifyNoteSignature(note->text, note->signatures[0], key));
  EXPECT_EQ(WriteNote(*note), kExampleNote);
}

TEST(ParseNote, OfAnyWrittenNoteGivesTheNote) {
  Note note{"one line\n\nand more after an empty one\n", {}};
  for (std::size_t i = 0; i < kMaxNoteSignatures; ++i) {
    note.signatures.push_back(LineOf("key-" + std::to_string(i), 1 + i * 9));
    const auto parsed = ParseNote(WriteNote(note));
    ASSERT_TRUE(parsed) << parsed.error().detail;
    EXPECT_EQ(*parsed, note);
  }
}

TEST(ParseNote, TakesTheLastEmptyLineForTheEndOfTheText) {
  const std::string inner = NoteWith(WriteSignatureLine(LineOf("inner")));
  const auto note = ParseNote(inner + "\n" + WriteSignatureLine(LineOf("outer")));
  ASSERT_TRUE(note);
  EXPECT_EQ(note->text, inner);
  ASSERT_EQ(note->signatures.size(), 1U);
  EXPECT_EQ(note->signatures[0].name, "outer");
}

TEST(ParseNote, CarriesLinesOfKeysAndTypesItDoesNotKnow) {
  const auto note =
      ParseNote(NoteWith(WriteSignatureLine(LineOf("somebody.example/\u57CE", 1000))));
  ASSERT_TRUE(note);
  EXPECT_EQ(note->signatures[0].signature.size(), 1000U);
}

TEST(ParseNote, RefusesAnEndWithoutNewline) {
  const std::string note = kExampleNote;
  EXPECT_EQ(ErrorOf(ParseNote(note.substr(0, note.size() - 1))), Errc::kMalformed);
}

TEST(ParseNote, RefusesATextWithoutSignatures) {
  EXPECT_EQ(ErrorOf(ParseNote(kText)), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(ParseNote(NoteWith(""))), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(ParseNote("")), Errc::kMalformed);
}

TEST(ParseNote, RefusesSignaturesWithoutAText) {
  const std::string line = WriteSignatureLine(LineOf("a"));
  EXPECT_EQ(ErrorOf(ParseNote(line)), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(ParseNote("\n" + line)), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(ParseNote("\n\n" + line)), Errc::kMalformed);
}

TEST(ParseNote, RefusesAnEmptyLineAfterTheSignatures) {
  EXPECT_EQ(ErrorOf(ParseNote(std::string(kExampleNote) + "\n")), Errc::kMalformed);
}

TEST(ParseNote, RefusesControlCharactersAnywhere) {
  const std::string note = kExampleNote;
  for (const char c : {'\0', '\t', '\r', '\x1B', '\x1F'}) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{4}, note.find("foo"), note.size() - 1})
      EXPECT_EQ(ErrorOf(ParseNote(std::string(note).insert(at, 1, c))), Errc::kMalformed) << at;
  }
}

TEST(ParseNote, RefusesWhatIsNotUtf8InTextAndNames) {
  const std::string note = kExampleNote;
  for (const char* bad : {"\xFF", "\xC0\xAF", "\xED\xA0\x80", "\xE4\xB8"}) {
    EXPECT_EQ(ErrorOf(ParseNote(bad + note)), Errc::kMalformed);
    EXPECT_EQ(ErrorOf(ParseNote(std::string(note).insert(note.find("/foo"), bad))),
              Errc::kMalformed);
  }
}

TEST(ParseNote, RefusesBase64WithUnusedBitsSet) {
  std::string note = kExampleNote;
  note[note.find("yaQM=") + 3] = 'N';  // M with one of the two bits that are cut off
  EXPECT_EQ(ErrorOf(ParseNote(note)), Errc::kMalformed);
}

TEST(ParseNote, RefusesBase64WithoutPadding) {
  std::string note = kExampleNote;
  note.erase(note.rfind('='), 1);
  EXPECT_EQ(ErrorOf(ParseNote(note)), Errc::kMalformed);
}

TEST(ParseNote, RefusesASignatureThatIsNoMoreThanAnId) {
  EXPECT_EQ(ErrorOf(ParseNote(NoteWith(WriteSignatureLine(LineOf("a", 0))))), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(ParseNote(NoteWith("\u2014 a \n"))), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(ParseNote(NoteWith("\u2014 a AAA=\n"))), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(ParseNote(NoteWith("\u2014 a\n"))), Errc::kMalformed);
}

TEST(ParseNote, RefusesLinesWithoutTheDash) {
  const std::string line = WriteSignatureLine(LineOf("a"));
  EXPECT_EQ(ErrorOf(ParseNote(NoteWith("-" + line.substr(3)))), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(ParseNote(NoteWith(" " + line))), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(ParseNote(NoteWith(line + "a comment\n"))), Errc::kMalformed);
}

TEST(ParseNote, RefusesNamesThatAreEmptyOrHaveAPlusOrASpace) {
  for (const char* name : {"", "a+b", "+", "a b", " a"})
    EXPECT_EQ(ErrorOf(ParseNote(NoteWith(WriteSignatureLine(LineOf(name))))), Errc::kMalformed)
        << name;
}

TEST(ParseNote, TakesTwoLinesOfOneKeyWhichNobodyMayKnow) {
  const std::string line = WriteSignatureLine(LineOf("a"));
  EXPECT_EQ(ParseNote(NoteWith(line + line))->signatures.size(), 2U);
}

TEST(ParseNote, TakesTwoKeysOfOneName) {
  NoteSignature second = LineOf("a");
  second.id.data()[0] ^= 1;
  EXPECT_TRUE(ParseNote(NoteWith(WriteSignatureLine(LineOf("a")) + WriteSignatureLine(second))));
}

TEST(ParseNote, TakesSixtyFourLinesAndNoMore) {
  std::string note = NoteWith("");
  for (int i = 0; i < 64; ++i) note += WriteSignatureLine(LineOf("key-" + std::to_string(i)));
  ASSERT_TRUE(ParseNote(note));
  EXPECT_EQ(ErrorOf(ParseNote(note + WriteSignatureLine(LineOf("key-64")))), Errc::kTooLarge);
}

TEST(ParseNote, TakesLinesOfEightKibibytesAndNoByteMore) {
  // The dash and a blank, the name and a blank, and base 64 of a whole number of three bytes.
  const std::size_t size = (kMaxNoteLine - 4 - 4) / 4 * 3 - 4;
  std::string name(4 + (kMaxNoteLine - 4) % 4 - 1, 'a');
  const std::string line = WriteSignatureLine(LineOf(name, size));
  ASSERT_EQ(line.size(), kMaxNoteLine + 1) << "with its end";
  EXPECT_TRUE(ParseNote(NoteWith(line)));
  EXPECT_EQ(ErrorOf(ParseNote(NoteWith(WriteSignatureLine(LineOf(name + "a", size))))),
            Errc::kTooLarge);
}

TEST(ParseNote, TakesSixteenSignaturesAsLargeAsThoseAfterQuantumComputers) {
  std::string note = NoteWith("");
  // ML-DSA-44 has 2,420 bytes and a time.
  for (int i = 0; i < 16; ++i) note += WriteSignatureLine(LineOf("k" + std::to_string(i), 2'428));
  EXPECT_TRUE(ParseNote(note));
}

TEST(ParseNote, TakesSixtyFourKibibytesAndNoByteMore) {
  const std::string note = kExampleNote;
  const std::string filled = std::string(kMaxNote - note.size(), 'x') + note;
  ASSERT_EQ(filled.size(), 65536U);
  EXPECT_TRUE(ParseNote(filled));
  EXPECT_EQ(ErrorOf(ParseNote("x" + filled)), Errc::kTooLarge);
}

TEST(ReadableLines, AreThoseThatWereWritten) {
  const std::string lines =
      WriteSignatureLine(LineOf("a")) + WriteSignatureLine(LineOf("b.example/\u57CE", 72));
  EXPECT_EQ(ReadableLines(lines), (std::vector{LineOf("a"), LineOf("b.example/\u57CE", 72)}));
  EXPECT_TRUE(ReadableLines("").empty());
}

TEST(ReadableLines, AreNotHiddenByOthers) {
  const std::string good = WriteSignatureLine(LineOf("a"));
  for (const std::string& other :
       {std::string("\n"), std::string("a comment\n"), std::string("\u2014 b !\n"),
        std::string("\u2014 b AAAA\n"), WriteSignatureLine(LineOf("a\xFF")),
        WriteSignatureLine(LineOf("b", 10'000))}) {
    EXPECT_EQ(ReadableLines(other + good + other), (std::vector{LineOf("a")})) << other;
  }
  EXPECT_EQ(ReadableLines(good + good.substr(0, good.size() - 1)), (std::vector{LineOf("a")}));
}

TEST(ReadableLines, AreSoughtInSixtyFourLines) {
  std::string lines;
  for (int i = 0; i < 63; ++i) lines += "other\n";
  const std::string good = WriteSignatureLine(LineOf("a"));
  EXPECT_EQ(ReadableLines(lines + good + good).size(), 1U);
  EXPECT_TRUE(ReadableLines(lines + "other\n" + good).empty());
}

TEST(FindLine, IsTheOneLineOfAKey) {
  const NoteKey key = KeyOf("a", NoteKeyType::kEd25519);
  const NoteSignature line{"a", key.id(), Bytes(64)};
  EXPECT_EQ(*FindLine({"text\n", {LineOf("b")}}, key), nullptr);
  const Note note{"text\n", {LineOf("b"), line, LineOf("b")}};
  EXPECT_EQ(**FindLine(note, key), line);
  EXPECT_EQ(ErrorOf(FindLine({"text\n", {line, line}}, key)), Errc::kMalformed);
}

TEST(Checkpoint, IsWrittenAsTlogCheckpointHasItAndReadAgain) {
  const Checkpoint checkpoint{"example.com/log", TreeSize{5}, *RootHash::From(Bytes(32, 0xAA))};
  EXPECT_EQ(checkpoint.text(), kText);
  const auto parsed = Checkpoint::Parse(kText);
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(*parsed, checkpoint);
}

std::optional<Errc> ErrorOfSize(const std::string& size) {
  return ErrorOf(Checkpoint::Parse("example.com/log\n" + size + "\n" + Base64(Bytes(32)) + "\n"));
}

TEST(Checkpoint, TakesSizesFrom0To63Bits) {
  EXPECT_EQ(ErrorOfSize("0"), std::nullopt);
  EXPECT_EQ(ErrorOfSize("9223372036854775807"), std::nullopt);
}

TEST(Checkpoint, RefusesSizesThatAreNotCanonical) {
  for (const char* size : {"", "01", "00", "+1", "-1", " 1", "1 ", "1x", "0x1", "1.0", "\u0661"})
    EXPECT_EQ(ErrorOfSize(size), Errc::kMalformed) << size;
}

TEST(Checkpoint, RefusesSizesThatAreTooLarge) {
  for (const char* size : {"9223372036854775808", "9999999999999999999", "18446744073709551616",
                           "100000000000000000000"})
    EXPECT_EQ(ErrorOfSize(size), Errc::kMalformed) << size;
}

TEST(Checkpoint, RefusesRootsThatAreNot32Bytes) {
  for (const std::size_t size : {0U, 31U, 33U}) {
    EXPECT_EQ(ErrorOf(Checkpoint::Parse("a\n1\n" + Base64(Bytes(size)) + "\n")), Errc::kMalformed)
        << size;
  }
}

TEST(Checkpoint, RefusesARootThatIsNotCanonicalBase64) {
  std::string text = kText;
  text[text.find("qo=") + 1] = 'p';
  EXPECT_EQ(ErrorOf(Checkpoint::Parse(text)), Errc::kMalformed);
}

TEST(Checkpoint, MayHaveExtensionLinesWhichStayInTheNote) {
  const std::string text = std::string(kText) + "extension 1\n\u57CE\n";
  const auto parsed = Checkpoint::Parse(text);
  ASSERT_TRUE(parsed) << parsed.error().detail;
  EXPECT_EQ(parsed->text(), kText);
  const SecretKey key = KeyNamed("log");
  const std::string bytes = WriteNote({text, {SignNote(text, "log", key)}});
  const auto note = ParseNote(bytes);
  ASSERT_TRUE(note);
  EXPECT_EQ(note->text, text);
  EXPECT_EQ(WriteNote(*note), bytes);
  const NoteKey note_key = KeyOf("log", NoteKeyType::kEd25519);
  EXPECT_TRUE(VerifyNoteSignature(note->text, note->signatures[0], note_key));
  EXPECT_EQ(ErrorOf(VerifyNoteSignature(parsed->text(), note->signatures[0], note_key)),
            Errc::kForged);
}

TEST(Checkpoint, RefusesEmptyLines) {
  const std::string text = kText;
  EXPECT_EQ(ErrorOf(Checkpoint::Parse(text + "\n")), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(Checkpoint::Parse(text + "\nextension\n")), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(Checkpoint::Parse("\n" + text)), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(Checkpoint::Parse(text.substr(text.find('\n')))), Errc::kMalformed);
}

TEST(Checkpoint, RefusesMissingLinesAndAMissingEnd) {
  for (const char* text : {"", "a\n", "a\n1\n", "a\n1"})
    EXPECT_EQ(ErrorOf(Checkpoint::Parse(text)), Errc::kMalformed) << text;
  const std::string text = kText;
  EXPECT_EQ(ErrorOf(Checkpoint::Parse(text.substr(0, text.size() - 1))), Errc::kMalformed);
  EXPECT_EQ(ErrorOf(Checkpoint::Parse(text + "extension")), Errc::kMalformed);
}

TEST(SignNote, VerifiesForItsTextAndKeyOnly) {
  const NoteKey key = KeyOf("log", NoteKeyType::kEd25519);
  const NoteSignature line = SignNote(kText, "log", KeyNamed("log"));
  ASSERT_TRUE(IsBy(line, key));
  EXPECT_EQ(line.signature.size(), 64U);
  EXPECT_TRUE(VerifyNoteSignature(kText, line, key));
  EXPECT_EQ(ErrorOf(VerifyNoteSignature(std::string(kText) + "x\n", line, key)), Errc::kForged);
  const NoteKey other{"log", NoteKeyType::kEd25519, KeyNamed("other").public_key()};
  EXPECT_FALSE(IsBy(line, other));
  EXPECT_EQ(ErrorOf(VerifyNoteSignature(kText, line, other)), Errc::kForged);
}

TEST(CosignNote, SignsTheMessageOfTlogCosignature) {
  EXPECT_EQ(CosignNote(kText, "witness", KeyNamed("witness"), kNow),
            RawCosignature("witness", 1'800'000'000));
}

TEST(CosignNote, VerifiesAndGivesItsTime) {
  const NoteKey key = KeyOf("witness", NoteKeyType::kCosignature);
  const NoteSignature line = CosignNote(kText, "witness", KeyNamed("witness"), kNow);
  ASSERT_TRUE(IsBy(line, key));
  const auto time = VerifyNoteSignature(kText, line, key);
  ASSERT_TRUE(time);
  EXPECT_EQ(*time, kNow);
  EXPECT_EQ(ErrorOf(VerifyNoteSignature(std::string(kText) + "x\n", line, key)), Errc::kForged);
}

TEST(VerifyNoteSignature, RefusesEverySingleBitFlipOfACosignature) {
  const NoteKey key = KeyOf("witness", NoteKeyType::kCosignature);
  const NoteSignature line = CosignNote(kText, "witness", KeyNamed("witness"), kNow);
  for (std::size_t bit = 0; bit < line.signature.size() * 8; ++bit) {
    NoteSignature flipped = line;
    flipped.signature[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_EQ(ErrorOf(VerifyNoteSignature(kText, flipped, key)), Errc::kForged) << bit;
  }
}

TEST(VerifyNoteSignature, RefusesACosignatureOfTime0) {
  const NoteKey key = KeyOf("witness", NoteKeyType::kCosignature);
  EXPECT_EQ(ErrorOf(VerifyNoteSignature(kText, RawCosignature("witness", 0), key)), Errc::kForged);
  EXPECT_TRUE(VerifyNoteSignature(kText, RawCosignature("witness", 1), key));
}

TEST(VerifyNoteSignature, RefusesACosignatureOfATimeOver63Bits) {
  const NoteKey key = KeyOf("witness", NoteKeyType::kCosignature);
  const auto last = VerifyNoteSignature(kText, RawCosignature("witness", INT64_MAX), key);
  ASSERT_TRUE(last);
  EXPECT_EQ(*last, sys_seconds(seconds(INT64_MAX)));
  for (const std::uint64_t time : {std::uint64_t{1} << 63, UINT64_MAX}) {
    EXPECT_EQ(ErrorOf(VerifyNoteSignature(kText, RawCosignature("witness", time), key)),
              Errc::kForged);
  }
}

TEST(VerifyNoteSignature, RefusesSignaturesOfAnotherLength) {
  const NoteSignature whole = RawCosignature("witness", 7);
  const NoteKey witness = KeyOf("witness", NoteKeyType::kCosignature);
  for (const std::size_t size : {1U, 8U, 64U, 71U, 73U}) {
    NoteSignature line = whole;
    line.signature.resize(size);
    EXPECT_EQ(ErrorOf(VerifyNoteSignature(kText, line, witness)), Errc::kForged) << size;
  }
  const NoteKey log = KeyOf("log", NoteKeyType::kEd25519);
  for (const std::size_t size : {1U, 63U, 65U, 72U}) {
    NoteSignature line = SignNote(kText, "log", KeyNamed("log"));
    line.signature.resize(size);
    EXPECT_EQ(ErrorOf(VerifyNoteSignature(kText, line, log)), Errc::kForged) << size;
  }
}

TEST(VerifyNoteSignature, RefusesAKeyOfOneTypeUsedAsTheOther) {
  const NoteKey log = KeyOf("both", NoteKeyType::kEd25519);
  const NoteKey witness = KeyOf("both", NoteKeyType::kCosignature);
  NoteSignature signed_line = SignNote(kText, "both", KeyNamed("both"));
  NoteSignature cosigned_line = CosignNote(kText, "both", KeyNamed("both"), kNow);
  EXPECT_FALSE(IsBy(signed_line, witness));
  EXPECT_FALSE(IsBy(cosigned_line, log));
  std::swap(signed_line.id, cosigned_line.id);
  ASSERT_TRUE(IsBy(signed_line, witness));
  EXPECT_EQ(ErrorOf(VerifyNoteSignature(kText, signed_line, witness)), Errc::kForged);
  EXPECT_EQ(ErrorOf(VerifyNoteSignature(kText, cosigned_line, log)), Errc::kForged);
}

}  // namespace
}  // namespace cityid
