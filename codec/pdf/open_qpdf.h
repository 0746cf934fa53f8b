// qpdf as it is used here: without mending anything.
#pragma once

#include <memory>
#include <optional>
#include <qpdf/QPDF.hh>
#include <string_view>

#include "codec/bytes.h"
#include "codec/result.h"

namespace cityid {

/// Reads the cross-references of a file, which must outlive what is returned. Throws as qpdf does.
std::unique_ptr<QPDF> OpenQpdf(ByteView file);

/// Returns the error for a file that is damaged. `what`: one line for people.
Error Damaged(std::string_view what);

/// Returns the error for what qpdf says is wrong.
Error DamagedAs(const QPDFExc& error);

/// Returns the error for what qpdf warned of since this was last asked, if it did.
std::optional<Error> Warnings(QPDF& qpdf);

}  // namespace cityid
