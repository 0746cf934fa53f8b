// What a process that reads pictures may do: compute, read its standard input and write its standard
// output. No file can be opened, no process started, no connection made.
#pragma once

namespace cityid {

/// Limits memory and processor time, and allows only the system calls that are needed from here on;
/// any other ends the process. Everything that opens files must have happened. Returns false if the
/// system refuses. Under sanitizers, which need more, only the time is limited.
bool EnterSandbox();

}  // namespace cityid
