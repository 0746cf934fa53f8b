// `cityid.h` on the pure core: bytes in, the core's own functions, an object out.
#include "sdk/cityid.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/shown_text.h"
#include "ledger/proof/policy_chain.h"
#include "resolver/answer/answer_json.h"
#include "resolver/answer/check.h"

struct cityid_result {
  int status = CITYID_OK;
  int verdict = CITYID_VERDICT_NONE;
  std::string text = {};
  std::string detail = {};
};

struct cityid_proof {
  std::optional<cityid::ProvenState> state;  // set exactly if `opened` has no error
  cityid_result opened;
  std::int64_t opened_at = 0;  // the reader's time then
};

namespace cityid {
namespace {

using std::chrono::sys_seconds;

constexpr std::size_t kMaxPolicies = 512;
constexpr std::int64_t kLastSecond = 253402300799;  // of the year 9999

/// The statuses of errors; that of any other is CITYID_ERROR_OTHER.
constexpr std::pair<Errc, int> kStatuses[] = {
    {Errc::kUsage, CITYID_ERROR_USAGE},
    {Errc::kMalformed, CITYID_ERROR_MALFORMED},
    {Errc::kUnsupported, CITYID_ERROR_UNSUPPORTED},
    {Errc::kTooLarge, CITYID_ERROR_TOO_LARGE},
    {Errc::kForged, CITYID_ERROR_FORGED},
    {Errc::kRefused, CITYID_ERROR_REFUSED},
    {Errc::kNotFound, CITYID_ERROR_UNREACHED},
};

int StatusOf(Errc code) {
  const auto row = std::ranges::find(kStatuses, code, &std::pair<Errc, int>::first);
  return row == std::end(kStatuses) ? CITYID_ERROR_OTHER : row->second;
}

/// The numbers of the interface by verdict. They are never renumbered; a new verdict gets the next
/// one.
constexpr int kNumbers[] = {
    CITYID_VERDICT_MALFORMED,     CITYID_VERDICT_UNSUPPORTED,   CITYID_VERDICT_WRONG_HOST,
    CITYID_VERDICT_UNKNOWN_ID,    CITYID_VERDICT_SUSPENDED,     CITYID_VERDICT_SUPERSEDED,
    CITYID_VERDICT_WITHDRAWN,     CITYID_VERDICT_UNKNOWN_KEY,   CITYID_VERDICT_FORGED,
    CITYID_VERDICT_WRONG_PURPOSE, CITYID_VERDICT_NOT_YET_VALID, CITYID_VERDICT_EXPIRED,
    CITYID_VERDICT_REVOKED,       CITYID_VERDICT_VALID,         CITYID_VERDICT_REGISTERED,
    CITYID_VERDICT_LEDGER_STALE};
static_assert(std::size(kNumbers) == static_cast<std::size_t>(Verdict::kLast) + 1);
static_assert(kNumbers[static_cast<std::size_t>(Verdict::kValid)] == CITYID_VERDICT_VALID);

int NumberOf(Verdict verdict) { return kNumbers[static_cast<std::size_t>(verdict)]; }

/// Returns the row with this number; null if there is none.
const VerdictRow* RowOf(int number) {
  const auto rows = VerdictTable();
  const auto found =
      std::ranges::find(rows, number, [](const VerdictRow& row) { return NumberOf(row.verdict); });
  return found == rows.end() ? nullptr : &*found;
}

/// Returns the text of a row in a language; null for any other number.
const VerdictText* TextOf(int number, const char* language) {
  const VerdictRow* row = RowOf(number);
  if (row == nullptr) return nullptr;
  for (const Language known : {Language::kChinese, Language::kArabic}) {
    if (language != nullptr && Tag(known) == language) return &Text(row->verdict, known);
  }
  return &Text(row->verdict, Language::kEnglish);
}

cityid_result Failure(const Error& error) {
  return {StatusOf(error.code), CITYID_VERDICT_NONE, {}, Printable(error.detail)};
}

cityid_result* Failed(const Error& error) { return new cityid_result(Failure(error)); }

cityid_result* Done(std::string text) {
  return new cityid_result{CITYID_OK, CITYID_VERDICT_NONE, std::move(text)};
}

/// Bytes of a caller. Nothing for a null pointer with a length.
std::optional<ByteView> View(const void* bytes, std::size_t size) {
  if (bytes == nullptr) return size == 0 ? std::optional(ByteView()) : std::nullopt;
  return ByteView(static_cast<const std::uint8_t*>(bytes), size);
}

Error NullPointer() { return {Errc::kUsage, "a null pointer with a length"}; }

Result<sys_seconds> TimeOf(std::int64_t now) {
  if (now < 0 || now > kLastSecond)
    return Error{Errc::kUsage, "the time is no second of the years 1970 to 9999"};
  return sys_seconds(std::chrono::seconds(now));
}

using Opener = decltype(ProvenState::Open);

/// Opens a proof of somebody. Errors: those of `ProvenState::Open`; kTooLarge for what only a pack
/// may have; kRefused if it calls itself a pack.
Result<ProvenState> OpenProof(ByteView document, const Trust& trust, sys_seconds now,
                              const std::optional<KeptHead>& kept) {
  if (document.size() > kMaxProof) return Error{Errc::kTooLarge, "proof: larger than 1 MiB"};
  auto state = ProvenState::Open(document, trust, now, kept);
  if (state && state->is_pack())
    return Error{Errc::kRefused, "it is a pack, which cityid_open_pack opens"};
  return state;
}

/// Opens a document. `keep` becomes the head to keep after it.
Result<ProvenState> Open(Opener& open, std::optional<ByteView> trust,
                         std::optional<ByteView> document, std::optional<ByteView> kept_head,
                         std::int64_t seconds, std::string& keep) {
  if (!trust || !document || !kept_head) return NullPointer();
  const auto now = TimeOf(seconds);
  if (!now) return now.error();
  const auto file = TrustFile::Parse(AsText(*trust));
  if (!file) return file.error();
  std::optional<KeptHead> kept;
  if (!kept_head->empty()) {
    auto parsed = KeptHead::Parse(AsText(*kept_head));
    if (!parsed) return parsed.error();
    kept = *std::move(parsed);
  }
  auto state = open(*document, file->trust, *now, kept);
  if (state) keep = KeptHead::After(kept, *state).text();
  return state;
}

/// Opens a document; what it returns has the head to keep after it.
cityid_proof* Opened(Opener& open, std::optional<ByteView> trust, std::optional<ByteView> document,
                     std::optional<ByteView> kept_head, std::int64_t seconds) {
  cityid_result opened;
  auto state = Open(open, trust, document, kept_head, seconds, opened.text);
  if (!state) return new cityid_proof{std::nullopt, Failure(state.error())};
  return new cityid_proof{*std::move(state), std::move(opened), seconds};
}

cityid_result* Ask(const cityid_proof* proof, std::int64_t seconds, const Query& query) {
  if (proof == nullptr) return Failed({Errc::kUsage, "no proof: a null pointer"});
  if (!proof->state) return new cityid_result(proof->opened);
  const auto now = TimeOf(seconds);
  if (!now) return Failed(now.error());
  // A clock that went back would keep the proof fresh for ever.
  if (seconds < proof->opened_at - kCosignatureSkew.count())
    return Failed(
        {Errc::kRefused, "the clock went back after the proof was opened; open it again"});
  const auto checked = AnswerFrom(*proof->state, query, AgeLimits{}, *now);
  if (!checked) return Failed(checked.error());
  return new cityid_result{CITYID_OK, NumberOf(checked->answer.verdict), CheckedJson(*checked),
                           Printable(checked->answer.detail)};
}

Result<ScannedCode> Parse(std::optional<ByteView> scanned) {
  if (!scanned) return NullPointer();
  return ParseScanned(*scanned);
}

/// Policy proofs with the versions that they claim. What can't be read claims nothing.
using PolicyProofs = std::vector<std::pair<std::uint64_t, ByteView>>;

Result<PolicyProofs> ReadPolicyProofs(const void* const* proofs, const std::size_t* sizes,
                                      std::size_t count) {
  if (count > kMaxPolicies) return Error{Errc::kTooLarge, "more than 512 policy proofs"};
  if (count != 0 && (proofs == nullptr || sizes == nullptr)) return NullPointer();
  PolicyProofs found;
  for (std::size_t i = 0; i < count; ++i) {
    const auto proof = View(proofs[i], sizes[i]);
    if (!proof) return NullPointer();
    if (const auto policy = ClaimedPolicy(*proof))
      found.emplace_back(policy->policy.version, *proof);
  }
  return found;
}

Result<TrustFile> UpdateTrust(std::optional<ByteView> trust, const PolicyProofs& proofs,
                              std::optional<ByteView> checkpoint, std::int64_t seconds) {
  if (!trust || !checkpoint) return NullPointer();
  const auto now = TimeOf(seconds);
  if (!now) return now.error();
  const auto file = TrustFile::Parse(AsText(*trust));
  if (!file) return file.error();
  if (const auto young = file->CheckAge(*now, kMaxTrustAge); !young)
    return young.error().In("trust file");
  // Of several proofs that claim a version, the one that goes on from what is believed so far.
  std::optional<PolicyPosition> position;
  const auto source = [&](std::uint64_t version) -> Result<std::optional<Bytes>> {
    std::optional<Bytes> wrong;
    for (const auto& [claimed, proof] : proofs) {
      if (claimed != version) continue;
      const auto link = position ? OpenNextLink(proof, *position, *now)
                                 : OpenPolicyLink(proof, &file->trust, *now);
      if (link && (position || link->trust == file->trust)) {
        position = PolicyPosition::At(*link);
        return std::optional(ToBytes(proof));
      }
      wrong = ToBytes(proof);
    }
    return wrong;
  };
  return BringForward(*file, source, AsText(*checkpoint), *now);
}

/// Makes what a function of the interface returns. An exception can only be a bug or a lack of
/// memory: it ends the program here, and reaches no caller who can't catch it.
template <class Make>
auto Made(Make make) noexcept {
  return make();
}

}  // namespace
}  // namespace cityid

