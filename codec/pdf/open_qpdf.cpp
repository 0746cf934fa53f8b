#include "codec/pdf/open_qpdf.h"

#include <algorithm>
#include <array>

namespace cityid {
std::unique_ptr<QPDF> OpenQpdf(ByteView file) {
  auto qpdf = std::make_unique<QPDF>();
  qpdf->setSuppressWarnings(true);
  qpdf->setAttemptRecovery(false);
  const std::string_view text = AsText(file);
  qpdf->processMemoryFile("PDF", text.data(), text.size());
  return qpdf;
}

Error Damaged(std::string_view what) {
  constexpr std::size_t kMost = 160;  // of what may have come from the file
  return Error{Errc::kMalformed, "the PDF is damaged (" + std::string(what.substr(0, kMost)) +
                                     "); make it anew first, as with: gs -sDEVICE=pdfwrite -o "
                                     "OUT.pdf IN.pdf"};
}

Error DamagedAs(const QPDFExc& error) {
  std::string what = error.getMessageDetail();
  // This is how it passes on that there is no memory left.
  if (what.find("bad_alloc") != std::string::npos)
    return Error{Errc::kTooLarge, "the PDF takes too much memory to be looked at"};
  if (!error.getObject().empty()) what = error.getObject() + ": " + what;
  return Damaged(what);
}

std::optional<Error> Warnings(QPDF& qpdf) {
  // Old programs wrote such objects, which everybody takes for null; and a size that is larger than
  // it need be (`CheckSize` refuses a smaller one).
  constexpr std::array<std::string_view, 2> kHarmless = {
      "empty object treated as null", "is not one plus the highest object number"};
  for (const QPDFExc& warning : qpdf.getWarnings()) {
    const std::string what = warning.getMessageDetail();
    if (std::ranges::none_of(kHarmless, [&](std::string_view harmless) {
          return what.find(harmless) != std::string::npos;
        }))
      return DamagedAs(warning);
  }
  return std::nullopt;
}

}  // namespace cityid
