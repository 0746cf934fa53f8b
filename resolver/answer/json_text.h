// Writing JSON: values are appended to one string, and commas are put where they belong.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/record/fields.h"

namespace cityid {

/// Writes one value, or the members of an object whose braces somebody else writes. Bytes that are
/// not UTF-8 become U+FFFD. The string outlives this.
class JsonText {
 public:
  explicit JsonText(std::string& out) : out_(out) {}

  JsonText& BeginObject() { return Begin('{'); }
  JsonText& EndObject() { return End('}'); }
  JsonText& BeginArray() { return Begin('['); }
  JsonText& EndArray() { return End(']'); }
  /// Writes the name of the member whose value comes next. It must need no escape.
  JsonText& Name(std::string_view name) {
    Separate();
    out_.append("\"").append(name).append("\":");
    return *this;
  }
  JsonText& Text(std::string_view text);
  JsonText& Number(std::uint64_t number);
  /// Writes `number` / 10^`digits` without trailing zeros.
  JsonText& Decimal(std::int64_t number, int digits);
  JsonText& Bool(bool value) { return Raw(value ? "true" : "false"); }
  /// Appends text that is JSON already: a value, or members of an object.
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
  /// Writes an array; `write(item)` writes each of its values, or none.
  template <class Items, class Write>
  JsonText& Array(std::string_view name, const Items& items, Write write) {
    Name(name).BeginArray();
    for (const auto& item : items) write(item);
    return EndArray();
  }
  template <class Texts>
  JsonText& Array(std::string_view name, const Texts& texts) {
    return Array(name, texts, [this](std::string_view text) { Text(text); });
  }

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
