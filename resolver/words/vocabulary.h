// Values of records as IRIs of the vocabularies that DCAT-AP 3 wants: the authority tables of the
// EU's Publications Office, IANA's media types, SPDX's licences.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/record/content.h"

namespace cityid {

/// Returns the language of a tag: ".../language/ZHO" for "zh-Hans". Nothing if its first part has
/// neither three letters nor is one of ISO 639-1.
std::optional<std::string> LanguageIri(std::string_view tag);

/// Returns the file type of a media type: ".../file-type/CSV" for "text/csv; header=present".
/// Nothing for a type that is not in our table.
std::optional<std::string> FileTypeIri(std::string_view media_type);

/// Returns true for a type of files of data, such as CSV; false for one that services speak, such
/// as JSON, and for an unknown one.
bool IsDataFile(std::string_view media_type);

/// Returns the media type in IANA's registry, without parameters. Nothing if it is no media type.
std::optional<std::string> MediaTypeIri(std::string_view media_type);

/// Returns who may use something: PUBLIC, also after a registration, or RESTRICTED.
std::string AccessRightIri(Access access);

/// Returns true if a text has only characters that an IRI may have. It need not be one.
bool HasIriCharacters(std::string_view text);

/// Returns the address of a licence that is a public URI, or that looks like an identifier of SPDX
/// (with a digit or '-', as "CC-BY-4.0"). Nothing for words and for a private URI.
std::optional<std::string> LicenceIri(std::string_view licence);

}  // namespace cityid
