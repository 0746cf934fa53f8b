// What the tests of trust begin with: trust files, policies, and notes with cosignatures.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "ledger/proof/trust.h"
#include "tests/world/consortium.h"

namespace cityid::testing {

using std::chrono::seconds;

inline constexpr const char* kOrigin = "id.example.cn/ledger";

/// The code of the error; nothing if there is none.
template <class T>
inline std::optional<Errc> ErrorOf(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().code;
}

/// The witness key of an institute of `Consortium`, and of anybody who is called so.
inline SecretKey WitnessKey(const std::string& name) { return KeyNamed(name + " witness"); }

inline std::string LogKey(const std::string& origin = kOrigin, const std::string& key = "log") {
  return NoteKey{origin, NoteKeyType::kEd25519, KeyNamed(key).public_key()}.vkey();
}
inline std::string WitnessVkey(const std::string& name) {
  return NoteKey{name, NoteKeyType::kCosignature, WitnessKey(name).public_key()}.vkey();
}
inline std::string WitnessLine(const std::string& name) {
  return "witness " + name + " " + WitnessVkey(name) + "\n";
}

/// A log and the witnesses a, b, c and d.
inline std::string Known() {
  return "log " + LogKey() + "\n" + WitnessLine("a") + WitnessLine("b") + WitnessLine("c") +
         WitnessLine("d");
}

inline std::string TextOf(const std::string& origin = kOrigin) {
  return Checkpoint{origin, TreeSize{5}, *RootHash::From(Bytes(32, 0xAA))}.text();
}

/// A name, and when it cosigned, in seconds before `kNow`.
struct Cosigner {
  std::string name;
  int age = 0;
};

inline std::string Cosigned(const std::vector<Cosigner>& cosigners,
                            const std::string& text = TextOf()) {
  Note note{text, {SignNote(text, kOrigin, KeyNamed("log"))}};
  for (const auto& [name, age] : cosigners)
    note.signatures.push_back(CosignNote(text, name, WitnessKey(name), kNow - seconds(age)));
  return WriteNote(note);
}

inline std::string Institute(int i) { return "institute-" + std::to_string(i) + ".example"; }

/// Two of three institutes.
inline Policy InstitutesOnly() { return Consortium().policy(); }

/// The same, and `quorum` of the outside witnesses out-0 to out-2.
inline Policy WithOutside(std::uint8_t quorum) {
  Policy policy = InstitutesOnly();
  for (int i = 0; i < 3; ++i) {
    const std::string name = "out-" + std::to_string(i);
    policy.witnesses.push_back({name, WitnessKey(name).public_key()});
  }
  policy.witness_quorum = quorum;
  return policy;
}

inline Trust Consortiums() { return Trust::Of(kOrigin, InstitutesOnly()); }

/// How fresh a note is by a trust file, in seconds before `kNow`; nothing if there is no quorum.
inline std::optional<int> AgeBy(const std::string& trust, const std::vector<Cosigner>& cosigners) {
  const auto parsed = Trust::Parse(trust);
  if (!parsed) {
    ADD_FAILURE() << parsed.error().detail;
    return std::nullopt;
  }
  const auto opened = parsed->Open(Cosigned(cosigners), kNow);
  if (!opened) {
    EXPECT_EQ(opened.error().code, Errc::kRefused) << opened.error().detail;
    return std::nullopt;
  }
  return static_cast<int>((kNow - opened->time).count());
}

}  // namespace cityid::testing
