// Which languages are at home in which country.
#pragma once

#include <string_view>

namespace cityid {

/// Returns true if a language (BCP 47) is an official one of a country (ISO 3166-1 numeric, three
/// digits). Knows nothing of English and Chinese.
bool IsLanguageOf(std::string_view language, std::string_view country);

}  // namespace cityid
