// The authorisation table, cell by cell: every record type, every situation of its subject, every
// party that might sign. What is expected stands in the grids below, as the design says it.
#include "ledger/state/authority.h"

#include <gtest/gtest.h>

#include <array>

#include "ledger/state/apply.h"
#include "tests/world/consortium.h"

namespace cityid {
namespace {

using testing::ByAuthority;
using testing::ByHolder;
using testing::CodeKey;
using testing::Consortium;
using testing::Feed;
using testing::HoldingOf;
using testing::Id;
using testing::InNoChain;
using testing::InstitutesNamed;
using testing::KeyNamed;
using testing::kNow;
using testing::NamedSigner;
using testing::NextPolicy;
using testing::OfPrefix;
using testing::RecordKey;
using testing::RuleOf;
using testing::SignNamed;
using testing::With;

constexpr auto kCity = "MA.156.1301";
constexpr auto kOtherCity = "MA.156.1302";
constexpr auto kUnit = "MA.156.1301.02";
constexpr auto kDevice = "MA.156.1301.02.A";
constexpr auto kWide = "MA.156";
constexpr auto kNear = "MA.156.1301";
constexpr auto kNearer = "MA.156.1301.02";

/// A party with a letter may be allowed somewhere; one without ('.') must be refused everywhere.
/// I: k institutes. A: parent's record key as ancestor. G: grandparent's. H: holder's. W, N, M:
/// registrars of the wide, the near and the nearer prefix, with their threshold.
struct Party {
  std::string name;
  char letter;
  std::vector<NamedSigner> signers;
};

std::vector<NamedSigner> In(Role role, const std::vector<std::string>& names) {
  std::vector<NamedSigner> signers;
  for (const std::string& name : names) signers.emplace_back(role, name);
  return signers;
}

std::vector<Party> Parties(const std::string& subject) {
  const auto id = CityId::Parse(subject);
  const auto parent = id ? id->Parent() : std::nullopt;
  const auto grandparent = parent ? parent->Parent() : std::nullopt;
  const std::string above = parent ? parent->text() : "no parent";
  const std::string far_above = grandparent ? grandparent->text() : "no grandparent";
  const auto k = InstitutesNamed(2);
  const auto wide = In(Role::kRegistrar, {"wide 0", "wide 1"});
  const auto near = In(Role::kRegistrar, {"near 0", "near 1"});
  const auto nearer = In(Role::kRegistrar, {"nearer 0", "nearer 1"});
  const auto ancestor = In(Role::kAncestor, {above + " record"});
  const auto holder = In(Role::kHolder, {subject + " record"});
  return {
      {"k institutes", 'I', k},
      {"k other institutes", 'I',
       In(Role::kInstitute, {"institute-0.example", "institute-2.example"})},
      {"k - 1 institutes", '.', InstitutesNamed(1)},
      {"k + 1 institutes", '.', InstitutesNamed(3)},
      {"parent", 'A', ancestor},
      {"parent's other record key", 'A', In(Role::kAncestor, {above + " spare"})},
      {"parent's two record keys", '.', In(Role::kAncestor, {above + " record", above + " spare"})},
      {"parent's code key", '.', In(Role::kAncestor, {above + " code"})},
      {"parent's retired record key", '.', In(Role::kAncestor, {above + " old"})},
      {"grandparent", 'G', In(Role::kAncestor, {far_above + " record"})},
      {"parent and grandparent", '.',
       In(Role::kAncestor, {above + " record", far_above + " record"})},
      {"a city beside", '.', In(Role::kAncestor, {std::string(kOtherCity) + " record"})},
      {"registrar of the wide prefix", 'W', wide},
      {"registrar of the wide prefix, threshold - 1", '.', In(Role::kRegistrar, {"wide 0"})},
      {"registrar of the wide prefix, threshold + 1", '.',
       In(Role::kRegistrar, {"wide 0", "wide 1", "wide 2"})},
      {"registrar of the near prefix", 'N', near},
      {"registrar of the near prefix, threshold - 1", '.', In(Role::kRegistrar, {"near 0"})},
      {"registrar of the near prefix, threshold + 1", '.',
       In(Role::kRegistrar, {"near 0", "near 1", "near 2"})},
      {"one of each registrar", '.', In(Role::kRegistrar, {"near 0", "wide 0"})},
      {"registrar of the nearer prefix", 'M', nearer},
      {"registrar's former keys", '.', In(Role::kRegistrar, {"former 0", "former 1"})},
      {"holder", 'H', holder},
      {"holder's other record key", 'H', In(Role::kHolder, {subject + " spare"})},
      {"holder's two record keys", '.',
       In(Role::kHolder, {subject + " record", subject + " spare"})},
      {"holder's code key", '.', In(Role::kHolder, {subject + " code"})},
      {"holder's retired record key", '.', In(Role::kHolder, {subject + " old"})},
      {"strangers as institutes", '.', In(Role::kInstitute, {"stranger 0", "stranger 1"})},
      {"strangers as registrar", '.', In(Role::kRegistrar, {"stranger 0", "stranger 1"})},
      {"stranger as ancestor", '.', In(Role::kAncestor, {"stranger 0"})},
      {"stranger as holder", '.', In(Role::kHolder, {"stranger 0"})},
      {"an institute and a stranger", '.',
       In(Role::kInstitute, {"institute-0.example", "stranger 0"})},
      {"k institutes and a stranger", '.', With(k, In(Role::kInstitute, {"stranger 0"}))},
      {"institutes as registrar", '.',
       In(Role::kRegistrar, {"institute-0.example", "institute-1.example"})},
      {"institute as ancestor", '.', In(Role::kAncestor, {"institute-0.example"})},
      {"institute as holder", '.', In(Role::kHolder, {"institute-0.example"})},
      {"witness keys as institutes", '.',
       In(Role::kInstitute, {"institute-0.example witness", "institute-1.example witness"})},
      {"registrar as institutes", '.', In(Role::kInstitute, {"wide 0", "wide 1"})},
      {"registrar as ancestor", '.', In(Role::kAncestor, {"near 0"})},
      {"parent as holder", '.', In(Role::kHolder, {above + " record"})},
      {"parent and grandparent as registrar", '.',
       In(Role::kRegistrar, {above + " record", far_above + " record"})},
      {"parent and grandparent as institutes", '.',
       In(Role::kInstitute, {above + " record", far_above + " record"})},
      {"holder as ancestor", '.', In(Role::kAncestor, {subject + " record"})},
      {"an institute and the parent", '.', With(InstitutesNamed(1), ancestor)},
      {"k institutes and the parent", '.', With(k, ancestor)},
      {"k institutes and the holder", '.', With(k, holder)},
      {"k institutes and the registrar", '.', With(k, wide)},
      {"an institute and one of the registrar", '.',
       With(InstitutesNamed(1), In(Role::kRegistrar, {"near 0"}))},
      {"parent and holder", '.', With(ancestor, holder)},
      {"registrar and parent", '.', With(near, ancestor)},
      {"k institutes and a key that is not new", '.', With(k, In(Role::kNewKey, {"stranger 0"}))},
      {"only a key that is not new", '.', In(Role::kNewKey, {"stranger 0"})},
  };
}

/// Every record about identifiers; a suspension can stand in either chain.
enum Kind {
  kAssign,
  kUpdate,
  kRecover,
  kSuspend,
  kSelfSuspend,
  kResume,
  kSupersede,
  kRevoke,
  kRevokeCodes,
  kAliases,
};
constexpr std::array kKinds = {"assign", "update",    "recover", "suspend",      "suspend itself",
                               "resume", "supersede", "revoke",  "revoke-codes", "aliases"};

struct Situation {
  const char* name;
  const char* subject;
  std::vector<std::string> steps;       ///< "delegate wide", "suspend MA.156.1301", ...
  std::array<const char*, 10> allowed;  ///< by kind: the letters of those who may sign
};

// clang-format off
const std::vector<Situation>& Grid() {
  static const std::vector<Situation> grid = {
    //                                                    assign update recover suspend itself resume supers. revoke codes  aliases
    {"a city", kCity, {},                                 {"I",  "H",   "I",    "I",    "H",   "I",   "I",    "I",   "IH",  "I"}},
    {"a city below a registrar", kCity,
     {"delegate wide"},                                   {"IW", "H",   "IW",   "IW",   "H",   "IW",  "IW",   "IW",  "IWH", "IW"}},
    {"a city below two registrars", kCity,
     {"delegate wide", "delegate near"},                  {"IN", "H",   "IN",   "IN",   "H",   "IN",  "IN",   "IN",  "INH", "IN"}},
    {"a city, the nearer registrar withdrawn", kCity,
     {"delegate wide", "delegate near", "withdraw near"}, {"IW", "H",   "IW",   "IW",   "H",   "IW",  "IW",   "IW",  "IWH", "IW"}},
    {"a city, both registrars withdrawn", kCity,
     {"delegate wide", "delegate near", "withdraw near",
      "withdraw wide"},                                   {"I",  "H",   "I",    "I",    "H",   "I",   "I",    "I",   "IH",  "I"}},
    {"a city, a registrar only below it", kCity,
     {"delegate nearer"},                                 {"I",  "H",   "I",    "I",    "H",   "I",   "I",    "I",   "IH",  "I"}},
    {"a unit", kUnit, {},                                 {"IA", "H",   "IA",   "IA",   "H",   "IA",  "IA",   "IA",  "IAH", "IA"}},
    {"a unit of a city with registrars", kUnit,
     {"delegate wide", "delegate near"},                  {"IA", "H",   "IA",   "IA",   "H",   "IA",  "IA",   "IA",  "IAH", "IA"}},
    {"a unit of a suspended city", kUnit,
     {"suspend MA.156.1301"},                             {"",   "H",   "I",    "I",    "H",   "I",   "I",    "I",   "IH",  "I"}},
    {"a unit of a suspended city with registrars", kUnit,
     {"delegate wide", "delegate near",
      "suspend MA.156.1301"},                             {"",   "H",   "IN",   "IN",   "H",   "IN",  "IN",   "IN",  "INH", "IN"}},
    {"a unit with its own registrar, the city suspended", kUnit,
     {"delegate wide", "delegate near", "delegate nearer",
      "suspend MA.156.1301"},                             {"",   "H",   "IM",   "IM",   "H",   "IM",  "IM",   "IM",  "IMH", "IM"}},
    {"a unit of a withdrawn city", kUnit,
     {"delegate wide", "revoke MA.156.1301"},             {"",   "H",   "IW",   "IW",   "H",   "IW",  "IW",   "IW",  "IWH", "IW"}},
    {"a unit of a superseded city", kUnit,
     {"supersede MA.156.1301"},                           {"",   "H",   "I",    "I",    "H",   "I",   "I",    "I",   "IH",  "I"}},
    {"a unit of a resumed city", kUnit,
     {"suspend MA.156.1301", "resume MA.156.1301"},       {"IA", "H",   "IA",   "IA",   "H",   "IA",  "IA",   "IA",  "IAH", "IA"}},
    {"a device", kDevice, {"delegate wide"},              {"IA", "H",   "IA",   "IA",   "H",   "IA",  "IA",   "IA",  "IAH", "IA"}},
    {"a device of a suspended unit", kDevice,
     {"delegate wide", "suspend MA.156.1301.02"},         {"",   "H",   "IG",   "IG",   "H",   "IG",  "IG",   "IG",  "IGH", "IG"}},
    {"a device of a withdrawn unit", kDevice,
     {"revoke MA.156.1301.02"},                           {"",   "H",   "IG",   "IG",   "H",   "IG",  "IG",   "IG",  "IGH", "IG"}},
    {"a device of a unit, the city suspended", kDevice,
     {"delegate near", "suspend MA.156.1301"},            {"",   "H",   "IA",   "IA",   "H",   "IA",  "IA",   "IA",  "IAH", "IA"}},
    {"a device with nobody active above it", kDevice,
     {"delegate wide", "suspend MA.156.1301.02",
      "revoke MA.156.1301"},                              {"",   "H",   "IW",   "IW",   "H",   "IW",  "IW",   "IW",  "IWH", "IW"}},
  };
  return grid;
}

struct PrefixSituation {
  const char* name;
  const char* subject;
  std::vector<std::string> steps;
  const char* allowed;
};

const std::vector<PrefixSituation>& PrefixGrid() {
  static const std::vector<PrefixSituation> grid = {
    {"a country", kWide, {}, "I"},
    {"a country again: its registrar can't rotate itself", kWide, {"delegate wide"}, "I"},
    {"a country withdrawn", kWide, {"delegate wide", "withdraw wide"}, "I"},
    {"a part of nothing", kNear, {}, "I"},
    {"a part of a country", kNear, {"delegate wide"}, "IW"},
    {"a part of a country again", kNear, {"delegate wide", "delegate near"}, "IW"},
    {"a part of a country that was withdrawn", kNear, {"delegate wide", "withdraw wide"}, "I"},
    {"a part again, the country withdrawn", kNear,
     {"delegate wide", "delegate near", "withdraw wide"}, "I"},
    {"a part of a part", kNearer, {"delegate wide", "delegate near"}, "IN"},
    {"a part of a part that was withdrawn", kNearer,
     {"delegate wide", "delegate near", "withdraw near"}, "IW"},
    {"a part of a part again", kNearer,
     {"delegate wide", "delegate near", "delegate nearer"}, "IN"},
  };
  return grid;
}
// clang-format on

/// The subject and all that is above it, in one situation.
class Scene {
 public:
  Scene() { Must(Feed(state_, consortium_.genesis())); }

