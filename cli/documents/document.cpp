// cityid document
#include "cli/documents/commands.h"

namespace cityid::cli {

void AddDocument(Command& top) {
  Command document =
      top.Group("document", "Seal documents, verify them, and take back their codes");
  AddSeal(document);
  AddVerify(document);
  AddRevoke(document);
}

}  // namespace cityid::cli
