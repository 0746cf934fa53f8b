// libsodium calls this when a program breaks its contract, as by a buffer that is too large to hash.
// Its own is in a file that starts random numbers, threads and memory protection, too.
#include <stdlib.h>

void sodium_misuse(void) { abort(); }
