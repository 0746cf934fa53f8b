#include "codec/print/caption.h"

#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "codec/print/cairo_owned.h"

namespace cityid {
namespace {

/// Fonts are laid out so many times as large as they are drawn: their outlines have whole numbers.
constexpr double kUnits = 256;  // a module

// In modules, but for the last.
constexpr double kTextSize = 3;
constexpr double kLeading = 0.4;
constexpr double kBottomMargin = 3;
constexpr double kLeastMillimetres = 1.8;

// Of the text's size.
constexpr double kLargerHost = 1.15;
constexpr double kAboveHost = 0.2;
constexpr double kGapBetweenNames = 1;
constexpr double kTallest = 3;  // what is taller is made smaller

constexpr int kMostLinesOfName = 2;  // an ellipsis stands for the rest

// What a text shrinks to before it takes another line.
constexpr double kSmallest = 0.7;
constexpr double kSmallestNames = 0.8;

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
  void operator()(PangoAttrList* list) const { pango_attr_list_unref(list); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

/// Where texts are laid out, without a grid of pixels.
class Setter {
 public:
  Setter()
      // Without an edge: cairo leaves out glyphs that are far from a surface.
      : surface_(cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, nullptr)),
        cairo_(cairo_create(surface_.get())),
        pango_(pango_cairo_create_context(cairo_.get())) {
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(pango_.get(), options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(pango_.get(), FALSE);
  }

  /// Returns a layout of a text. `size` in modules.
  Owned<PangoLayout> Lay(const CaptionText& text, double size) const {
    Owned<PangoLayout> layout(pango_layout_new(pango_.get()));
    const Owned<PangoFontDescription> font(pango_font_description_from_string("Noto Sans,sans"));
    pango_font_description_set_absolute_size(font.get(), size * kUnits * PANGO_SCALE);
    if (text.role == CaptionRole::kHost || text.role == CaptionRole::kName)
      pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout.get(), font.get());
    const Owned<PangoAttrList> attributes(pango_attr_list_new());
    pango_attr_list_insert(attributes.get(), pango_attr_insert_hyphens_new(FALSE));
    if (!text.language.empty()) {
      pango_attr_list_insert(
          attributes.get(),
          pango_attr_language_new(pango_language_from_string(text.language.c_str())));
    }
    pango_layout_set_attributes(layout.get(), attributes.get());
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
    pango_layout_set_text(layout.get(), text.text.data(), static_cast<int>(text.text.size()));
    return layout;
  }

  /// Returns what a layout looks like, its logical box beginning at (0, 0). Nothing if it could
  /// not be drawn.
  std::optional<Outline> Trace(PangoLayout* layout) const {
    PangoRectangle box;
    pango_layout_get_extents(layout, nullptr, &box);
    cairo_new_path(cairo_.get());
    cairo_move_to(cairo_.get(), -pango_units_to_double(box.x), -pango_units_to_double(box.y));
    pango_cairo_layout_path(cairo_.get(), layout);
    const CairoOwned<cairo_path_t> path(cairo_copy_path(cairo_.get()));
    if (path->status != CAIRO_STATUS_SUCCESS) return std::nullopt;
    Outline outline;
    for (int i = 0; i < path->num_data; i += path->data[i].header.length) {
      const cairo_path_data_t* data = &path->data[i];
      OutlineStep step{static_cast<OutlineStep::Kind>(data->header.type), {}};
      for (std::size_t k = 0; k < NumbersOf(step.kind); k += 2) {
        step.to[k] = data[1 + k / 2].point.x / kUnits;
        step.to[k + 1] = data[1 + k / 2].point.y / kUnits;
      }
      outline.push_back(step);
    }
    return outline;
  }

 private:
  CairoOwned<cairo_surface_t> surface_;
  CairoOwned<cairo_t> cairo_;
  Owned<PangoContext> pango_;
};

static_assert(static_cast<int>(OutlineStep::kMove) == CAIRO_PATH_MOVE_TO);
static_assert(static_cast<int>(OutlineStep::kLine) == CAIRO_PATH_LINE_TO);
static_assert(static_cast<int>(OutlineStep::kCurve) == CAIRO_PATH_CURVE_TO);
static_assert(static_cast<int>(OutlineStep::kClose) == CAIRO_PATH_CLOSE_PATH);

/// A text that was laid out, its corner at (0, 0).
struct Piece {
  Outline outline;
  double width, height;
};

double WidthOf(PangoLayout* layout) {
  PangoRectangle box;
  pango_layout_get_extents(layout, nullptr, &box);
  return pango_units_to_double(box.width) / kUnits;
}

/// Returns true if a step draws something. A blank moves the pen, and no more.
bool HasInk(const Outline& outline) {
  return std::ranges::any_of(outline, [](const OutlineStep& step) {
    return step.kind == OutlineStep::kLine || step.kind == OutlineStep::kCurve;
  });
}

/// Lays out one text that may be `width` modules wide. Returns nothing if no font has its
/// characters, or if nothing of them can be seen.
std::optional<Piece> LayOutText(const Setter& setter, const CaptionText& text, double width,
                                double size) {
  Owned<PangoLayout> layout = setter.Lay(text, size);
  if (pango_layout_get_unknown_glyphs_count(layout.get()) > 0) return std::nullopt;
  const bool whole = text.role == CaptionRole::kIdentifier || text.role == CaptionRole::kHost;
  const double natural = WidthOf(layout.get());
  if (natural > width) {
    layout = setter.Lay(
        text, size * std::max(whole ? kSmallest : kSmallestNames, width / natural * 0.999));
    pango_layout_set_wrap(layout.get(), text.role == CaptionRole::kIdentifier
                                            ? PANGO_WRAP_CHAR
                                            : PANGO_WRAP_WORD_CHAR);
    pango_layout_set_width(layout.get(), static_cast<int>(width * kUnits * PANGO_SCALE));
    if (!whole) {
      pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
      pango_layout_set_height(layout.get(), -kMostLinesOfName);
    }
  }
  auto outline = setter.Trace(layout.get());
  if (!outline || !HasInk(*outline)) return std::nullopt;
  PangoRectangle box;
  pango_layout_get_extents(layout.get(), nullptr, &box);
  Piece piece{*std::move(outline), pango_units_to_double(box.width) / kUnits,
              pango_units_to_double(box.height) / kUnits};
  if (!whole) {
    // Marks piled on a letter reach far above and below their line.
    const Box ink = BoundsOf(piece.outline);
    const double taller = std::min(ink.bottom - ink.top, size * kTallest);
    if (taller > piece.height) {
      Transform(piece.outline, 1, 0, (taller - ink.top - ink.bottom) / 2);
      piece.height = taller;
    }
  }
  FitInto(piece.outline, {0, 0, piece.width, piece.height});
  return piece;
}

/// Rows of pieces, one below the other, in the middle between two edges.
class Column {
 public:
  Column(double left, double right, double top) : left_(left), right_(right), top_(top) {}

