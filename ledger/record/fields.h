// The CBOR form of a structure, from one list of its fields (docs/ledger-format.md 1).
//
// A structure lists its members once, in a static template `Fields(visitor, self)` that calls
// `visitor(key, "name", self.member)` for each, with ascending keys. Every visitor uses that list:
// the CBOR writer and reader here, the JSON writer elsewhere. A structure is written as a CBOR map.
// An empty optional, an empty list or map, and `false` must be left out.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "codec/bytes.h"
#include "codec/cbor.h"
#include "codec/result.h"

namespace cityid {

/// The bytewise order of two texts' encodings: the shorter first.
struct CborTextOrder {
  bool operator()(const std::string& a, const std::string& b) const {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
};

/// Texts by a key, which is a language tag (BCP 47) or a scheme.
using TextMap = std::map<std::string, std::string, CborTextOrder>;

/// An enumeration of one byte, written as a number. `Name` returns the name of every value that
/// exists, and an empty text for any other.
template <class E>
concept FieldEnum = std::is_enum_v<E> && sizeof(E) == 1 && requires(E e) {
  { Name(e) } -> std::same_as<std::string_view>;
};

/// Returns true if the enumeration has this value.
template <FieldEnum E>
bool Known(E value) {
  return !Name(value).empty();
}

/// A type that is written as a text: `CityId`, `Prefix`, `Checkpoint`.
template <class T>
concept TextValue = requires(const T& value, std::string_view text) {
  { T::Parse(text) } -> std::same_as<Result<T>>;
  { value.text() } -> std::convertible_to<std::string_view>;
};

namespace fields {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {};
template <>
struct IsList<Bytes> : std::false_type {};  // a byte string
template <class T>
struct IsFixedBytes : std::false_type {};
template <class Tag, std::size_t N>
struct IsFixedBytes<FixedBytes<Tag, N>> : std::true_type {};

template <class T>
constexpr bool kMayBeLeftOut =
    IsOptional<T>::value || IsList<T>::value || std::same_as<T, TextMap> || std::same_as<T, bool>;

/// Returns true if a member with this value is left out of the map.
template <class T>
bool LeftOut(const T& value) {
  if constexpr (IsOptional<T>::value || std::same_as<T, bool>) {
    return !value;
  } else if constexpr (kMayBeLeftOut<T>) {
    return value.empty();
  } else {
    return false;
  }
}

struct Counter {
  std::uint64_t count = 0;
  template <class T>
  void operator()(std::uint64_t, const char*, const T& value) {
    if (!LeftOut(value)) ++count;
  }
};

template <class T>
void WriteValue(CborWriter& out, const T& value);

struct Writer {
  CborWriter& out;
  template <class T>
  void operator()(std::uint64_t key, const char*, const T& value) {
    if (LeftOut(value)) return;
    out.Uint(key);
    WriteValue(out, value);
  }
};

template <class T>
void WriteValue(CborWriter& out, const T& value) {
  if constexpr (IsOptional<T>::value) {
    WriteValue(out, *value);
  } else if constexpr (IsList<T>::value) {
    out.Array(value.size());
    for (const auto& item : value) WriteValue(out, item);
  } else if constexpr (std::same_as<T, TextMap>) {
    out.Map(value.size());
    for (const auto& [key, text] : value) out.Text(key).Text(text);
  } else if constexpr (std::same_as<T, bool>) {
    out.Bool(value);
  } else if constexpr (std::is_enum_v<T>) {
    out.Uint(static_cast<std::uint64_t>(value));
  } else if constexpr (std::signed_integral<T>) {
    out.Int(value);
  } else if constexpr (std::unsigned_integral<T>) {
    out.Uint(value);
  } else if constexpr (std::same_as<T, std::string>) {
    out.Text(value);
  } else if constexpr (TextValue<T>) {
    out.Text(value.text());
  } else if constexpr (IsFixedBytes<T>::value) {
    out.ByteString(value.view());
  } else if constexpr (std::same_as<T, Bytes>) {
    out.ByteString(value);
  } else {
    Counter counter;
    T::Fields(counter, value);
    out.Map(counter.count);
    Writer writer{out};
    T::Fields(writer, value);
  }
}

template <class T>
Result<T> ReadValue(CborReader& in);

/// Reads the map of a structure, member by member, up to the first error.
struct Reader {
  CborReader& in;
  std::uint64_t left;
  std::optional<Error> error;

