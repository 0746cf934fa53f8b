#include "ledger/cosigning/release.h"

#include <algorithm>
#include <optional>

#include "codec/base64.h"
#include "codec/text.h"
#include "ledger/proof/trust.h"

namespace cityid {
namespace {

constexpr std::string_view kReleaseLine = "cityid-release 1";
constexpr std::string_view kPromiseLine = "cityid-promise 1";
constexpr std::string_view kBase = "base ";
constexpr std::string_view kKeep = "keep ";
constexpr std::string_view kGiveUp = "give-up ";
constexpr std::string_view kCosigned = "cosigned ";
constexpr std::string_view kNever = "never ";

std::string TreeLine(std::string_view word, const Checkpoint& tree) {
  return std::string(word) + std::to_string(tree.size.value) + " " + Base64(tree.root.view()) +
         "\n";
}

/// Parses a line of `TreeLine`; nothing if it begins with another word or is malformed.
std::optional<Checkpoint> ReadTree(std::string_view line, std::string_view word,
                                   std::string_view origin) {
  if (!line.starts_with(word)) return std::nullopt;
  line.remove_prefix(word.size());
  const auto size = ParseDecimal(TakeUntil(line, ' '));
  const auto bytes = FromBase64(line);
  const auto root = bytes ? RootHash::From(*bytes) : std::nullopt;
  if (!size || !root) return std::nullopt;
  return Checkpoint{std::string(origin), TreeSize{*size}, *root};
}

/// Takes the first two lines of a text: the format's, and the origin. Returns the origin.
std::optional<std::string_view> TakeOrigin(std::string_view& text, std::string_view format) {
  const auto first = TakeLine(text);
  const auto origin = TakeLine(text);
  if (!first || *first != format || !origin || origin->empty()) return std::nullopt;
  return origin;
}

/// What is known of a witness and one tree.
enum class Said { kNothing, kPromised, kHadCosigned };

Said WhatItSaid(const std::string& name, const Checkpoint& tree,
                const std::vector<SignedPromise>& promises) {
  Said said = Said::kNothing;
  for (const SignedPromise& each : promises) {
    if (!each.by.contains(name)) continue;
    for (const GivenUp& given_up : each.promise.trees) {
      if (given_up.tree != tree) continue;
      if (given_up.had_cosigned) return Said::kHadCosigned;
      said = Said::kPromised;
    }
  }
  return said;
}

/// The witnesses that may be part of a quorum, by what they said.
struct Possible {
  std::size_t count = 0;
  std::string cosigned, silent;
  void Add(const std::string& name, Said said) {
    if (said == Said::kPromised) return;
    ++count;
    std::string& names = said == Said::kHadCosigned ? cosigned : silent;
    names += (names.empty() ? "" : ", ") + name;
  }
};

}  // namespace

std::string Release::text() const {
  std::string text = std::string(kReleaseLine) + "\n" + base.origin + "\n" + TreeLine(kBase, base) +
                     TreeLine(kKeep, kept);
  for (const Checkpoint& tree : given_up) text += TreeLine(kGiveUp, tree);
  return text;
}

Result<Release> Release::Parse(std::string_view text) {
  const Error malformed{Errc::kMalformed, "release: malformed"};
  std::string_view rest = text;
  const auto origin = TakeOrigin(rest, kReleaseLine);
  if (!origin) return malformed;
  const auto base = ReadTree(TakeLine(rest).value_or(""), kBase, *origin);
  const auto kept = ReadTree(TakeLine(rest).value_or(""), kKeep, *origin);
  if (!base || !kept) return malformed;
  Release release{*base, *kept, {}};
  while (!rest.empty()) {
    const auto tree = ReadTree(TakeLine(rest).value_or(""), kGiveUp, *origin);
    if (!tree || release.given_up.size() == kMaxGivenUp) return malformed;
    if (tree->size <= base->size || std::ranges::count(release.given_up, *tree) > 0)
      return malformed;
    release.given_up.push_back(*tree);
  }
  if (release.given_up.empty() || (*kept != *base && kept->size <= base->size)) return malformed;
  if (std::ranges::count(release.given_up, *kept) > 0) return malformed;
  if (release.text() != text) return malformed;
  return release;
}

std::string Promise::text() const {
  std::string text = std::string(kPromiseLine) + "\n" + trees.front().tree.origin + "\n";
  for (const GivenUp& each : trees)
    text += TreeLine(each.had_cosigned ? kCosigned : kNever, each.tree);
  return text;
}

Result<Promise> Promise::Parse(std::string_view text) {
  const Error malformed{Errc::kMalformed, "promise: malformed"};
  std::string_view rest = text;
  const auto origin = TakeOrigin(rest, kPromiseLine);
  if (!origin) return malformed;
  Promise promise;
  while (!rest.empty()) {
    const std::string_view line = TakeLine(rest).value_or("");
    const auto cosigned = ReadTree(line, kCosigned, *origin);
    const auto never = ReadTree(line, kNever, *origin);
    if ((!cosigned && !never) || promise.trees.size() == kMaxPromised) return malformed;
    promise.trees.push_back({cosigned ? *cosigned : *never, cosigned.has_value()});
  }
  if (promise.trees.empty() || promise.text() != text) return malformed;
  return promise;
}

std::vector<std::string> SplitNotes(std::string_view file) {
  std::vector<std::string> notes;
  while (!file.empty()) {
    const std::string_view before = file;
    const auto line = TakeLine(file);
    if (!line) {
      // Without a newline at its end no note is whole.
      if (notes.empty()) notes.emplace_back();
      notes.back() += before;
      break;
    }
    if (notes.empty() || *line == kReleaseLine || *line == kPromiseLine) notes.emplace_back();
    notes.back() += std::string(*line) + "\n";
  }
  return notes;
}

bool IsReleaseNote(std::string_view note) { return note.starts_with(kReleaseLine); }

Result<Release> OpenRelease(std::string_view bytes, const PolicyState& policy) {
  const auto note = ParseNote(bytes);
  if (!note) return note.error().In("release");
  auto release = Release::Parse(note->text);
  if (!release) return release;
  if (release->base.origin != policy.origin)
    return Error{Errc::kForged, "release: it is of another log"};
  std::size_t count = 0;
  std::string missing;
  for (const Institute& institute : policy.policy.institutes) {
    const NoteKey key{institute.name, NoteKeyType::kEd25519, institute.record_key};
    const auto line = FindLine(*note, key);
    if (!line) return line.error().In("release");
    if (*line != nullptr && VerifyNoteSignature(note->text, **line, key)) {
      ++count;
    } else {
      missing += (missing.empty() ? "" : ", ") + institute.name;
    }
  }
  if (count >= policy.policy.quorum) return release;
  return Error{Errc::kRefused, "release: " + std::to_string(count) + " of " +
                                   std::to_string(policy.policy.quorum) +
                                   " institutes have signed it; not signed by " + missing};
}

Result<SignedPromise> OpenPromise(std::string_view bytes, const PolicyState& policy) {
  const auto note = ParseNote(bytes);
  if (!note) return note.error().In("promise");
  auto promise = Promise::Parse(note->text);
  if (!promise) return promise.error();
  if (promise->trees.front().tree.origin != policy.origin)
    return Error{Errc::kForged, "promise: it is of another log"};
  SignedPromise opened{*std::move(promise), {}};
  const auto add = [&](const NoteKey& key) {
    for (const NoteSignature& line : note->signatures) {
      if (VerifyNoteSignature(note->text, line, key)) opened.by.insert(key.name);
    }
  };
  for (const NoteKey& witness : WitnessesOf(policy.policy)) add(witness);
  for (const Institute& institute : policy.policy.institutes)
    add({institute.name, NoteKeyType::kEd25519, institute.record_key});
  if (opened.by.empty())
    return Error{Errc::kForged, "promise: no witness of the policy has signed it"};
  return opened;
}

Result<void> CheckDead(const Checkpoint& tree, const std::vector<SignedPromise>& promises,
                       const Policy& policy) {
  Possible institutes, outside;
  for (const Institute& institute : policy.institutes)
    institutes.Add(institute.name, WhatItSaid(institute.name, tree, promises));
  for (const OutsideWitness& witness : policy.witnesses)
    outside.Add(witness.name, WhatItSaid(witness.name, tree, promises));
  // A quorum needs both.
  if (institutes.count < policy.quorum || outside.count < policy.witness_quorum) return {};
  const auto words = [](const Possible& who) {
    std::string text;
    if (!who.cosigned.empty()) text += "; had cosigned it: " + who.cosigned;
    if (!who.silent.empty()) text += "; no promise of: " + who.silent;
    return text;
  };
  return Error{Errc::kRefused, "release: the tree of " + std::to_string(tree.size.value) +
                                   " entries with root " + Base64(tree.root.view()) +
                                   " has a quorum, or may get one" + words(institutes) +
                                   words(outside)};
}

}  // namespace cityid
