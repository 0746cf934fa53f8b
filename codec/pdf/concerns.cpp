#include "codec/pdf/concerns.h"

#include <malloc.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "codec/pdf/open_qpdf.h"

namespace cityid {
namespace {

using Kind = PdfConcern::Kind;

/// A reason, as people read it. Their order is that of the text.
struct Reason {
  Kind kind;
  const char* text;
  auto operator<=>(const Reason& other) const {
    return std::pair(kind, std::string_view(text)) <=>
           std::pair(other.kind, std::string_view(other.text));
  }
};

constexpr Reason kSignature = {Kind::kSigned, "it has a digital signature"};
constexpr Reason kScript = {Kind::kScripts, "it has scripts"};
constexpr Reason kByItself = {Kind::kScripts, "it has actions that run by themselves"};
constexpr Reason kStarts = {Kind::kScripts, "it starts other programs"};
constexpr Reason kLayer = {Kind::kLayers, "it has layers that a viewer shows or hides by itself"};
constexpr Reason kHides = {Kind::kLayers, "it has actions that show or hide something"};
constexpr Reason kResets = {Kind::kScripts, "it has actions that change its fields"};
constexpr Reason kHalfShown = {Kind::kLayers,
                               "it has annotations that are shown on screen or on paper alone"};
constexpr Reason kRollover = {Kind::kLayers, "it has fields that look otherwise under the mouse"};
constexpr Reason kDrawnAnew = {Kind::kLayers, "its fields are drawn by each viewer as it likes"};
constexpr Reason kUndrawn = {Kind::kLayers,
                             "it has annotations that each viewer draws as it likes"};
constexpr Reason kForPaper = {Kind::kLayers, "it has content that only printers show"};
constexpr Reason kOtherParts = {Kind::kLayers, "it asks for other parts of pages on paper"};
constexpr Reason kAlternate = {Kind::kLayers, "it has pictures that look otherwise on paper"};
constexpr Reason kElsewhere = {Kind::kOutside, "it shows content of other files"};
constexpr Reason kPortfolio = {Kind::kOutside, "viewers show the files in it instead of its pages"};
constexpr Reason kMedia = {Kind::kOutside, "it has media that are played"};

struct NameReason {
  std::string_view name;
  Reason reason;
};

/// Actions, by /S.
constexpr std::array kActions = {
    NameReason{"/JavaScript", kScript}, NameReason{"/Launch", kStarts},
    NameReason{"/ImportData", kStarts}, NameReason{"/Hide", kHides},
    NameReason{"/SetOCGState", kHides}, NameReason{"/ResetForm", kResets},
    NameReason{"/Rendition", kMedia},   NameReason{"/Movie", kMedia},
    NameReason{"/Sound", kMedia},       NameReason{"/RichMediaExecute", kMedia}};

/// Annotations and streams, by /Subtype.
constexpr std::array kSubtypes = {NameReason{"/RichMedia", kMedia}, NameReason{"/Screen", kMedia},
                                  NameReason{"/Movie", kMedia},     NameReason{"/Sound", kMedia},
                                  NameReason{"/3D", kMedia},        NameReason{"/PS", kForPaper}};

/// Annotations that show nothing on the page by themselves, or the same icon in every viewer.
constexpr std::array kPlainAnnotations = {"/Link", "/Popup", "/Text", "/Widget", "/FileAttachment"};

/// What a layer may be used for, where viewers show or hide it by that (ISO 32000-2, table 100).
constexpr std::array kUsages = {"/View", "/Print", "/Export", "/Zoom", "/Language", "/User"};

bool IsFilled(QPDFObjectHandle object) {
  if (object.isArray()) return object.getArrayNItems() > 0;
  return object.isDictionary() && !object.getKeys().empty();
}

class Search {
 public:
  Search(QPDF& qpdf, ByteView file) : qpdf_(qpdf), file_(file) {}

  Result<std::vector<PdfConcern>> Run() {
    if (const auto walked = WalkAll(); !walked) return walked.error();
    Walk(qpdf_.getTrailer());
    LookAtCatalog(qpdf_.getRoot());
    if (xfa_) {
      return Error{Errc::kRefused,
                   "the PDF is an XFA form, which viewers draw by themselves; print it into a new "
                   "PDF first"};
    }
    std::vector<PdfConcern> concerns;
    for (const Reason& reason : reasons_) {
      if (concerns.empty() || concerns.back().kind != reason.kind) {
        concerns.push_back({reason.kind, reason.text});
      } else {
        concerns.back().what += std::string("; ") + reason.text;
      }
    }
    return concerns;
  }

