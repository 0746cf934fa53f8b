#include "resolver/words/negotiate.h"

#include <algorithm>
#include <vector>

#include "codec/text.h"
#include "resolver/words/field_list.h"

namespace cityid {
namespace {

/// Returns how exactly a range of `Accept` names a type; 0 if it doesn't. A range with parameters
/// names another form of the type, so it counts less than one without.
int Specificity(const Weighted& range, std::string_view type) {
  int specific = 0;
  if (EqualIgnoringCase(range.value, type)) {
    specific = 6;
  } else if (range.value == "*/*" || range.value == "*") {
    specific = 2;
  } else if (range.value.ends_with("/*")) {
    const std::size_t slash = range.value.size() - 1;
    if (EqualIgnoringCase(range.value.substr(0, slash), type.substr(0, slash))) specific = 4;
  }
  return specific > 0 && range.has_parameters ? specific - 1 : specific;
}

/// The quality of one type, from the ranges that were added.
struct TypeQuality {
  void Add(const Weighted& range, std::string_view type) {
    const int specific = Specificity(range, type);
    // That another form is not wanted says nothing about ours.
    if (specific == 0 || (range.has_parameters && range.quality == 0)) return;
    if (specific > specificity) {
      specificity = specific;
      quality = range.quality;
    } else if (specific == specificity) {
      quality = std::max(quality, range.quality);
    }
  }
  int quality = 0;
  int specificity = 0;
};

}  // namespace

int AcceptQuality(std::string_view accept, std::string_view type) {
  if (Trim(accept).empty()) return 1000;
  TypeQuality found;
  FieldList list(accept);
  while (const auto range = list.Next()) found.Add(*range, type);
  return found.quality;
}

std::optional<std::size_t> ChooseType(std::string_view accept,
                                      std::span<const std::string_view> offered) {
  // Everything is the same to a client that says nothing.
  FieldList list(Trim(accept).empty() ? "*/*" : accept);
  std::vector<TypeQuality> found(offered.size());
  while (const auto range = list.Next()) {
    for (std::size_t i = 0; i < offered.size(); ++i) found[i].Add(*range, offered[i]);
  }
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < offered.size(); ++i) {
    if (offered[i].empty() || found[i].quality == 0) continue;
    if (!best || found[i].quality > found[*best].quality) best = i;
  }
  return best;
}

bool AcceptsGzip(std::string_view accept_encoding) {
  int named = -1;  // the quality of gzip by its name
  int any = 0;
  FieldList list(accept_encoding);
  while (const auto coding = list.Next()) {
    if (EqualIgnoringCase(coding->value, "gzip") || EqualIgnoringCase(coding->value, "x-gzip"))
      named = coding->quality;
    if (coding->value == "*") any = coding->quality;
  }
  return (named < 0 ? any : named) > 0;
}

}  // namespace cityid
