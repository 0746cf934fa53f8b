// cityid: the command line (docs/man/cityid.1). The only place that touches argv.
#include <csignal>
#include <cstdio>
#include <exception>

#include "cli/checking/commands.h"
#include "cli/commands.h"
#include "cli/console/command_line.h"
#include "cli/console/exit_status.h"
#include "cli/console/streams.h"
#include "cli/demo/demo.h"
#include "cli/documents/commands.h"
#include "cli/records/commands.h"
#include "cli/serving/commands.h"

namespace {

using namespace cityid::cli;  // NOLINT: this file is nothing but the command line

/// Adds every command, in the order in which the help lists them.
void AddCommands(Command top, const char* program) {
  AddDemo(top, program);
  AddKey(top);
  AddCode(top);
  Command document =
      top.Group("document", "Seal documents, verify them, and take back their codes");
  AddSeal(document);
  AddVerify(document);
  AddRevoke(document);
  AddScan(top);
  AddResolve(top);
  AddSearch(top);
  AddServe(top);
  AddFollow(top);
  AddWitness(top);
  AddProve(top);
  AddTrust(top);
  AddLedger(top);
  AddApply(top);
  AddApprove(top);
  AddApplications(top);
  AddStatements(top);
  AddUpdate(top);
  AddStatus(top);
  AddDelegate(top);
}

int Finish(const cityid::Result<int>& status) {
  if (std::fflush(stdout) != 0) {
    Say("cityid: cannot write the output");
    return kCouldNot;
  }
  if (status) return *status;
  return SayError(status.error());
}

}  // namespace

int main(int argc, char** argv) {
  // Then a write past the limit of ulimit -f is an error, not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  // Whoever started us may ignore it, and then nobody would hear how a child ended.
  std::signal(SIGCHLD, SIG_DFL);
  try {
    CommandLine line("Signed identifiers for cities: make, scan and resolve them", "cityid",
                     "cityid " CITYID_VERSION);
    AddCommands(line.top(), argv[0]);
    const auto parsed = line.Parse(argc, argv);
    if (const int* status = std::get_if<int>(&parsed)) return *status;
    return Finish(std::get<RunCommand>(parsed)());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cityid: internal error: %s\n", error.what());
    return kCouldNot;
  }
}