using namespace cityid;  // NOLINT: the functions of the interface are in no namespace

extern "C" {

const char* cityid_version(void) { return CITYID_VERSION; }

cityid_proof* cityid_open(const void* trust, size_t trust_size, const void* document,
                          size_t document_size, const void* kept_head, size_t kept_head_size,
                          int64_t now) {
  return Made([&] {
    return Opened(OpenProof, View(trust, trust_size), View(document, document_size),
                  View(kept_head, kept_head_size), now);
  });
}

cityid_proof* cityid_open_pack(const void* trust, size_t trust_size, const void* pack,
                               size_t pack_size, const void* kept_head, size_t kept_head_size,
                               int64_t now) {
  return Made([&] {
    return Opened(ProvenState::OpenPack, View(trust, trust_size), View(pack, pack_size),
                  View(kept_head, kept_head_size), now);
  });
}

const cityid_result* cityid_opened(const cityid_proof* proof) {
  return proof == nullptr ? nullptr : &proof->opened;
}

void cityid_close(cityid_proof* proof) { delete proof; }

cityid_result* cityid_judge(const cityid_proof* proof, const void* scanned, size_t scanned_size,
                            int64_t now, int host_counts) {
  return Made([&] {
    const auto content = View(scanned, scanned_size);
    if (!content) return Failed(NullPointer());
    Query query = Query::Scanned(*content);
    if (host_counts == 0) query.host.reset();
    return Ask(proof, now, query);
  });
}

cityid_result* cityid_look_up(const cityid_proof* proof, const void* id, size_t id_size,
                              int64_t now) {
  return Made([&] {
    const auto text = View(id, id_size);
    return text ? Ask(proof, now, Query::Typed(AsText(*text))) : Failed(NullPointer());
  });
}

cityid_result* cityid_parse(const void* scanned, size_t scanned_size) {
  return Made([&] {
    const auto code = Parse(View(scanned, scanned_size));
    return code ? Done(ClaimsJson(*code)) : Failed(code.error());
  });
}

cityid_result* cityid_about(const void* scanned, size_t scanned_size) {
  return Made([&] {
    const auto code = Parse(View(scanned, scanned_size));
    return code ? Done(AboutCode(code->code)) : Failed(code.error());
  });
}

cityid_result* cityid_seals(const void* file, size_t size) {
  return Made([&] {
    const auto bytes = View(file, size);
    return bytes ? Done(SealsJson(FindSeals(*bytes))) : Failed(NullPointer());
  });
}

int64_t cityid_trust_version(const void* trust, size_t trust_size) {
  return Made([&]() -> int64_t {
    const auto text = View(trust, trust_size);
    const auto file = TrustFile::Parse(text ? AsText(*text) : "");
    return file ? static_cast<int64_t>(file->version) : -1;
  });
}

cityid_result* cityid_update_trust(const void* trust, size_t trust_size, const void* const* proofs,
                                   const size_t* proof_sizes, size_t proof_count,
                                   const void* checkpoint, size_t checkpoint_size, int64_t now) {
  return Made([&] {
    const auto read = ReadPolicyProofs(proofs, proof_sizes, proof_count);
    if (!read) return Failed(read.error());
    const auto updated =
        UpdateTrust(View(trust, trust_size), *read, View(checkpoint, checkpoint_size), now);
    return updated ? Done(updated->text()) : Failed(updated.error());
  });
}

int cityid_status(const cityid_result* result) {
  return result == nullptr ? CITYID_ERROR_USAGE : result->status;
}

int cityid_verdict(const cityid_result* result) {
  return result == nullptr ? CITYID_VERDICT_NONE : result->verdict;
}

const char* cityid_text(const cityid_result* result, size_t* size) {
  if (size != nullptr) *size = result == nullptr ? 0 : result->text.size();
  return result == nullptr ? "" : result->text.c_str();
}

const char* cityid_detail(const cityid_result* result) {
  return result == nullptr ? "" : result->detail.c_str();
}

void cityid_free(cityid_result* result) { delete result; }

// The names and texts of the table are literals, which end with a zero byte.
const char* cityid_verdict_name(int verdict) {
  const VerdictRow* row = RowOf(verdict);
  return row == nullptr ? "" : row->name.data();
}

const char* cityid_verdict_title(int verdict, const char* language) {
  const VerdictText* text = TextOf(verdict, language);
  return text == nullptr ? "" : text->title.data();
}

const char* cityid_verdict_advice(int verdict, const char* language) {
  const VerdictText* text = TextOf(verdict, language);
  return text == nullptr ? "" : text->advice.data();
}

}  // extern "C"
