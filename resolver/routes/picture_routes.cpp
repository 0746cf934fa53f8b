#include "resolver/routes/picture_routes.h"

#include "codec/city_code.h"
#include "codec/picture/file_kind.h"
#include "codec/seal/seal.h"
#include "codec/text.h"
#include "resolver/answer/check.h"
#include "resolver/message/multipart.h"
#include "resolver/routes/answer_routes.h"
#include "resolver/routes/open_ledger.h"

namespace cityid {
namespace {

constexpr Rate kPicturesRate{1, 10};
constexpr const char* kNoPictures = "this resolver reads no pictures; send the text of the code";
constexpr std::string_view kPdfType = "application/pdf";

/// Returns the bytes of the picture. The form has a field for the camera and one for files, and the
/// one that was left empty comes, too.
Result<std::string_view> PictureIn(const Request& request) {
  const std::string_view type = request.header("content-type");
  if (!IsMultipartForm(type)) return request.body;
  const auto parts = ReadFormParts(type, request.body);
  if (!parts) return parts.error();
  std::string_view picture;
  for (const FormPart& part : *parts) {
    const bool is_picture = part.name == "picture" || part.name == "camera";
    if (!is_picture || part.content.empty()) continue;
    if (!picture.empty()) return Error{Errc::kMalformed, "send one picture at a time"};
    picture = part.content;
  }
  if (picture.empty()) return Error{Errc::kMalformed, "the form has no picture"};
  return picture;
}

/// Judges codes one after the other, by one state of the ledger.
class Desk {
 public:
  Desk(const Call& call, const OpenLedger& ledger) : call_(call), ledger_(ledger) {
    subjects_.Use(ledger.view.version());
  }

  /// Judges what a symbol holds, and writes down the verdict.
  Result<void> Judge(ByteView content, PicturePage::Symbol& shown) {
    const Query query = Query::Scanned(content);
    if (const auto* code = std::get_if<ClaimedCode>(&query.subject))
      shown.path = "/" + AboutCode(*code);
    auto answer = ResolveFor(call_.service, query, ledger_.view, ledger_.view.head(), ledger_.clock,
                             &subjects_);
    if (!answer) return answer.error();
    shown.answer = *std::move(answer);
    return {};
  }

 private:
  const Call& call_;
  const OpenLedger& ledger_;
  SubjectCache subjects_;
};

/// Judges the symbols of a picture.
Result<PicturePage> JudgePicture(const Call& call, const OpenLedger& ledger, ByteView file) {
  const std::vector<std::string>& hosts = ledger.mark.policy->policy.hosts;
  const auto found = call.service.pictures->Read(file, hosts);
  if (!found) return found.error();
  PicturePage page;
  Desk desk(call, ledger);
  for (const PictureSymbol& symbol : found->symbols) {
    PicturePage::Symbol& shown = page.symbols.emplace_back();
    shown.format = Name(symbol.format);
    if (!IsCityContent(symbol.content, hosts)) {
      shown.foreign = ShortContent(symbol.content);
    } else if (const auto judged = desk.Judge(symbol.content, shown); !judged) {
      return judged.error();
    }
  }
  page.missing = WhyIncomplete(*found);
  page.ledger = ledger.mark;
  return page;
}

/// Judges the seals of a file. It is not drawn, whatever it is.
Result<PicturePage> JudgeSeals(const Call& call, const OpenLedger& ledger, ByteView file) {
  FoundSeals found = FindSeals(file);
  PicturePage page;
  Desk desk(call, ledger);
  for (FoundSeal& seal : found.seals) {
    PicturePage::Symbol& shown = page.symbols.emplace_back();
    shown.format = "seal";
    // A seal that shows no code is judged as one that can't be understood.
    if (const auto judged = desk.Judge(AsBytes(seal.url), shown); !judged) return judged.error();
    shown.seal = std::move(seal);
  }
  page.intact = found.intact();
  if (found.more) page.missing = "the file has more than 16 seals; the others were not looked at";
  page.ledger = ledger.mark;
  return page;
}

}  // namespace

/// A place among the pictures that are on their way.
class PictureDesk::Place : public BodyPlace {
 public:
  Place(PictureDesk& desk, std::optional<std::uint64_t> client, Clock::time_point since)
      : desk_(desk), client_(client), since_(since) {}
  ~Place() override {
    {
      const std::lock_guard lock(desk_.places_mutex_);
      std::erase(desk_.places_, this);
    }
    if (client_) desk_.taken_by_.Leave(*client_);
  }

