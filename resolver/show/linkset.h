// Linksets (RFC 9264, 4.2). Relations of our own and of GS1 are written as URIs. The linkset of a GS1
// path has the form of GS1's schema instead, which is not the form of the RFC.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resolver/answer/subject.h"
#include "resolver/show/represent.h"

namespace cityid {

/// What relations begin with that are link types of GS1's vocabulary; the rest is the name there.
inline constexpr std::string_view kGs1Relation = "_gs1_";
inline constexpr std::string_view kGs1Vocabulary = "https://ref.gs1.org/voc/";
/// The link that a GS1 path leads to unless something else is asked for. A linkset has the first of
/// them, with href and title only.
inline constexpr std::string_view kGs1Default = "_gs1_defaultLink";

/// Returns the URI of a relation of ours or of GS1, which begins with '_', and any other as it is.
/// `host`: "https://HOST".
std::string RelationUri(std::string_view rel, const std::string& host);

/// What a linkset has that GS1's schema asks for.
struct Gs1Linkset {
  std::string anchor;             ///< of the first level
  std::string_view context = {};  ///< the address of the JSON-LD context that is named; may be empty
};

/// Returns the links of some levels as a linkset with a line feed. `host`: "https://HOST". `gs1`:
/// null for one that fits RFC 9264; else it fits GS1's schema: descriptions of the levels, and
/// hreflang of two letters and perhaps a country.
std::string LinksetText(const std::vector<Level>& levels, const std::string& host,
                        const LanguagePriority& priority, const Gs1Linkset* gs1 = nullptr);

}  // namespace cityid
