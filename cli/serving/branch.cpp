#include "cli/serving/branch.h"

#include "codec/base64.h"
#include "ledger/cosigning/cosigner.h"
#include "resolver/remote/http_witness.h"

namespace cityid::cli {

Result<Branch> FindBranch(const std::string& from, const LedgerView& view) {
  const auto address = PeerUrl::Parse(from);
  if (!address) return address.error();
  const auto policy = FindPolicy(view);
  if (!policy) return policy.error();
  if (!*policy) return Error{Errc::kRefused, "the ledger is empty"};
  Branch branch{HttpWitness(*address).Log((*policy)->origin), {}, {}};
  const auto text = branch.source->Note();
  if (!text) return text.error();
  if (!*text) return Error{Errc::kNotFound, from + " has cosigned nothing of this log"};
  const auto note = ParseNote(**text);
  const auto checkpoint = note ? Checkpoint::Parse(note->text) : note.error();
  if (!checkpoint) return checkpoint.error();
  if (!CheckSignedByLog(Trust::Of(**policy).logs(), *note, (*policy)->origin))
    return Error{Errc::kForged, from + ": the log's key has not signed its checkpoint"};
  if (checkpoint->size <= view.head().size)
    return Error{Errc::kRefused, from + " has no more than what is published here"};
  branch.note = **text;
  branch.checkpoint = *checkpoint;
  return branch;
}

std::string TreeText(const Checkpoint& tree) {
  return std::to_string(tree.size.value) + " entries, root " + Base64(tree.root.view());
}

JsonText& BeginTree(JsonText& json, const Checkpoint& tree) {
  json.BeginObject().Member("size", tree.size.value);
  return json.Member("root", Base64(tree.root.view()));
}

}  // namespace cityid::cli
