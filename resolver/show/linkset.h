// Linksets (RFC 9264, 4.2), as the schema of GS1 has them: links with href and title, hreflang of
// two letters and perhaps a country, relations of our own and of GS1 as URIs.
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

/// Returns the links of some levels as a linkset with a line feed. `anchor` is that of the first
/// level; empty: its address here. `host`: "https://HOST".
std::string LinksetText(const std::vector<Level>& levels, std::string_view anchor,
                        const std::string& host, const LanguagePriority& priority);

}  // namespace cityid
