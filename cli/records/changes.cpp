#include "cli/records/changes.h"

#include <algorithm>

#include "cli/console/clock.h"
#include "codec/time_text.h"
#include "resolver/answer/json_text.h"
#include "resolver/show/record_json.h"

namespace cityid::cli {
namespace {

/// A field and its value as text. The items of a list share one name.
struct Fact {
  std::string name;
  std::string value;
  friend bool operator==(const Fact&, const Fact&) = default;
};
using Facts = std::vector<Fact>;

// What tells one item of a list from the others.
std::string ItemName(const KeyGrant& grant) { return Hex(grant.key).substr(0, 16); }
std::string ItemName(const Institute& institute) { return institute.name; }
std::string ItemName(const OutsideWitness& witness) { return witness.name; }
std::string ItemName(const Endpoint& endpoint) { return endpoint.rel + " " + endpoint.href; }
std::string ItemName(const SerialRange& range) {
  return std::to_string(range.first) + " to " + std::to_string(range.last);
}

template <class T>
constexpr bool kIsScalar =
    std::is_enum_v<T> || std::is_arithmetic_v<T> || std::same_as<T, std::string> ||
    std::same_as<T, CityId> || std::same_as<T, Prefix> || fields::IsFixedBytes<T>::value;

/// Returns a number as people write it: a time, a coordinate in degrees, or the number itself.
template <class T>
std::string NumberText(std::string_view field, const T& value) {
  if (field.ends_with("_at") || field == "issued_before")
    return TimeText(TimeOf(static_cast<std::uint64_t>(value)));
  if (field == "latitude" || field == "longitude") {
    std::string text;
    JsonText(text).Decimal(static_cast<std::int64_t>(value), 7);
    return text;
  }
  return std::to_string(value);
}

template <class T>
std::string ScalarText(std::string_view field, const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return std::string(Name(value));
  } else if constexpr (std::same_as<T, bool>) {
    return value ? "yes" : "no";
  } else if constexpr (std::is_arithmetic_v<T>) {
    return NumberText(field, value);
  } else if constexpr (std::same_as<T, std::string>) {
    return value;
  } else if constexpr (fields::IsFixedBytes<T>::value) {
    return Hex(value);
  } else {
    return value.text();
  }
}

/// Visits a structure's fields and adds each as a fact.
struct Collector {
  Facts& facts;
  std::string prefix = {};

  template <class T>
  void operator()(std::uint64_t, const char* field, const T& value) {
    if (!fields::LeftOut(value)) Add(field, prefix + std::string(JsonName(field)), value);
  }

  template <class T>
  void Add(std::string_view field, const std::string& name, const T& value) {
    if constexpr (fields::IsOptional<T>::value) {
      Add(field, name, *value);
    } else if constexpr (std::same_as<T, TextMap>) {
      for (const auto& [key, text] : value) facts.push_back({name + "." + key, text});
    } else if constexpr (fields::IsList<T>::value) {
      for (const auto& item : value) AddItem(field, name, item);
    } else if constexpr (kIsScalar<T>) {
      facts.push_back({name, ScalarText(field, value)});
    } else {
      AddFields(name + ".", value);
    }
  }

  template <class T>
  void AddItem(std::string_view field, const std::string& name, const T& item) {
    if constexpr (kIsScalar<T>) {
      facts.push_back({name, ScalarText(field, item)});
    } else {
      AddFields(name + " " + ItemName(item) + ": ", item);
    }
  }

  template <class T>
  void AddFields(std::string below, const T& value) {
    Collector inner{facts, std::move(below)};
    T::Fields(inner, value);
  }
};

template <class T>
Facts FactsOf(const T& value) {
  Facts facts;
  Collector collector{facts};
  T::Fields(collector, value);
  return facts;
}

/// The facts that a record sets, as they are in the ledger and as the record has them.
struct BeforeAndAfter {
  Facts before, after;
};

/// Reads what the ledger has of the record's subject. `state` may be null.
class Comparison {
 public:
  Comparison(const State* state, const Record& record) : state_(state), record_(record) {}

  template <class Body>
  Result<BeforeAndAfter> operator()(const Body& body) const {
    BeforeAndAfter both{{}, FactsOf(body)};
    if (state_ == nullptr) return both;
    if (const auto read = Before(body, both); !read) return read.error();
    return both;
  }

 private:
  Result<std::optional<IdentifierState>> Found() const {
    const auto id = CityId::Parse(record_.subject.value_or(""));
    if (!id) return std::optional<IdentifierState>();
    return FindIdentifier(*state_, *id);
  }

  // Nothing of these types is in the ledger before.
  Result<void> Before(const Genesis&, BeforeAndAfter&) const { return {}; }
  Result<void> Before(const StateRoot&, BeforeAndAfter&) const { return {}; }
  Result<void> Before(const RevokeCodes&, BeforeAndAfter&) const { return {}; }
  Result<void> Before(const Assign&, BeforeAndAfter&) const { return {}; }