 private:
  /// Looks at every object. qpdf keeps what it has read, up to 3 KiB for a small object, so the
  /// file is opened again each time that this has become much.
  Result<void> WalkAll() {
    constexpr std::size_t kMuch = std::size_t{1} << 30;
    std::unique_ptr<QPDF> part;
    std::size_t before = 0;
    for (const auto& [number, place] : qpdf_.getXRefTable()) {
      if (part == nullptr || ::mallinfo2().uordblks > before + kMuch) {
        if (const auto ended = EndPart(std::move(part)); !ended) return ended.error();
        before = ::mallinfo2().uordblks;
        part = OpenQpdf(file_);
      }
      if (place.getType() != 0) Walk(part->getObject(number));
    }
    return EndPart(std::move(part));
  }

  /// Errors: those that qpdf warned of.
  static Result<void> EndPart(std::unique_ptr<QPDF> part) {
    if (part == nullptr) return {};
    if (auto error = Warnings(*part)) return *std::move(error);
    return {};
  }

  /// Looks at an object and what is directly in it. qpdf reads no object that is nested too deep
  /// for that.
  void Walk(QPDFObjectHandle object) {
    if (object.isStream()) {
      LookAtStream(object.getDict());
      WalkInto(object.getDict());
    } else if (object.isDictionary() || object.isArray()) {
      WalkInto(object);
    }
  }

  void WalkInto(QPDFObjectHandle object) {
    if (object.isArray()) {
      const int count = object.getArrayNItems();
      for (int i = 0; i < count; ++i) WalkDirect(object.getArrayItem(i));
      return;
    }
    LookAtDictionary(object);
    for (const auto& [key, value] : object.getDictAsMap()) WalkDirect(value);
  }

  void WalkDirect(QPDFObjectHandle object) {
    if (!object.isIndirect() && (object.isDictionary() || object.isArray())) WalkInto(object);
  }

  void LookAtDictionary(QPDFObjectHandle dictionary) {
    if (dictionary.hasKey("/JS")) reasons_.insert(kScript);
    if (dictionary.hasKey("/AA") && IsFilled(dictionary.getKey("/AA"))) reasons_.insert(kByItself);
    if (dictionary.hasKey("/XFA")) xfa_ = true;
    if (dictionary.hasKey("/ByteRange") && dictionary.hasKey("/Contents"))
      reasons_.insert(kSignature);
    LookAtName(dictionary, "/S", kActions);
    LookAtName(dictionary, "/Subtype", kSubtypes);
    LookAtName(dictionary, "/Subtype2", kSubtypes);
    LookAtLayer(dictionary);
    LookAtAnnotation(dictionary);
    const bool field = dictionary.getKey("/FT").isNameAndEquals("/Sig");
    if (field && !dictionary.getKey("/V").isNull()) reasons_.insert(kSignature);
  }

  /// A layer may be for the screen or for paper alone. Some viewers go by that even if no
  /// configuration asks for it, and some don't.
  void LookAtLayer(QPDFObjectHandle dictionary) {
    QPDFObjectHandle usage = dictionary.getKey("/Usage");
    for (const char* use : kUsages)
      if (usage.isDictionary() && usage.hasKey(use)) reasons_.insert(kLayer);
    if (dictionary.getKey("/Type").isNameAndEquals("/OCG")) LookAtIntent(dictionary);
  }

  /// Viewers that know intents always show what isn't for viewing; the others hide it when it is
  /// off.
  void LookAtIntent(QPDFObjectHandle dictionary) {
    QPDFObjectHandle intent = dictionary.getKey("/Intent");
    bool view =
        intent.isNull() || intent.isNameAndEquals("/View") || intent.isNameAndEquals("/All");
    const int count = intent.isArray() ? intent.getArrayNItems() : 0;
    for (int i = 0; i < count; ++i) view |= intent.getArrayItem(i).isNameAndEquals("/View");
    if (!view) reasons_.insert(kLayer);
  }

