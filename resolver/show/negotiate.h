// Content negotiation (RFC 9110, 12.5): which media type, which language, which content coding.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "resolver/answer/verdict.h"

namespace cityid {

/// Returns the quality, in thousandths, that an `Accept` field gives to `type` ("text/html"). The
/// most specific range counts. An empty field accepts everything.
int AcceptQuality(std::string_view accept, std::string_view type);

/// Returns the index of the offered type with the highest quality, the first of several. Nothing if
/// the client accepts none. An empty type is not offered.
std::optional<std::size_t> ChooseType(std::string_view accept,
                                      std::span<const std::string_view> offered);

/// Chooses by an `Accept-Language` field (lookup, RFC 4647 3.4): "zh-Hant-TW" finds Chinese,
/// "en-US" English. Returns English if nothing fits.
Language ChooseLanguage(std::string_view accept_language);

/// Returns true if an `Accept-Encoding` field allows gzip. An empty field doesn't.
bool AcceptsGzip(std::string_view accept_encoding);

/// Returns the language of one tag ("ar", "zh-CN"), as `lang` has it; nothing if we lack it.
std::optional<Language> LanguageOf(std::string_view tag);

}  // namespace cityid
