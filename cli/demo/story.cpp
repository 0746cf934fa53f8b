#include "cli/demo/story.h"

#include <algorithm>

#include "cli/console/clock.h"
#include "codec/files/key_file.h"

namespace cityid::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDepartment = "MA.156.1301.02";
constexpr const char* kPartner = "MA.156.1301.RIDE";

/// What every step of the story needs.
struct Story {
  const fs::path& dir;
  const DemoLedger& demo;
  Registry& registry;
  DemoPictures& pictures;
  std::chrono::sys_seconds now;

  fs::path Key(const std::string& name) const { return dir / "keys" / (name + ".key"); }

  /// Returns a record about `subject` that may wait a month for signatures.
  Record About(const std::string& subject, RecordBody body) const {
    return {demo.log, subject, {}, {}, Seconds(now + std::chrono::days(30)), std::move(body)};
  }
};

/// An identifier as it is now.
struct Current {
  IdentifierState state;
  Holding holding;
};

/// Finds an identifier. Returns nothing if it is not registered.
Result<std::optional<Current>> Find(const Story& story, const std::string& text) {
  const auto view = story.demo.replica.Read();
  if (!view) return view.error();
  const auto found = FindIdentifier(*view, *CityId::Parse(text));
  if (!found) return found.error();
  if (!*found) return std::optional<Current>();
  auto holding = ReadHolding(*view, **found);
  if (!holding) return holding.error();
  return std::optional(Current{**found, *std::move(holding)});
}

Result<Current> FindCity(const Story& story) {
  auto now = Find(story, kStoryCity);
  if (!now) return now.error();
  if (!*now) return Error{Errc::kCorrupt, "demo: the city of the story is missing"};
  return **std::move(now);
}

/// Submits a record. Errors: kRefused if it isn't sequenced at once; those of the registry.
Result<void> Sequence(const Story& story, const Record& record,
                      const std::vector<SigningKey>& keys) {
  const auto entry = SignRecord(record, keys);
  if (!entry) return entry.error();
  const auto submission = story.registry.SubmitAndPublish(*entry, story.now);
  if (!submission) return submission.error();
  if (!submission->index) return Error{Errc::kRefused, "demo: a record lacks signatures"};
  return {};
}

const City& StoryCity(const Story& story) {
  return *std::ranges::find(story.demo.cities, std::string(kStoryCity),
                            [](const City& city) { return city.id.text(); });
}

/// Submits the city's application, then adds the institutes' signatures until they are enough.
Result<void> ApplyAndApprove(const Story& story) {
  const auto known = Find(story, kStoryCity);
  if (!known) return known.error();
  if (*known) return {};
  const auto record_key = DemoKey(story.Key(std::string(kStoryCity) + ".record"));
  if (!record_key) return record_key.error();
  const auto code_key = DemoKey(story.Key(std::string(kStoryCity) + ".code"));
  if (!code_key) return code_key.error();
  const auto applied =
      SignRecord(story.About(kStoryCity, DemoAssign(StoryCity(story), *record_key, *code_key)),
                 {{Role::kNewKey, &*record_key}, {Role::kNewKey, &*code_key}});
  if (!applied) return applied.error();
  auto draft = Draft::Parse(*applied);
  if (!draft) return draft.error();
  auto submission = story.registry.SubmitAndPublish(*applied, story.now);
  for (const SecretKey& institute : story.demo.institute_keys) {
    if (!submission) return submission.error();
    if (submission->index) return {};
    if (const auto added = draft->Sign({Role::kInstitute, &institute}); !added)
      return added.error();
    const auto entry = draft->Write();
    if (!entry) return entry.error();
    submission = story.registry.SubmitAndPublish(*entry, story.now);
  }
  return Error{Errc::kRefused, "demo: the institutes' signatures are not enough"};
}

/// Assigns an identifier below the city, by the city's key.
Result<void> AssignBelow(const Story& story, const char* id, const char* level, TextMap names) {
  const auto known = Find(story, id);
  if (!known) return known.error();
  if (*known) return {};
  const auto parent = DemoKey(story.Key(std::string(kStoryCity) + ".record"));
  if (!parent) return parent.error();
  const auto own = DemoKey(story.Key(std::string(id) + ".record"));
  if (!own) return own.error();
  Assign assign;
  assign.holding.metadata = {std::move(names), level, "CN", {}, {}, {}, {}};
  assign.holding.keys = {{own->public_key(), KeyUse::kRecord, {}, 0, KeyStatus::kActive, {}}};
  return Sequence(story, story.About(id, assign),
                  {{Role::kAncestor, &*parent}, {Role::kNewKey, &*own}});
}