  /// Annotations and fields may look otherwise elsewhere, by their flags (ISO 32000-2, 12.5.3) and
  /// appearances.
  void LookAtAnnotation(QPDFObjectHandle dictionary) {
    if (!dictionary.getKey("/Rect").isArray() || !dictionary.getKey("/Subtype").isName()) return;
    QPDFObjectHandle flags = dictionary.getKey("/F");
    const auto set = flags.isInteger() ? flags.getIntValue() : 0;
    constexpr long long kHidden = 2, kPrint = 4, kNoView = 32, kToggles = 256;
    const std::string subtype = dictionary.getKey("/Subtype").getName();
    const bool shows = (set & kHidden) == 0 && subtype != "/Link" && subtype != "/Popup";
    if (shows && ((set & (kNoView | kToggles)) != 0 || (set & kPrint) == 0))
      reasons_.insert(kHalfShown);
    QPDFObjectHandle looks = dictionary.getKey("/AP");
    if (looks.isDictionary() && looks.hasKey("/R")) reasons_.insert(kRollover);
    if (shows && !looks.isDictionary() && std::ranges::count(kPlainAnnotations, subtype) == 0)
      reasons_.insert(kUndrawn);
  }

  template <std::size_t N>
  void LookAtName(QPDFObjectHandle dictionary, const char* key,
                  const std::array<NameReason, N>& names) {
    QPDFObjectHandle value = dictionary.getKey(key);
    if (!value.isName()) return;
    const std::string name = value.getName();
    for (const NameReason& one : names) {
      if (one.name == name) reasons_.insert(one.reason);
    }
  }

  void LookAtStream(QPDFObjectHandle dictionary) {
    for (const char* key : {"/F", "/Ref", "/OPI"}) {
      if (dictionary.hasKey(key)) reasons_.insert(kElsewhere);
    }
    if (dictionary.hasKey("/Alternates")) reasons_.insert(kAlternate);
  }

  void LookAtCatalog(QPDFObjectHandle root) {
    QPDFObjectHandle open = root.getKey("/OpenAction");
    if (open.isDictionary() && !open.getKey("/S").isNameAndEquals("/GoTo"))
      reasons_.insert(kByItself);
    if (root.hasKey("/Collection")) reasons_.insert(kPortfolio);
    if (root.hasKey("/Perms")) reasons_.insert(kSignature);
    QPDFObjectHandle rendering = root.getKey("/NeedsRendering");
    if (rendering.isBool() && rendering.getBoolValue()) xfa_ = true;
    QPDFObjectHandle form = root.getKey("/AcroForm");
    if (form.isDictionary()) {
      QPDFObjectHandle anew = form.getKey("/NeedAppearances");
      if (anew.isBool() && anew.getBoolValue()) reasons_.insert(kDrawnAnew);
    }
    QPDFObjectHandle wishes = root.getKey("/ViewerPreferences");
    for (const char* part : {"/ViewArea", "/ViewClip", "/PrintArea", "/PrintClip"}) {
      if (wishes.isDictionary() && wishes.hasKey(part) &&
          !wishes.getKey(part).isNameAndEquals("/CropBox"))
        reasons_.insert(kOtherParts);
    }
    LookAtLayers(root.getKey("/OCProperties"));
  }

  void LookAtLayers(QPDFObjectHandle layers) {
    if (!layers.isDictionary()) return;
    const auto look = [&](QPDFObjectHandle configuration) {
      if (!configuration.isDictionary()) return;
      if (IsFilled(configuration.getKey("/AS"))) reasons_.insert(kLayer);
      QPDFObjectHandle base = configuration.getKey("/BaseState");
      if (!base.isNull() && !base.isNameAndEquals("/ON") && !base.isNameAndEquals("/OFF"))
        reasons_.insert(kLayer);
      LookAtIntent(configuration);
    };
    look(layers.getKey("/D"));
    QPDFObjectHandle others = layers.getKey("/Configs");
    const int count = others.isArray() ? others.getArrayNItems() : 0;
    for (int i = 0; i < count; ++i) look(others.getArrayItem(i));
  }

  QPDF& qpdf_;
  ByteView file_;
  std::set<Reason> reasons_;
  bool xfa_ = false;
};

}  // namespace

Result<std::vector<PdfConcern>> FindConcerns(QPDF& qpdf, ByteView file) {
  return Search(qpdf, file).Run();
}

}  // namespace cityid
