#include "codec/pdf/stamper.h"

#include <algorithm>
#include <new>

#include "codec/pdf/annotations.h"
#include "codec/pdf/page_shape.h"
#include "codec/pdf/update.h"

namespace cityid {
namespace {

/// Calls `work`, and returns what it returns, or the error for what it throws.
template <class Work>
auto Guarded(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Error{Errc::kTooLarge, "the PDF takes too much memory to be looked at"};
  } catch (const QPDFExc& error) {
    return Damaged(error.getMessageDetail());
  } catch (const std::exception& error) {
    return Damaged(error.what());
  }
}

/// Returns where on a page annotations are drawn; if they are too many, one part with all of them.
std::vector<PagePart> Taken(QPDFObjectHandle page, const PageShape& shape) {
  std::vector<PagePart> taken;
  PageBox all{1e9, 1e9, -1e9, -1e9};
  for (const Annotation& annotation : DrawnAnnotations(page)) {
    const PageBox& box = annotation.box;
    all = {std::min(all.left, box.left), std::min(all.bottom, box.bottom),
           std::max(all.right, box.right), std::max(all.top, box.top)};
    if (const auto part = ShownPart(shape, box)) taken.push_back(*part);
  }
  if (taken.size() <= kMaxTaken) return taken;
  return {*ShownPart(shape, all)};
}

}  // namespace

Result<Stamper> Stamper::Open(ByteView file) {
  return Guarded([&]() -> Result<Stamper> {
    auto opened = PdfFile::Open(file);
    if (!opened) return opened.error();
    auto tree = PageTree::Read(opened->qpdf());
    if (!tree) return tree.error();
    return Stamper(*std::move(opened), *std::move(tree));
  });
}

Bytes Stamper::Answer(ByteView question) const {
  const auto asked = ParseStampQuestion(question);
  if (!asked) return WriteLook(asked.error());
  if (const auto* look = std::get_if<LookAsked>(&*asked)) return WriteLook(Look(look->page));
  return WriteStamp(MakeStamp(std::get<StampAsked>(*asked)));
}

Result<PdfLook> Stamper::Look(int page) const {
  return Guarded([&]() -> Result<PdfLook> {
    const auto number = PageNumber(page);
    if (!number) return number.error();
    const auto shape = ShapeOf(tree_, *number);
    if (!shape) return shape.error();
    return PdfLook{tree_.pages(),    *number,          shape->width_mm,
                   shape->height_mm, file_.concerns(), Taken(tree_.Page(*number), *shape)};
  });
}

Result<Stamp> Stamper::MakeStamp(const StampAsked& stamp) const {
  return Guarded([&]() -> Result<Stamp> {
    const auto number = PageNumber(stamp.page);
    if (!number) return number.error();
    StampAsked asked = stamp;
    asked.page = *number;
    auto made = MakeUpdate(file_, tree_, asked);
    if (auto error = Warnings(file_.qpdf()); made && error) return *std::move(error);
    return made;
  });
}

Result<int> Stamper::PageNumber(int asked) const {
  const int number = asked == -1 ? tree_.pages() : asked;
  if (number >= 1 && number <= tree_.pages()) return number;
  const std::string count = std::to_string(tree_.pages());
  return Error{Errc::kUsage,
               "the PDF has no page " + std::to_string(asked) +
                   (tree_.pages() == 1 ? "; it has one page" : "; its pages are 1 to " + count)};
}

}  // namespace cityid