  void Assign(const std::string& id) {
    Holding holding = HoldingOf(
        {RecordKey(KeyNamed(id + " record")), RecordKey(KeyNamed(id + " spare")),
         RecordKey(KeyNamed(id + " old")), CodeKey(KeyNamed(id + " code"), {Purpose::kCity})});
    const auto introduced =
        In(Role::kNewKey, {id + " record", id + " spare", id + " old", id + " code"});
    Must(Feed(state_, SignNamed(InNoChain(state_, id, cityid::Assign{holding, {}}),
                                With(InstitutesNamed(2), introduced))));
    holding.keys[2].status = KeyStatus::kRetired;
    holding.keys[2].retired_at = 1;
    Must(Feed(state_, SignNamed(ByHolder(state_, id, Update{holding}),
                                In(Role::kHolder, {id + " record"}))));
  }

  void Do(const std::string& step) {
    const auto space = step.find(' ');
    const std::string verb = step.substr(0, space);
    const std::string what = step.substr(space + 1);
    if (verb == "suspend") return Act(ByAuthority(state_, what, Suspend{}));
    if (verb == "resume") return Act(ByAuthority(state_, what, Resume{}));
    if (verb == "revoke") return Act(ByAuthority(state_, what, Revoke{}));
    if (verb == "supersede") return Act(ByAuthority(state_, what, Supersede{kOtherCity, {}}));
    const std::string prefix = what == "wide" ? kWide : what == "near" ? kNear : kNearer;
    if (verb == "withdraw") return Act(OfPrefix(state_, prefix, {}));
    ASSERT_EQ(verb, "delegate");
    // Rotated once: former keys have no say.
    if (what == "wide") {
      Act(OfPrefix(state_, prefix, Keys({"former 0", "former 1", "former 2"})),
          {"former 0", "former 1", "former 2"});
    }
    const std::vector<std::string> names = {what + " 0", what + " 1", what + " 2"};
    Act(OfPrefix(state_, prefix, Keys(names)), names);
  }