/// Updates the city's content. `added`: a key that the update adds, or null.
Result<void> UpdateCity(const Story& story, Current city, const SecretKey* added) {
  const auto holder = DemoKey(story.Key(std::string(kStoryCity) + ".record"));
  if (!holder) return holder.error();
  Record record = story.About(kStoryCity, Update{std::move(city.holding)});
  record.previous = city.state.holder.hash;
  record.authority = city.state.authority.hash;
  std::vector<SigningKey> keys = {{Role::kHolder, &*holder}};
  if (added != nullptr) keys.push_back({Role::kNewKey, added});
  return Sequence(story, record, keys);
}

Result<void> PublishEndpoint(const Story& story) {
  auto city = FindCity(story);
  if (!city) return city.error();
  if (!city->holding.endpoints.empty()) return {};
  Endpoint endpoint;
  endpoint.rel = "_contextBroker";
  endpoint.href = "https://data.shijiazhuang.example/ngsi-ld/v1";
  endpoint.type = "application/ld+json";
  endpoint.title = {{"en", "Traffic sensors (demonstration)"}, {"zh", "交通传感器（演示）"}};
  endpoint.access = Access::kRestricted;
  endpoint.conforms_to = {"https://uri.etsi.org/ngsi-ld/"};
  endpoint.partners = {*CityId::Parse(kPartner)};
  city->holding.endpoints.push_back(std::move(endpoint));
  return UpdateCity(story, *std::move(city), nullptr);
}

/// Adds a code key and retires the old one, whose codes stay valid.
Result<void> RotateCodeKey(const Story& story) {
  auto city = FindCity(story);
  if (!city) return city.error();
  const auto next = DemoKey(story.Key(std::string(kStoryCity) + ".code2"));
  if (!next) return next.error();
  auto& keys = city->holding.keys;
  if (std::ranges::find(keys, next->public_key(), &KeyGrant::key) != keys.end()) return {};
  const auto old = std::ranges::find(keys, KeyUse::kCode, &KeyGrant::use);
  KeyGrant grant = *old;
  grant.key = next->public_key();
  old->status = KeyStatus::kRetired;
  old->retired_at = Seconds(story.now);
  keys.push_back(std::move(grant));
  return UpdateCity(story, *std::move(city), &*next);
}

Result<void> RevokeCode(const Story& story) {
  const fs::path picture = story.dir / "revoked.png";
  if (fs::exists(picture)) return {};
  const fs::path key_path = story.Key(std::string(kStoryCity) + ".code2");
  const auto holder = DemoKey(story.Key(std::string(kStoryCity) + ".record"));
  if (!holder) return holder.error();
  const auto info = InspectKeyFile(key_path);
  if (!info) return info.error();
  const auto serial =
      story.pictures.Draw(StoryCity(story), key_path, picture, story.demo.host, story.now);
  if (!serial) return serial.error();
  const RevokeCodes revoke{info->public_key, {{*serial, *serial}}, {}, {}};
  const auto revoked =
      Sequence(story, story.About(kStoryCity, revoke), {{Role::kHolder, &*holder}});
  if (!revoked) fs::remove(picture);  // so that the next run repeats this step
  return revoked;
}

}  // namespace

Result<void> TellStory(const fs::path& dir, const DemoLedger& demo, Registry& registry,
                       DemoPictures& pictures, std::chrono::sys_seconds now) {
  const Story story{dir, demo, registry, pictures, now};
  if (const auto done = ApplyAndApprove(story); !done) return done;
  const auto department = AssignBelow(story, kDepartment, "department",
                                      {{"en", "Traffic department"}, {"zh", "交通部门"}});
  if (!department) return department;
  const auto partner =
      AssignBelow(story, kPartner, "partner",
                  {{"en", "Ride-hailing partner (demonstration)"}, {"zh", "网约车合作方（演示）"}});
  if (!partner) return partner;
  if (const auto done = PublishEndpoint(story); !done) return done;
  if (const auto done = RotateCodeKey(story); !done) return done;
  return RevokeCode(story);
}

}  // namespace cityid::cli
