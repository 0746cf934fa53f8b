#include "cli/checking/seal_text.h"

namespace cityid::cli {
namespace {

std::string Bytes(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte follows" : " bytes follow");
}

}  // namespace

std::string SealStateText(const FoundSeal& seal, bool sealed_again) {
  switch (seal.state) {
    case SealState::kUnchanged:
      return "unchanged: what was sealed is byte for byte as it was";
    case SealState::kChanged:
      return "changed: " + seal.why;
    case SealState::kAddedTo:
      break;
  }
  if (sealed_again)
    return "added to, and sealed again: " + Bytes(seal.added) + " this seal, under a later seal";
  return "added to: " + Bytes(seal.added) + " what was sealed" +
         (seal.looks_signed ? ", and look like a digital signature" : "") +
         ", and can show anything; --extract FILE takes out the sealed part";
}

std::string SealedFileText(const FoundSeals& found) {
  if (found.intact()) return "the file has a seal, and is unchanged";
  for (const FoundSeal& seal : found.seals) {
    if (seal.state == SealState::kChanged)
      return "the file has a seal, and WAS CHANGED: " + seal.why;
  }
  for (const FoundSeal& seal : found.seals) {
    if (seal.state == SealState::kAddedTo && !seal.sealed_again)
      return "the file has a seal, and WAS ADDED TO: " + Bytes(seal.added) + " what was sealed";
  }
  return "the file has more than " + std::to_string(kMaxSeals) + " seals";
}

}  // namespace cityid::cli
