#include "resolver/words/vocabulary.h"

#include <algorithm>

#include "codec/text.h"
#include "ledger/record/uris.h"

namespace cityid {
namespace {

constexpr std::string_view kAuthority = "http://publications.europa.eu/resource/authority/";

/// Each code of ISO 639-1 with its code of ISO 639-3, which the authority table has in capitals.
constexpr std::string_view kLanguages =
    "aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel bgbul "
    "bhbih bibis bmbam bnben bobod brbre bsbos cacat ceche chcha cocos crcre csces cuchu cvchv "
    "cycym dadan dedeu dvdiv dzdzo eeewe elell eneng eoepo esspa etest eueus fafas ffful fifin "
    "fjfij fofao frfra fyfry gagle gdgla glglg gngrn guguj gvglv hahau heheb hihin hohmo hrhrv "
    "hthat huhun hyhye hzher iaina idind ieile igibo iiiii ikipk ioido isisl itita iuiku jajpn "
    "jvjav kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan kokor krkau kskas kukur kvkom kwcor "
    "kykir lalat lbltz lglug lilim lnlin lolao ltlit lulub lvlav mgmlg mhmah mimri mkmkd mlmal "
    "mnmon mrmar msmsa mtmlt mymya nanau nbnob ndnde nenep ngndo nlnld nnnno nonor nrnbl nvnav "
    "nynya ococi ojoji omorm orori ososs papan pipli plpol pspus ptpor quque rmroh rnrun roron "
    "rurus rwkin sasan scsrd sdsnd sesme sgsag sisin skslk slslv smsmo snsna sosom sqsqi srsrp "
    "ssssw stsot susun svswe swswa tatam tetel tgtgk ththa titir tktuk tltgl tntsn toton trtur "
    "tstso tttat twtwi tytah uguig ukukr ururd uzuzb veven vivie vovol wawln wowol xhxho yiyid "
    "yoyor zazha zhzho zuzul";

struct FileType {
  std::string_view media_type;
  std::string_view name;  ///< in the authority table
  bool is_data;           ///< a file of data, rather than what a service speaks
};
constexpr FileType kFileTypes[] = {
    {"application/geo+json", "GEOJSON", true},
    {"application/geopackage+sqlite3", "GPKG", true},
    {"application/gml+xml", "GML", true},
    {"application/gzip", "GZIP", true},
    {"application/json", "JSON", false},
    {"application/ld+json", "JSON_LD", false},
    {"application/n-triples", "RDF_N_TRIPLES", true},
    {"application/pdf", "PDF", false},
    {"application/rdf+xml", "RDF_XML", true},
    {"application/vnd.apache.parquet", "PARQUET", true},
    {"application/vnd.google-earth.kml+xml", "KML", true},
    {"application/vnd.google-earth.kmz", "KMZ", true},
    {"application/vnd.oasis.opendocument.spreadsheet", "ODS", true},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX", true},
    {"application/xml", "XML", false},
    {"application/zip", "ZIP", true},
    {"text/csv", "CSV", true},
    {"text/html", "HTML", false},
    {"text/plain", "TXT", false},
    {"text/tab-separated-values", "TSV", true},
    {"text/turtle", "RDF_TURTLE", true},
};

/// Returns a media type without its parameters.
std::string_view WithoutParameters(std::string_view media_type) {
  return Trim(media_type.substr(0, media_type.find(';')));
}

const FileType* FindFileType(std::string_view media_type) {
  const std::string plain = LowerCase(WithoutParameters(media_type));
  const auto row = std::ranges::find(kFileTypes, plain, &FileType::media_type);
  return row == std::end(kFileTypes) ? nullptr : &*row;
}

}  // namespace

std::optional<std::string> LanguageIri(std::string_view tag) {
  std::string code = LowerCase(tag.substr(0, tag.find('-')));
  if (code.size() == 2) {
    for (std::string_view rest = kLanguages; code.size() == 2 && !rest.empty();) {
      const std::string_view row = TakeUntil(rest, ' ');
      if (row.starts_with(code)) code = row.substr(2);
    }
  }
  if (code.size() != 3 || code.find_first_of("0123456789") != std::string::npos)
    return std::nullopt;
  for (char& c : code) c = static_cast<char>(c - 'a' + 'A');
  return std::string(kAuthority).append("language/").append(code);
}

std::optional<std::string> FileTypeIri(std::string_view media_type) {
  const FileType* row = FindFileType(media_type);
  if (row == nullptr) return std::nullopt;
  return std::string(kAuthority).append("file-type/").append(row->name);
}

bool IsDataFile(std::string_view media_type) {
  const FileType* row = FindFileType(media_type);
  return row != nullptr && row->is_data;
}

std::optional<std::string> MediaTypeIri(std::string_view media_type) {
  std::string_view subtype = WithoutParameters(media_type);
  const std::string plain = LowerCase(subtype);
  const std::string_view type = TakeUntil(subtype, '/');
  if (!IsMadeOf(type, "-") || !IsMadeOf(subtype, "!$&_.+-")) return std::nullopt;
  return "https://www.iana.org/assignments/media-types/" + plain;
}

std::string AccessRightIri(Access access) {
  return std::string(kAuthority)
      .append("access-right/")
      .append(access == Access::kRestricted ? "RESTRICTED" : "PUBLIC");
}

bool HasIriCharacters(std::string_view text) {
  static constexpr std::string_view kNever = "\"<>\\^`{|}";
  return std::ranges::all_of(text, [](char c) {
    return c > 0x20 && c < 0x7F && kNever.find(c) == std::string_view::npos;
  });
}

std::optional<std::string> LicenceIri(std::string_view licence) {
  if (IsLicenceUri(licence)) {
    if (!IsPublicName(licence) || !HasIriCharacters(licence)) return std::nullopt;
    return std::string(licence);
  }
  if (!IsMadeOf(licence, ".-+") || licence.find_first_of("0123456789-") == std::string_view::npos)
    return std::nullopt;
  return "http://spdx.org/licenses/" + std::string(licence);
}

}  // namespace cityid
