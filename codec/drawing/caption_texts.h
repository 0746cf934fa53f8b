// What stands below a code: whose it is, and where it leads, so that people can compare.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/city_id.h"
#include "codec/drawing/drawing.h"

namespace cityid {

/// Names of one thing, each with its language (BCP 47).
using NameList = std::vector<std::pair<std::string, std::string>>;

/// Returns the names to put below a code: one for each script, at most three. A Latin and a Chinese
/// name are among them if there are any. Within a script a language of `country` (ISO 3166-1
/// numeric; empty: not known) is preferred, then English or Chinese. Scripts of few countries stand
/// first, then Chinese, Latin and Arabic.
std::vector<CaptionText> NamesForCaption(const NameList& names, std::string_view country = {});

/// Returns the whole caption: identifier with check characters, names, host.
std::vector<CaptionText> CaptionOf(const CityId& id, const NameList& names,
                                   const std::string& host);

}  // namespace cityid