  Clock::time_point since() const { return since_; }
  /// Returns the bytes a second that have come until `now`.
  double Pace(Clock::time_point now) const {
    return static_cast<double>(received()) / std::chrono::duration<double>(now - since_).count();
  }

 private:
  PictureDesk& desk_;
  const std::optional<std::uint64_t> client_;
  const Clock::time_point since_;
};

/// Returns a place, or null if there is none, and then `client` isn't counted.
std::shared_ptr<PictureDesk::Place> PictureDesk::TakePlace(std::optional<std::uint64_t> client) {
  const auto now = Clock::now();
  const std::lock_guard lock(places_mutex_);
  if (places_.size() >= kPlaces && !Displace(now)) {
    if (client) taken_by_.Leave(*client);
    return nullptr;
  }
  places_.reserve(kPlaces);
  auto place = std::make_shared<Place>(*this, client, now);
  places_.push_back(place.get());
  return place;
}

/// Takes the place away from the slowest picture that has had its time. Returns false if none has.
/// Under `places_mutex_`.
bool PictureDesk::Displace(Clock::time_point now) {
  auto slowest = places_.end();
  for (auto one = places_.begin(); one != places_.end(); ++one) {
    if ((*one)->whole() || now - (*one)->since() < kPatience) continue;
    if (slowest == places_.end() || (*one)->Pace(now) < (*slowest)->Pace(now)) slowest = one;
  }
  if (slowest == places_.end()) return false;
  (*slowest)->TakeAway();
  places_.erase(slowest);
  return true;
}

BodyTerms PictureDesk::Admit(const Request& head) {
  const BodyTerms too_many{0, 503, "too many pictures at once; try again later"};
  if (inside_.load(std::memory_order_relaxed) >= kInside) return too_many;
  if (head.limited && !taken_by_.Enter(head.client, kPlacesOfClient))
    return {0, 429, "too many pictures at once from your address; try again later"};
  auto place = TakePlace(head.limited ? std::optional(head.client) : std::nullopt);
  if (place == nullptr) return too_many;
  return {kMaxPictureBody, 0, "", std::move(place)};
}

Result<PictureResult> PictureDesk::Read(ByteView file, const std::vector<std::string>& hosts) {
  std::unique_lock lock(mutex_);
  if (inside_ >= kInside)
    return Error{Errc::kBusy, "too many pictures are being read; try again later"};
  ++inside_;
  // Each of those before ends within its time.
  freed_.wait(lock, [&] { return readers_.HasFree(); });
  auto reader = readers_.TryAcquire();
  lock.unlock();
  auto result = reader->Read(file, hosts);
  lock.lock();
  reader.reset();
  --inside_;
  freed_.notify_one();
  return result;
}

bool CarriesPicture(const Request& request) {
  const std::string_view type = request.header("content-type");
  constexpr std::string_view kImage = "image/";
  return IsMultipartForm(type) || EqualIgnoringCase(Trim(type).substr(0, kImage.size()), kImage) ||
         EqualIgnoringCase(Trim(type.substr(0, type.find(';'))), kPdfType);
}

BodyTerms VerifyTerms(const Call& head) {
  if (!CarriesPicture(head.request)) return {head.route->max_body};
  if (head.service.pictures == nullptr) return {0, 415, kNoPictures};
  if (CheckRate(head.service.pictures_rate, kPicturesRate, head.request, ""))
    return {0, 429, "too many pictures from your address; try again later"};
  return head.service.pictures->Admit(head.request);
}

HandlerResult VerifyPicture(const Call& call) {
  if (call.service.pictures == nullptr) return Failure{415, kNoPictures};
  const auto picture = PictureIn(call.request);
  if (!picture) return picture.error();
  // A code has representations that other documents don't have.
  const auto shown = Negotiate(call.request, Scope::kAnything);
  if (!shown) return NotAcceptable();
  const auto ledger = ReadLedger(call);
  if (!ledger) return ledger.error();
  const ByteView file = AsBytes(*picture);
  const auto page = KindOfFile(file) == FileKind::kPdf ? JudgeSeals(call, *ledger, file)
                                                       : JudgePicture(call, *ledger, file);
  if (!page && page.error().code == Errc::kBusy)
    return Failure{503, page.error().detail, {}, std::chrono::seconds(1)};
  if (!page) return page.error();
  Response response = Represent(200, *page, *shown);
  if (response.body.size() > call.route->bounds.bytes)
    return Error{Errc::kTooLarge, "it has too many codes for one answer; send a part of it"};
  response.headers.Add("Cache-Control", "no-store");
  return response;
}

}  // namespace cityid
