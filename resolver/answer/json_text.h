// JSON as it is written: appended to one string, commas put where they belong.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/record/fields.h"

namespace cityid {

/// Writes one value, or the members of an object whose braces are somebody else's. What is no UTF-8
/// is replaced by U+FFFD.
class JsonText {
 public:
  explicit JsonText(std::string& out) : out_(out) {}

  JsonText& BeginObject() { return Begin('{'); }
  JsonText& EndObject() { return End('}'); }
  JsonText& BeginArray() { return Begin('['); }
  JsonText& EndArray() { return End(']'); }
  /// The name of the member whose value comes next. It is ours, and needs no escape.
  JsonText& Name(std::string_view name) {
    Separate();
    out_.append("\"").append(name).append("\":");
    return *this;
  }
  JsonText& Text(std::string_view text);
  JsonText& Number(std::uint64_t number);
  /// A fixed-point number of `digits` digits after the point.
  JsonText& Decimal(std::int64_t number, int digits);
  JsonText& Bool(bool value) { return Raw(value ? "true" : "false"); }
  /// What is JSON already: a value, or members of an object.
  JsonText& Raw(std::string_view json) {
    Separate();
    out_ += json;
    return *this;
  }

  JsonText& Member(std::string_view name, std::string_view text) { return Name(name).Text(text); }
  JsonText& Member(std::string_view name, std::uint64_t number) {
    return Name(name).Number(number);
  }
  template <class T>
  JsonText& Member(std::string_view name, const std::optional<T>& value) {
    return value ? Member(name, *value) : *this;
  }
  JsonText& Member(std::string_view name, const TextMap& texts);

 private:
  void Separate() {
    if (!out_.empty() && std::string_view("{[:,").find(out_.back()) == std::string_view::npos)
      out_ += ',';
  }
  JsonText& Begin(char bracket) {
    Separate();
    out_ += bracket;
    return *this;
  }
  JsonText& End(char bracket) {
    out_ += bracket;
    return *this;
  }
  std::string& out_;
};

}  // namespace cityid
