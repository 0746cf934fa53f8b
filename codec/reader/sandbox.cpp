#include "codec/reader/sandbox.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

#include "codec/files/own_answers.h"

namespace cityid {
namespace {

/// Of address space: a file of 64 MiB, its copy, 64 megapixels and what is made of them.
constexpr rlim_t kMemory = rlim_t{1} << 30;
/// Of processor time: the other side waits for two.
constexpr rlim_t kSeconds = 4;

bool FilterCalls() {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
  if (filter == nullptr) return false;
  bool added = true;
  const auto allow = [&](int call) {
    added = added && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
  };
  const auto allow_if = [&](int call, scmp_arg_cmp condition) {
    added = added && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, condition) == 0;
  };
  allow_if(SCMP_SYS(read), SCMP_A0(SCMP_CMP_EQ, STDIN_FILENO));
  allow_if(SCMP_SYS(write), SCMP_A0(SCMP_CMP_EQ, STDOUT_FILENO));
  // Memory, but none that is executed.
  allow_if(SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  allow_if(SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  for (const int call : {SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(madvise),
                         SCMP_SYS(futex), SCMP_SYS(sysinfo), SCMP_SYS(exit), SCMP_SYS(exit_group),
                         SCMP_SYS(rt_sigreturn), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom)})
    allow(call);
  // A character set that is not open yet asks for files: there are none.
  for (const int call : {SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(newfstatat), SCMP_SYS(stat),
                         SCMP_SYS(fstat), SCMP_SYS(access), SCMP_SYS(readlink)})
    added = added && seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOENT), call, 0) == 0;
  const bool loaded = added && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return loaded;
}

}  // namespace

bool EnterSandbox() {
  const bool limited = LimitResource(RLIMIT_CPU, kSeconds) && LimitResource(RLIMIT_CORE, 0);
  if (kSanitized) return limited;
  return limited && LimitResource(RLIMIT_AS, kMemory) && LimitResource(RLIMIT_FSIZE, 0) &&
         ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && FilterCalls();
}

}  // namespace cityid