  Result<void> Before(const PolicyChange&, BeforeAndAfter& both) const {
    const auto policy = FindPolicy(*state_);
    if (!policy) return policy.error();
    if (*policy) both.before = FactsOf(PolicyChange{(*policy)->policy});
    return {};
  }
  Result<void> Before(const Delegate&, BeforeAndAfter& both) const {
    const auto prefix = Prefix::Parse(record_.subject.value_or(""));
    if (!prefix) return {};
    const auto found = FindPrefix(*state_, *prefix);
    if (!found) return found.error();
    if (*found) both.before = FactsOf(Delegate{(*found)->registrar});
    return {};
  }
  Result<void> Before(const Update&, BeforeAndAfter& both) const {
    const auto holding = Holds();
    if (!holding) return holding.error();
    if (*holding) both.before = FactsOf(Update{**holding});
    return {};
  }
  Result<void> Before(const Recover& recover, BeforeAndAfter& both) const {
    const auto holding = Holds();
    if (!holding) return holding.error();
    if (!*holding) return {};
    both.before = FactsOf(Recover{(*holding)->keys});
    // A recovery ends the keys that it doesn't list, too.
    Recover whole = recover;
    for (KeyGrant grant : (*holding)->keys) {
      if (std::ranges::find(recover.keys, grant.key, &KeyGrant::key) != recover.keys.end())
        continue;
      grant.status = KeyStatus::kCompromised;
      grant.retired_at.reset();
      whole.keys.push_back(grant);
    }
    both.after = FactsOf(whole);
    return {};
  }
  Result<void> Before(const Aliases&, BeforeAndAfter& both) const {
    const auto found = Found();
    if (!found) return found.error();
    if (!*found) return {};
    const auto aliases = ReadAliases(*state_, **found);
    if (!aliases) return aliases.error();
    both.before = FactsOf(Aliases{*aliases});
    return {};
  }
  Result<void> Before(const Suspend&, BeforeAndAfter& both) const {
    return Status(IdStatus::kSuspended, both);
  }
  Result<void> Before(const Resume&, BeforeAndAfter& both) const {
    return Status(IdStatus::kActive, both);
  }
  Result<void> Before(const Supersede&, BeforeAndAfter& both) const {
    return Status(IdStatus::kSuperseded, both);
  }
  Result<void> Before(const Revoke&, BeforeAndAfter& both) const {
    return Status(IdStatus::kWithdrawn, both);
  }

  Result<std::optional<Holding>> Holds() const {
    const auto found = Found();
    if (!found) return found.error();
    if (!*found) return std::optional<Holding>();
    auto holding = ReadHolding(*state_, **found);
    if (!holding) return holding.error();
    return std::optional(*std::move(holding));
  }
  Result<void> Status(IdStatus next, BeforeAndAfter& both) const {
    const auto found = Found();
    if (!found) return found.error();
    if (!*found) return {};
    both.before.push_back({"status", std::string(Name((*found)->status))});
    both.after.insert(both.after.begin(), {"status", std::string(Name(next))});
    return {};
  }

  const State* state_;
  const Record& record_;
};

/// Returns the values of the facts with this name that `others` doesn't have.
std::vector<std::string> Only(const Facts& facts, const std::string& name, const Facts& others) {
  std::vector<std::string> values;
  for (const Fact& fact : facts) {
    if (fact.name == name && std::ranges::find(others, fact) == others.end())
      values.push_back(fact.value);
  }
  return values;
}

void Compare(const std::string& name, const BeforeAndAfter& both, std::vector<Change>& changes) {
  const auto gone = Only(both.before, name, both.after);
  const auto come = Only(both.after, name, both.before);
  if (gone.size() == 1 && come.size() == 1) {
    changes.push_back({name, gone[0], come[0]});
    return;
  }
  for (const std::string& value : gone) changes.push_back({name, value, {}});
  for (const std::string& value : come) changes.push_back({name, {}, value});
}

constexpr std::string_view Words(const Genesis&) { return "founds a ledger"; }
constexpr std::string_view Words(const PolicyChange&) { return "changes the consortium's policy"; }
constexpr std::string_view Words(const Delegate&) { return "sets who assigns below a prefix"; }
constexpr std::string_view Words(const Assign&) { return "assigns a new identifier"; }
constexpr std::string_view Words(const Update&) { return "changes content or keys"; }
constexpr std::string_view Words(const Recover&) { return "replaces all keys"; }
constexpr std::string_view Words(const Suspend&) { return "suspends it: no code of it holds"; }
constexpr std::string_view Words(const Resume&) { return "ends a suspension"; }
constexpr std::string_view Words(const Supersede&) { return "replaces it by another identifier"; }
constexpr std::string_view Words(const Revoke&) { return "withdraws it for ever"; }
constexpr std::string_view Words(const RevokeCodes&) { return "revokes codes for ever"; }
constexpr std::string_view Words(const StateRoot&) { return "says what the state is"; }
constexpr std::string_view Words(const Aliases&) { return "replaces all aliases"; }

}  // namespace

std::string Summary(const Record& record) {
  const auto words = std::visit([](const auto& body) { return Words(body); }, record.body);
  return std::string(Name(record.type())) + (record.subject ? " " + *record.subject : "") + ": " +
         std::string(words);
}

Result<std::vector<Change>> ChangesOf(const State* state, const Record& record) {
  const auto both = std::visit(Comparison(state, record), record.body);
  if (!both) return both.error();
  std::vector<Change> changes;
  std::vector<std::string> compared;
  for (const Facts* facts : {&both->after, &both->before}) {
    for (const Fact& fact : *facts) {
      if (std::ranges::find(compared, fact.name) != compared.end()) continue;
      compared.push_back(fact.name);
      Compare(fact.name, *both, changes);
    }
  }
  return changes;
}

}  // namespace cityid::cli
