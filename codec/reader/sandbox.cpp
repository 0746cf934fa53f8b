#include "codec/reader/sandbox.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CITYID_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CITYID_SANITIZED 1
#endif
#endif

namespace cityid {
namespace {

/// Of address space: a file of 64 MiB, its copy, 64 megapixels and what is made of them.
constexpr rlim_t kMemory = rlim_t{1} << 30;
/// Of processor time: the other side waits for two.
constexpr rlim_t kSeconds = 4;

bool Limit(__rlimit_resource resource, rlim_t most) {
  const rlimit limit{most, most};
  return ::setrlimit(resource, &limit) == 0;
}

bool LimitResources() {
  bool limited = Limit(RLIMIT_CPU, kSeconds) && Limit(RLIMIT_CORE, 0);
#ifndef CITYID_SANITIZED
  limited = limited && Limit(RLIMIT_AS, kMemory) && Limit(RLIMIT_FSIZE, 0);
#endif
  return limited;
}

[[maybe_unused]] bool FilterCalls() {
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
  if (!LimitResources()) return false;
#ifdef CITYID_SANITIZED
  return true;
#else
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && FilterCalls();
#endif
}

}  // namespace cityid
