#include "ledger/record/record.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "codec/cbor.h"

namespace cityid {
namespace {

/// The trait row of a record type.
struct TypeRow {
  RecordType type;
  std::string_view name;
};

template <class... Bodies>
constexpr auto RowsOf(std::type_identity<std::variant<Bodies...>>) {
  return std::array{TypeRow{Bodies::kType, Bodies::kName}...};
}
constexpr auto kTypes = RowsOf(std::type_identity<RecordBody>());

constexpr bool AreDifferent() {
  for (const TypeRow& row : kTypes) {
    if (std::ranges::count(kTypes, row.type, &TypeRow::type) != 1) return false;
    if (std::ranges::count(kTypes, row.name, &TypeRow::name) != 1) return false;
  }
  return true;
}
static_assert(AreDifferent(), "two record types have one number or one name");

/// The members of a record before its body.
struct Envelope {
  std::uint64_t type = 0;
  std::optional<RecordHash> log;
  std::optional<std::string> subject;
  std::optional<RecordHash> previous;
  std::optional<RecordHash> authority;
  std::optional<std::uint64_t> not_after;

  template <class F, class Self>
  static void Fields(F& f, Self& s) {
    f(1, "type", s.type);
    f(2, "log", s.log);
    f(3, "subject", s.subject);
    f(4, "previous", s.previous);
    f(5, "authority", s.authority);
    f(6, "not_after", s.not_after);
  }
};

template <class Body>
Bytes Encode(const Record& record, const Body& body) {
  const Envelope envelope{static_cast<std::uint64_t>(Body::kType),
                          record.log,
                          record.subject,
                          record.previous,
                          record.authority,
                          record.not_after};
  fields::Counter counter;
  Envelope::Fields(counter, envelope);
  CborWriter out;
  out.Map(counter.count + 1);
  fields::Writer writer{out};
  Envelope::Fields(writer, envelope);
  writer(7, "body", body);
  return std::move(out).bytes();
}

template <class Body>
Result<Record> Decode(fields::Reader& reader, Envelope envelope) {
  Body body;
  reader(7, "body", body);
  if (reader.error) return reader.error->In("record");
  if (reader.left != 0)
    return Error{Errc::kMalformed, "record: unknown field, or fields out of order"};
  if (const auto end = reader.in.End(); !end) return end.error();
  return Record{envelope.log,       std::move(envelope.subject), envelope.previous,
                envelope.authority, envelope.not_after,          std::move(body)};
}

/// Decodes the body as the alternative `i` of the variant if that has the type, or as a later one.
template <class Variant, std::size_t i = 0>
Result<Record> DecodeAs(fields::Reader& reader, Envelope envelope) {
  if constexpr (i == std::variant_size_v<Variant>) {
    return Error{Errc::kUnsupported, "record: unknown type " + std::to_string(envelope.type)};
  } else {
    using Body = std::variant_alternative_t<i, Variant>;
    if (envelope.type == static_cast<std::uint64_t>(Body::kType)) {
      return Decode<Body>(reader, std::move(envelope));
    }
    return DecodeAs<Variant, i + 1>(reader, std::move(envelope));
  }
}

}  // namespace

RecordHash HashRecord(ByteView entry) { return *RecordHash::From(Sha256(entry).view()); }

std::string_view Name(RecordType type) {
  const auto row = std::ranges::find(kTypes, type, &TypeRow::type);
  return row == kTypes.end() ? std::string_view() : row->name;
}

RecordType Record::type() const {
  return std::visit([](const auto& b) { return b.kType; }, body);
}

Bytes WritePayload(const Record& record) {
  return std::visit([&](const auto& body) { return Encode(record, body); }, record.body);
}

Result<Record> ParsePayload(ByteView payload) {
  CborReader in(payload);
  const auto count = in.Map();
  if (!count) return count.error();
  Envelope envelope;
  fields::Reader reader{in, *count, {}};
  Envelope::Fields(reader, envelope);
  if (reader.error) return reader.error->In("record");
  return DecodeAs<RecordBody>(reader, std::move(envelope));
}

}  // namespace cityid