  void Skip(double height) { top_ += height; }

  /// Puts pieces beside each other, `gap` between them.
  void PutRow(std::vector<Piece> row, double gap) {
    double width = gap * static_cast<double>(row.size() - 1);
    double height = 0;
    for (const Piece& piece : row) {
      width += piece.width;
      height = std::max(height, piece.height);
    }
    double x = (left_ + right_ - width) / 2;
    for (Piece& piece : row) {
      Transform(piece.outline, 1, x, top_ + (height - piece.height) / 2);
      outline_.insert(outline_.end(), piece.outline.begin(), piece.outline.end());
      x += piece.width + gap;
    }
    top_ += height + kLeading;
  }

  /// Puts names into one row if they fit or can be made to, else each into a row of its own.
  void PutNames(std::vector<Piece> names, double gap) {
    double width = gap * static_cast<double>(names.size() - 1);
    for (const Piece& name : names) width += name.width;
    const double scale = (right_ - left_) / width;
    if (scale < kSmallestNames) {
      for (Piece& name : names) PutRow({std::move(name)}, 0);
      return;
    }
    if (scale < 1) {
      gap *= scale;
      for (Piece& name : names) {
        Transform(name.outline, scale, 0, 0);
        name.width *= scale;
        name.height *= scale;
      }
    }
    PutRow(std::move(names), gap);
  }

  double top() const { return top_; }
  Outline TakeOutline() { return std::move(outline_); }

 private:
  double left_, right_, top_;
  Outline outline_;
};

}  // namespace

Result<CaptionArt> LayOutCaption(const std::vector<CaptionText>& texts, int side,
                                 double module_mm) {
  CaptionArt art;
  if (texts.empty()) return art;
  const Setter setter;
  const double width = side - 2 * kQuietZone;
  const double size = std::min(std::max(kTextSize, kLeastMillimetres / module_mm), width / 6);
  Column column(kQuietZone, side - kQuietZone, side);
  std::vector<Piece> names;
  const auto put_names = [&] {
    if (!names.empty()) column.PutNames(std::move(names), size * kGapBetweenNames);
    names.clear();
  };
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const CaptionText& text = texts[i];
    const bool host = text.role == CaptionRole::kHost;
    auto piece = LayOutText(setter, text, width, host ? size * kLargerHost : size);
    if (!piece && text.role != CaptionRole::kName)
      return Error{Errc::kUsage, "no font here can show \"" + text.text +
                                     "\"; install fonts-dejavu-core and fonts-noto-cjk, or "
                                     "use --bare"};
    if (!piece) {
      art.left_out.push_back(i);
      continue;
    }
    if (text.role == CaptionRole::kName) {
      names.push_back(*std::move(piece));
      continue;
    }
    put_names();
    if (host) column.Skip(size * kAboveHost);
    column.PutRow({*std::move(piece)}, 0);
  }
  put_names();
  art.height = static_cast<int>(std::ceil(column.top() - kLeading + kBottomMargin)) - side;
  art.outline = column.TakeOutline();
  return art;
}

}  // namespace cityid
