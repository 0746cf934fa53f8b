// JSON that comes from somebody else's server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cityid::cli {

/// A value of JSON, read without trust: a member that is missing reads as an absent value, and
/// so does a member of what is no object. Nothing here fails.
class RemoteJson {
 public:
  /// Parses a text. Returns an absent value if it is no JSON, nested over 32 levels deep, or of
  /// over 100,000 values.
  static RemoteJson Parse(std::string_view text);

  bool IsPresent() const { return kind_ != Kind::kAbsent; }
  bool IsObject() const { return kind_ == Kind::kObject; }
  bool IsArray() const { return kind_ == Kind::kArray; }
  bool IsText() const { return kind_ == Kind::kText; }
  bool IsTrue() const { return kind_ == Kind::kOther && text_ == "true"; }

  /// Returns a member of an object.
  const RemoteJson& operator[](std::string_view name) const;
  /// Returns the values of an array or an object, in their order.
  const std::vector<RemoteJson>& items() const { return items_; }
  /// Returns the names of an object's members, in the order of `items()`.
  const std::vector<std::string>& names() const { return names_; }

  /// Returns a text as it is, any other value as JSON, and "" for an absent one.
  std::string Plain() const;
  /// Returns the value as JSON on one line, or "" for an absent one.
  std::string Json() const;

 private:
  enum class Kind { kAbsent, kText, kOther, kArray, kObject };
  struct Reader;

  Kind kind_ = Kind::kAbsent;
  std::string text_;                ///< a text, or the JSON of a number, true, false or null
  std::vector<RemoteJson> items_;   ///< of an array or an object
  std::vector<std::string> names_;  ///< of the members of an object, in the order of `items_`
};

/// Returns true if `json` is nested over 32 levels deep, or has over 100,000 values. What follows
/// the levels by recursion, as the library's writer does, could run out of stack, and a value takes
/// many times as much memory as its text.
bool IsTooMuchJson(std::string_view json);

}  // namespace cityid::cli
