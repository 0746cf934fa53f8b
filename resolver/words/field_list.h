// Lists in request header fields: elements with parameters and weights (RFC 9110, 5.6.1, 5.6.6 and
// 12.4.2), as `Accept`, `Accept-Language` and `Accept-Encoding` have them.
#pragma once

#include <optional>
#include <string_view>

namespace cityid {

/// One element: `text/html;version="2";q=0.5`.
struct Weighted {
  std::string_view value;  ///< without parameters and blanks
  int quality = 1000;      ///< the weight in thousandths, 0 to 1000
  /// Whether there are parameters before the weight, other than `charset=utf-8`, which is true of
  /// everything that we send.
  bool has_parameters = false;
};

/// Reads a list from its begin to its end. A comma or semicolon between quotes separates nothing; a
/// quote that nothing closes is an ordinary character. A weight with too many digits, or without
/// the first one, is read as the number that it is; what is no number, or above 1, counts as 1.
class FieldList {
 public:
  explicit FieldList(std::string_view field)
      : rest_(field), has_quotes_(field.find('"') != std::string_view::npos) {}

  /// Returns the next element that is not empty; nothing at the end.
  std::optional<Weighted> Next();

 private:
  std::string_view Take(std::string_view& text, char separator);

  std::string_view rest_;
  bool has_quotes_;
};

}  // namespace cityid