  template <class T>
  void operator()(std::uint64_t key, const char* name, T& member) {
    if (error) return;
    if (left > 0) {
      CborReader ahead = in;
      const auto next = ahead.Uint();
      if (next && *next == key) {
        in = ahead;
        --left;
        auto value = ReadValue<T>(in);
        if (value) member = *std::move(value);
        if (!value) error = value.error().In(name);
        if (value && LeftOut(member)) {
          error = Error{Errc::kMalformed, std::string(name) + " is empty and must be left out"};
        }
        return;
      }
    }
    if constexpr (!kMayBeLeftOut<T>) {
      error = Error{Errc::kMalformed, std::string(name) + " is missing"};
    }
  }
};

template <class T>
Result<T> ReadValue(CborReader& in) {
  if constexpr (IsOptional<T>::value) {
    auto value = ReadValue<typename T::value_type>(in);
    if (!value) return value.error();
    return T(*std::move(value));
  } else if constexpr (IsList<T>::value) {
    const auto count = in.Array();
    if (!count) return count.error();
    T list;
    for (std::uint64_t i = 0; i < *count; ++i) {
      auto item = ReadValue<typename T::value_type>(in);
      if (!item) return item.error();
      list.push_back(*std::move(item));
    }
    return list;
  } else if constexpr (std::same_as<T, TextMap>) {
    const auto count = in.Map();
    if (!count) return count.error();
    TextMap map;
    for (std::uint64_t i = 0; i < *count; ++i) {
      const auto key = in.Text();
      if (!key) return key.error();
      if (!map.empty() && !CborTextOrder()(map.rbegin()->first, std::string(*key))) {
        return Error{Errc::kMalformed, "map keys out of order or twice"};
      }
      const auto text = in.Text();
      if (!text) return text.error();
      map.emplace_hint(map.end(), *key, *text);
    }
    return map;
  } else if constexpr (std::same_as<T, bool>) {
    return in.Bool();
  } else if constexpr (std::is_enum_v<T>) {
    static_assert(FieldEnum<T>);
    const auto value = in.Uint();
    if (!value) return value.error();
    if (*value > 0xFF || !Known(static_cast<T>(*value))) {
      return Error{Errc::kUnsupported, "unknown value " + std::to_string(*value)};
    }
    return static_cast<T>(*value);
  } else if constexpr (std::signed_integral<T>) {
    static_assert(sizeof(T) == 8);
    const auto value = in.Int();
    if (!value) return value.error();
    return T{*value};
  } else if constexpr (std::unsigned_integral<T>) {
    const auto value = in.Uint();
    if (!value) return value.error();
    if (*value > static_cast<T>(-1)) return Error{Errc::kMalformed, "number out of range"};
    return static_cast<T>(*value);
  } else if constexpr (std::same_as<T, std::string>) {
    const auto text = in.Text();
    if (!text) return text.error();
    return std::string(*text);
  } else if constexpr (TextValue<T>) {
    const auto text = in.Text();
    if (!text) return text.error();
    return T::Parse(*text);
  } else if constexpr (IsFixedBytes<T>::value) {
    const auto bytes = in.ByteString();
    if (!bytes) return bytes.error();
    const auto fixed = T::From(*bytes);
    if (!fixed) return Error{Errc::kMalformed, "wrong number of bytes"};
    return *fixed;
  } else if constexpr (std::same_as<T, Bytes>) {
    const auto bytes = in.ByteString();
    if (!bytes) return bytes.error();
    return ToBytes(*bytes);
  } else {
    const auto count = in.Map();
    if (!count) return count.error();
    T value;
    Reader reader{in, *count, {}};
    T::Fields(reader, value);
    if (reader.error) return *reader.error;
    if (reader.left != 0) return Error{Errc::kMalformed, "unknown field, or fields out of order"};
    return value;
  }
}

/// Reads the member "body" as the alternative `i` of the variant if that has the type, or as a
/// later one. Returns nothing if none has.
template <class Variant, std::size_t i = 0>
std::optional<Variant> ReadBody(Reader& reader, std::uint64_t key, std::uint64_t type) {
  if constexpr (i == std::variant_size_v<Variant>) {
    return std::nullopt;
  } else {
    using Body = std::variant_alternative_t<i, Variant>;
    if (type != static_cast<std::uint64_t>(Body::kType))
      return ReadBody<Variant, i + 1>(reader, key, type);
    Body body;
    reader(key, "body", body);
    return Variant(std::in_place_index<i>, std::move(body));
  }
}

}  // namespace fields

/// Writes the one encoding of a structure.
template <class T>
Bytes EncodeFields(const T& value) {
  CborWriter out;
  fields::WriteValue(out, value);
  return std::move(out).bytes();
}

/// Reads what `EncodeFields` writes, and no other encoding. Errors: kMalformed; kUnsupported for a
/// value that an enumeration of this program lacks.
template <class T>
Result<T> DecodeFields(ByteView bytes) {
  CborReader in(bytes);
  auto value = fields::ReadValue<T>(in);
  if (!value) return value;
  if (const auto end = in.End(); !end) return end.error();
  return value;
}

/// Writes the map of an envelope, and as its last member, under `Envelope::kBodyKey`, a body. The
/// envelope's member `type` says which type of body that is.
template <class Envelope, class Body>
Bytes EncodeWithBody(const Envelope& envelope, const Body& body) {
  fields::Counter counter;
  Envelope::Fields(counter, envelope);
  CborWriter out;
  out.Map(counter.count + 1);
  fields::Writer writer{out};
  Envelope::Fields(writer, envelope);
  writer(Envelope::kBodyKey, "body", body);
  return std::move(out).bytes();
}

/// Reads what `EncodeWithBody` writes, with one of the bodies of the variant. Errors: those of
/// `DecodeFields`, beginning with `Envelope::kName`; kUnsupported for a type that none of them has.
template <class Variant, class Envelope>
Result<Variant> DecodeWithBody(ByteView bytes, Envelope& envelope) {
  CborReader in(bytes);
  const auto count = in.Map();
  if (!count) return count.error();
  fields::Reader reader{in, *count, {}};
  Envelope::Fields(reader, envelope);
  if (reader.error) return reader.error->In(Envelope::kName);
  auto body = fields::ReadBody<Variant>(reader, Envelope::kBodyKey, envelope.type);
  if (!body) {
    return Error{Errc::kUnsupported, std::string("unknown ") + Envelope::kTypeName + " " +
                                         std::to_string(envelope.type)}
        .In(Envelope::kName);
  }
  if (reader.error) return reader.error->In(Envelope::kName);
  if (reader.left != 0) {
    return Error{Errc::kMalformed, "unknown field, or fields out of order"}.In(Envelope::kName);
  }
  if (const auto end = in.End(); !end) return end.error();
  return *std::move(body);
}

}  // namespace cityid
