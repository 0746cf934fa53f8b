#include "resolver/answer/seal_json.h"

namespace cityid {

void PutSeal(JsonText& json, const FoundSeal& seal) {
  json.Member("state", Name(seal.state));
  if (seal.state == SealState::kChanged) {
    json.Member("why", seal.why);
  } else if (seal.place.original > 0) {  // the bytes of a file beside its code have no place
    json.Member("original", seal.place.original).Member("sealed", seal.place.end());
  }
  if (seal.state == SealState::kAddedTo) {
    json.Member("added", seal.added).Name("looksSigned").Bool(seal.looks_signed);
    json.Name("sealedAgain").Bool(seal.sealed_again);
  }
  if (!seal.url.empty()) json.Member("url", seal.url);
}

std::string SealsJson(const FoundSeals& found) {
  std::string out;
  JsonText json(out);
  json.BeginObject().Name("seals").BeginArray();
  for (const FoundSeal& seal : found.seals) {
    json.BeginObject();
    PutSeal(json, seal);
    json.EndObject();
  }
  json.EndArray().Name("more").Bool(found.more).Name("intact").Bool(found.intact()).EndObject();
  return out;
}

}  // namespace cityid
