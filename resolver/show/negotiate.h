// Content negotiation (RFC 9110, 12.5): which media type, which language.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "resolver/answer/verdict.h"

namespace cityid {

/// The quality that an `Accept` field gives to `type` ("text/html"), in thousandths; the most
/// specific range counts. An absent (empty) field accepts everything.
int AcceptQuality(std::string_view accept, std::string_view type);

/// The index of the offered type that the client likes best, the earlier one if it doesn't mind;
/// nothing if it accepts none. An empty type is not offered.
std::optional<std::size_t> ChooseType(std::string_view accept,
                                      std::span<const std::string_view> offered);

/// Look-up of RFC 4647, 3.4 over an `Accept-Language` field: "zh-Hant-TW" finds Chinese, "en-US"
/// English. English if nothing fits.
Language ChooseLanguage(std::string_view accept_language);

/// The language of one tag ("ar", "zh-CN"), as of `?lang=`.
std::optional<Language> LanguageOf(std::string_view tag);

}  // namespace cityid