  /// The record of that kind that breaks no rule; who must introduce themselves goes to `added`.
  Record Prepare(Kind kind, const std::string& id, std::vector<NamedSigner>& added) {
    const KeyGrant fresh = RecordKey(KeyNamed("fresh"));
    if (kind == kAssign || kind == kRecover || kind == kUpdate)
      added = In(Role::kNewKey, {"fresh"});
    switch (kind) {
      case kAssign:
        return InNoChain(state_, id, cityid::Assign{HoldingOf({fresh}), {}});
      case kUpdate: {
        Holding holding = *ReadHolding(state_, **FindIdentifier(state_, Id(id)));
        holding.keys.push_back(fresh);
        return ByHolder(state_, id, Update{holding});
      }
      case kRecover: {
        auto keys = ReadHolding(state_, **FindIdentifier(state_, Id(id)))->keys;
        for (KeyGrant& key : keys) {
          key.status = KeyStatus::kCompromised;
          key.retired_at.reset();
        }
        keys.push_back(fresh);
        return ByAuthority(state_, id, Recover{keys});
      }
      case kSuspend:
        return ByAuthority(state_, id, Suspend{});
      case kSelfSuspend:
        return ByHolder(state_, id, Suspend{});
      case kResume:
        return ByAuthority(state_, id, Resume{});
      case kSupersede:
        return ByAuthority(state_, id, Supersede{kOtherCity, {}});
      case kRevoke:
        return ByAuthority(state_, id, Revoke{});
      case kRevokeCodes:
        return InNoChain(state_, id,
                         RevokeCodes{KeyNamed(id + " code").public_key(), {{1, 2}}, {}, {}});
      case kAliases:
        return ByAuthority(state_, id, cityid::Aliases{{{"gbt2260", "130100"}}});
    }
    return {};
  }

