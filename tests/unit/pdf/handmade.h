// Small PDFs, written by hand, so that a test can have what no program writes.
#pragma once

#include <string>
#include <vector>

#include "codec/bytes.h"

namespace cityid {

/// Returns an object that is a stream.
std::string StreamObject(const std::string& data, const std::string& entries = "");

/// Returns a PDF of these objects, which are numbered from 1, with a table of cross-references.
std::string TablePdf(const std::vector<std::string>& objects,
                     const std::string& trailer = "/Root 1 0 R");

/// Returns it with a stream of cross-references, which is object `objects.size() + 1`.
std::string StreamPdf(const std::vector<std::string>& objects,
                      const std::string& trailer = "/Root 1 0 R");

/// Returns the objects of a PDF with one page: catalog, page tree, page, content. A page of A6
/// unless `page` has another box.
std::vector<std::string> OnePage(const std::string& page = "/MediaBox [0 0 298 420]",
                                 const std::string& content = "0 0 50 50 re f",
                                 const std::string& catalog = "", const std::string& pages = "");

/// Returns a text with the first occurrence of a part exchanged for another one.
std::string Exchanged(std::string text, std::string_view part, std::string_view by);

}  // namespace cityid
