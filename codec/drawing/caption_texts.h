// What stands below a code: whose it is, and where it leads, so that people can compare.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "codec/city_id.h"
#include "codec/drawing/drawing.h"

namespace cityid {

/// Names of one thing, each with its language (BCP 47).
using NameList = std::vector<std::pair<std::string, std::string>>;

/// Returns the names to put below a code: one for each script, at most three, those in
/// scripts of few countries first, then Chinese, Latin and Arabic. English stands for Latin if
/// there is an English name.
std::vector<CaptionText> NamesForCaption(const NameList& names);

/// Returns the whole caption: identifier with check characters, names, host.
std::vector<CaptionText> CaptionOf(const CityId& id, const NameList& names,
                                   const std::string& host);

}  // namespace cityid
