// Preloaded, it never finds a host whose name ends in ".hangs.example", as a name server that says
// nothing: the look-up hangs for as long as the process lives.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

typedef int LookUp(const char*, const char*, const struct addrinfo*, struct addrinfo**);

int getaddrinfo(const char* name, const char* service, const struct addrinfo* hints,
                struct addrinfo** found) {
  static const char kHangs[] = ".hangs.example";
  const size_t length = name ? strlen(name) : 0;
  const size_t end = sizeof kHangs - 1;
  while (length > end && strcmp(name + length - end, kHangs) == 0) pause();
  LookUp* const next = (LookUp*)dlsym(RTLD_NEXT, "getaddrinfo");
  return next(name, service, hints, found);
}
