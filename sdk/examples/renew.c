/* Brings a trust file forward to the policy in force, once a month. The old file stays as it is
 * unless the new one is proved by keys that it trusts.
 * Usage: renew TRUST RESOLVER */
#include <cityid.h>

#include "device.h"

enum { POLICIES = 64, MOST = 1024 * 1024 };
static char trust[65537], bytes[MOST], note[65536], url[1024];

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const char* resolver = argv[2];
  const size_t trust_size = load(argv[1], trust, sizeof trust, 0);
  const int64_t version = cityid_trust_version(trust, trust_size);
  const int64_t first = version > 0 ? version : 1; /* one that was made by hand may not say it */
  const void* proofs[POLICIES];
  size_t sizes[POLICIES], count = 0, filled = 0, note_size;
  for (; count < POLICIES; filled += sizes[count++]) {
    proofs[count] = bytes + filled;
    snprintf(url, sizeof url, "%s/ledger/policies/%lld", resolver,
             (long long)(first + (int64_t)count));
    const long status = fetch(url, bytes + filled, MOST - filled, &sizes[count]);
    if (status == 404) break; /* that was the last one */
    if (status != 200) return 3;
  }
  snprintf(url, sizeof url, "%s/ledger/checkpoint", resolver);
  if (fetch(url, note, sizeof note, &note_size) != 200) return 3;

  cityid_result* renewed = cityid_update_trust(trust, trust_size, proofs, sizes, count, note,
                                               note_size, (int64_t)time(NULL));
  const int done = cityid_status(renewed) == CITYID_OK && save(argv[1], cityid_text(renewed, NULL));
  if (!done) fprintf(stderr, "%s\n", cityid_detail(renewed));
  cityid_free(renewed);
  return done ? 0 : 3;
}
