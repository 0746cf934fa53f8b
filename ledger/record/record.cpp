#include "ledger/record/record.h"

#include <algorithm>
#include <array>
#include <type_traits>

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
  static constexpr const char* kName = "record";
  static constexpr const char* kTypeName = "type";
  static constexpr std::uint64_t kBodyKey = 7;
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
  const Envelope envelope{static_cast<std::uint64_t>(record.type()),
                          record.log,
                          record.subject,
                          record.previous,
                          record.authority,
                          record.not_after};
  return std::visit([&](const auto& body) { return EncodeWithBody(envelope, body); }, record.body);
}

Result<Record> ParsePayload(ByteView payload) {
  Envelope envelope;
  auto body = DecodeWithBody<RecordBody>(payload, envelope);
  if (!body) return body.error();
  return Record{envelope.log,       std::move(envelope.subject), envelope.previous,
                envelope.authority, envelope.not_after,          *std::move(body)};
}

}  // namespace cityid
