/* From a fresh sensor to its city's broker: fetches the proof of an identifier from any resolver,
 * checks it with a trust file, and prints the address of the endpoint with a relation.
 * Usage: broker TRUST KEPT RESOLVER ID REL */
#include <cityid.h>

#include "device.h"

static char trust[65537], kept[32769], proof[1024 * 1024], url[1024], want[256];

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const char *resolver = argv[3], *id = argv[4], *rel = argv[5];
  const size_t trust_size = load(argv[1], trust, sizeof trust, 0);
  const size_t kept_size = load(argv[2], kept, sizeof kept, 1);
  const char* size = strchr(kept, '\n'); /* the second line of the kept head, if there is one */
  snprintf(url, sizeof url, "%s/%s/proof%s%.*s", resolver, id, size ? "?since=" : "",
           size ? (int)strspn(size + 1, "0123456789") : 0, size ? size + 1 : "");
  size_t proof_size;
  if (fetch(url, proof, sizeof proof, &proof_size) != 200) return fputs("no proof\n", stderr), 3;

  const int64_t now = (int64_t)time(NULL);
  cityid_proof* opened = cityid_open(trust, trust_size, proof, proof_size, kept, kept_size, now);
  cityid_result* answer = cityid_look_up(opened, id, strlen(id), now);
  fprintf(stderr, "%s\n", cityid_detail(answer));
  if (cityid_status(answer) != CITYID_OK || cityid_verdict(answer) == CITYID_VERDICT_LEDGER_STALE)
    return 3; /* nobody can tell */
  if (!save(argv[2], cityid_text(cityid_opened(opened), NULL))) return 3;
  if (cityid_verdict(answer) != CITYID_VERDICT_REGISTERED) return 1;
  snprintf(want, sizeof want, "{\"rel\":\"%s\",\"href\":\"", rel);
  const char* href = strstr(cityid_text(answer, NULL), want);
  if (href == NULL) return 1;
  printf("%.*s\n", (int)strcspn(href + strlen(want), "\""), href + strlen(want));
  cityid_free(answer);
  cityid_close(opened);
  return 0;
}
