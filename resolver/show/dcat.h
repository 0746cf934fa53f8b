// Catalogues (DCAT 3, DCAT-AP 3.0.1) as JSON-LD with its context in the document, so that nothing
// has to be fetched to read it. An identifier is a catalogue of what it shares.
//
// Extension relations are what an identifier shares: services, or datasets if the media type is one
// of files of data. So are files by the registered relations of `kFiles` in dcat.cpp. All other
// endpoints are documents about it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "resolver/answer/json_text.h"
#include "resolver/answer/subject.h"

namespace cityid {

inline constexpr std::string_view kJsonLd = "application/ld+json";

/// A catalogue of the catalogues of identifiers. It is written piece by piece.
class CatalogueText {
 public:
  /// `about`: a prefix or an identifier. `host`: of the addresses in it.
  CatalogueText(const std::string& about, std::string_view host);
  CatalogueText(const CatalogueText&) = delete;
  CatalogueText& operator=(const CatalogueText&) = delete;

  /// Appends the catalogue of an identifier, unless there is nothing in it.
  void Add(const Subject& subject);
  std::size_t count() const { return count_; }
  std::size_t size() const { return out_.size(); }
  /// Returns the whole text, after the last catalogue was added.
  std::string Finish() &&;

 private:
  std::string out_;
  JsonText json_{out_};
  std::string host_;  ///< "https://HOST"
  std::size_t count_ = 0;
};

}  // namespace cityid