  static Registrar Keys(const std::vector<std::string>& names) {
    Registrar registrar;
    for (const std::string& name : names) registrar.keys.push_back(KeyNamed(name).public_key());
    registrar.threshold = 2;
    return registrar;
  }

  /// What the rules answer, without doing it.
  std::string Ask(const Record& record, const std::vector<NamedSigner>& signers) const {
    const auto verified = VerifyRecord(SignNamed(record, signers));
    EXPECT_TRUE(verified);
    const auto change = Apply(state_, *verified, Index{state_.size()}, kNow);
    return change ? "applied" : RuleOf(change.error().detail);
  }

  const MemoryState& state() const { return state_; }
  Consortium& consortium() { return consortium_; }

 private:
  static void Must(const std::string& answer) { ASSERT_EQ(answer, "applied"); }
  void Act(const Record& record, const std::vector<std::string>& added = {}) {
    Must(Feed(state_, SignNamed(record, With(InstitutesNamed(2), In(Role::kNewKey, added)))));
  }

  Consortium consortium_;
  MemoryState state_;
};

bool IsSignerRule(const std::string& rule) {
  return rule == "signer-role" || rule == "signer-stranger" || rule == "signer-quorum" ||
         rule == "signer-new-key";
}

void ExpectCell(const Scene& scene, const Record& record, const std::vector<NamedSigner>& added,
                const Party& party, const std::string& allowed) {
  const auto signers = With(party.signers, added);
  const std::string answer = scene.Ask(record, signers);
  if (allowed.find(party.letter) != std::string::npos) {
    EXPECT_EQ(answer, "applied");
  } else {
    EXPECT_TRUE(IsSignerRule(answer)) << answer;
  }
}

class AuthorityTable : public ::testing::TestWithParam<Kind> {};

TEST_P(AuthorityTable, HoldsInEverySituationForEveryParty) {
  const Kind kind = GetParam();
  for (const Situation& situation : Grid()) {
    SCOPED_TRACE(situation.name);
    Scene scene;
    const CityId subject = Id(situation.subject);
    scene.Assign(kOtherCity);
    std::vector<std::string> line;
    for (auto ancestor = subject.Parent(); ancestor; ancestor = ancestor->Parent())
      line.insert(line.begin(), ancestor->text());
    if (kind != kAssign) line.push_back(subject.text());
    for (const std::string& id : line) scene.Assign(id);
    for (const std::string& step : situation.steps) scene.Do(step);
    if (kind == kResume) scene.Do("suspend " + subject.text());

    std::vector<NamedSigner> added;
    const Record record = scene.Prepare(kind, subject.text(), added);
    const std::string allowed = situation.allowed[kind];
    for (const Party& party : Parties(subject.text())) {
      SCOPED_TRACE(party.name);
      if (allowed.empty()) {
        EXPECT_EQ(scene.Ask(record, With(party.signers, added)), "parent-inactive");
      } else {
        ExpectCell(scene, record, added, party, allowed);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Authority, AuthorityTable,
                         ::testing::Range(kAssign, static_cast<Kind>(kAliases + 1)),
                         [](const auto& tested) {
                           std::string name = kKinds[tested.param];
                           for (char& c : name) {
                             if (c == ' ' || c == '-') c = '_';
                           }
                           return name;
                         });

TEST(Authority, OfADelegationIsTheQuorumOrTheEnclosingRegistrar) {
  for (const PrefixSituation& situation : PrefixGrid()) {
    SCOPED_TRACE(situation.name);
    Scene scene;
    for (const char* id : {kOtherCity, kCity, kUnit}) scene.Assign(id);
    for (const std::string& step : situation.steps) scene.Do(step);
    const std::vector<std::string> names = {"fresh 0", "fresh 1"};
    const Record rotate = OfPrefix(scene.state(), situation.subject, Scene::Keys(names));
    for (const Party& party : Parties(situation.subject)) {
      SCOPED_TRACE(party.name);
      ExpectCell(scene, rotate, In(Role::kNewKey, names), party, situation.allowed);
      if (!rotate.previous) continue;  // nothing to withdraw
      ExpectCell(scene, OfPrefix(scene.state(), situation.subject, {}), {}, party,
                 situation.allowed);
    }
  }
}

TEST(Authority, OfAPolicyIsTheOldQuorumAlone) {
  Scene scene;
  for (const char* id : {kOtherCity, kCity, kUnit}) scene.Assign(id);
  for (const char* step : {"delegate wide", "delegate near"}) scene.Do(step);
  Policy policy = scene.consortium().policy();
  policy.version = 2;
  policy.institutes.push_back({"institute-3.example",
                               {},
                               KeyNamed("institute-3.example").public_key(),
                               KeyNamed("institute-3.example witness").public_key()});
  policy.quorum = 3;
  const Record record = NextPolicy(scene.state(), policy);
  const auto added = In(Role::kNewKey, {"institute-3.example", "institute-3.example witness"});
  for (const Party& party : Parties(kUnit)) {
    SCOPED_TRACE(party.name);
    ExpectCell(scene, record, added, party, "I");
  }
  // One whom only the new policy makes an institute does not count for it.
  EXPECT_EQ(
      scene.Ask(record,
                With(In(Role::kInstitute, {"institute-0.example", "institute-3.example"}), added)),
      "signer-stranger");
}

TEST(Authority, OfAGenesisIsEveryInstitute) {
  const Consortium consortium(4, 3);
  const auto witnesses =
      In(Role::kNewKey, {"log", "institute-0.example witness", "institute-1.example witness",
                         "institute-2.example witness", "institute-3.example witness"});
  for (std::size_t count = 1; count <= 4; ++count) {
    MemoryState state;
    const Bytes entry =
        SignNamed(consortium.GenesisRecord(), With(InstitutesNamed(count), witnesses));
    EXPECT_EQ(RuleOf(Feed(state, entry)), count == 4 ? "applied" : "signer-quorum") << count;
  }
  MemoryState state;
  EXPECT_EQ(
      RuleOf(
          Feed(state, SignNamed(consortium.GenesisRecord(),
                                With(With(InstitutesNamed(3), In(Role::kInstitute, {"stranger 0"})),
                                     witnesses)))),
      "signer-stranger");
  EXPECT_EQ(RuleOf(Feed(state, SignNamed(consortium.GenesisRecord(),
                                         In(Role::kRegistrar, {"institute-0.example"})))),
            "signer-new-key");
}

TEST(Authority, CountsNobodyTwice) {
  const SecretKey key = KeyNamed("institute-0.example");
  const Consortium consortium;
  const auto twice = SignRecord(consortium.AssignRecord(kCity, {RecordKey(KeyNamed("fresh"))}),
                                {{Role::kInstitute, &key}, {Role::kInstitute, &key}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, Errc::kUsage);
}

TEST(Authority, OfWhoIsNotActiveIsNone) {
  Scene scene;
  scene.Assign(kCity);
  scene.Do(std::string("suspend ") + kCity);
  std::vector<NamedSigner> none;
  const auto holder = In(Role::kHolder, {std::string(kCity) + " record"});
  EXPECT_EQ(scene.Ask(scene.Prepare(kRevokeCodes, kCity, none), holder), "signer-role");
  EXPECT_EQ(scene.Ask(scene.Prepare(kRevokeCodes, kCity, none), InstitutesNamed(2)), "applied");
}

TEST(Authority, MovesToTheNewKeysWithARecovery) {
  Scene scene;
  scene.Assign(kCity);
  std::vector<NamedSigner> added;
  MemoryState state = scene.state();
  const Record recovery = scene.Prepare(kRecover, kCity, added);
  ASSERT_EQ(Feed(state, SignNamed(recovery, With(InstitutesNamed(2), added))), "applied");
  const Bytes by_old =
      SignNamed(InNoChain(state, kUnit, Assign{HoldingOf({RecordKey(KeyNamed("unit"))}), {}}),
                {{Role::kAncestor, std::string(kCity) + " record"}, {Role::kNewKey, "unit"}});
  EXPECT_EQ(RuleOf(Feed(state, by_old)), "signer-stranger");
  const Bytes by_new =
      SignNamed(InNoChain(state, kUnit, Assign{HoldingOf({RecordKey(KeyNamed("unit"))}), {}}),
                {{Role::kAncestor, "fresh"}, {Role::kNewKey, "unit"}});
  EXPECT_EQ(Feed(state, by_new), "applied");
}

}  // namespace
}  // namespace cityid
