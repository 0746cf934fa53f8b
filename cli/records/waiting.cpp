#include "cli/records/waiting.h"

#include "cli/console/command_line.h"
#include "cli/console/terminal.h"
#include "resolver/http/client.h"

namespace cityid::cli {
namespace {

constexpr std::size_t kDraftIdDigits = 64;

}  // namespace

bool IsDraftId(const std::string& text) { return text.size() == kDraftIdDigits && FromHex(text); }

Result<RemoteJson> FetchStanding(const std::string& registry, const std::string& id) {
  if (!IsDraftId(id)) return Usage("an application is named by 64 hexadecimal digits");
  const auto fetched =
      Fetch(registry, "/registry/applications/" + id + "/state", "application/json");
  if (!fetched) return fetched.error();
  if (fetched->status == 404)
    return Error{Errc::kRefused, "no such application waits at " + registry};
  RemoteJson standing = RemoteJson::Parse(fetched->body);
  if (fetched->status != 200 || !standing["state"].IsText())
    return Error{Errc::kNetwork, registry + " does not answer as a registry does"};
  return standing;
}

Result<Draft> FetchDraft(const std::string& registry, const std::string& id) {
  const auto fetched = Fetch(registry, "/registry/applications/" + id, "application/cose");
  if (!fetched) return fetched.error();
  if (fetched->status != 200) {
    const auto standing = FetchStanding(registry, id);
    if (!standing) return standing.error();
    return Error{Errc::kRefused, "no such application waits at " + registry +
                                     " any more: " + StandingText(*standing)};
  }
  // A registry is not trusted to name what it hands out.
  auto parsed = Draft::Parse(AsBytes(fetched->body));
  if (!parsed)
    return Error{Errc::kNetwork, registry + " handed out no record: " + parsed.error().detail};
  if (Hex(parsed->id()) != id)
    return Error{Errc::kRefused, registry + " handed out another record than " + id};
  return parsed;
}

std::string StandingText(const RemoteJson& standing) {
  if (standing["why"].IsPresent()) return Printable(standing["why"].Plain());
  std::string text = standing["state"].Plain();
  if (standing["index"].IsPresent()) text += " " + standing["index"].Plain();
  return Printable(text);
}

}  // namespace cityid::cli
