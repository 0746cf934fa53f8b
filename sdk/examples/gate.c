/* A gate that opens for valid codes, without a network: judges what a scanner read by a stored
 * pack, and prints a verdict for each line of standard input. Usage: gate TRUST KEPT PACK */
#include <cityid.h>

#include "device.h"

static char trust[65537], kept[32769], pack[4 * 1024 * 1024], scanned[4096];

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const size_t trust_size = load(argv[1], trust, sizeof trust, 0);
  const size_t kept_size = load(argv[2], kept, sizeof kept, 1);
  const size_t pack_size = load(argv[3], pack, sizeof pack, 0);
  cityid_proof* opened =
      cityid_open_pack(trust, trust_size, pack, pack_size, kept, kept_size, (int64_t)time(NULL));
  if (cityid_status(cityid_opened(opened)) != CITYID_OK ||
      !save(argv[2], cityid_text(cityid_opened(opened), NULL))) {
    fprintf(stderr, "%s\n", cityid_detail(cityid_opened(opened)));
    return 3;
  }
  while (fgets(scanned, sizeof scanned, stdin) != NULL) {
    cityid_result* answer =
        cityid_judge(opened, scanned, strcspn(scanned, "\r\n"), (int64_t)time(NULL), 1);
    if (cityid_verdict(answer) == CITYID_VERDICT_VALID)
      puts("valid"); /* and open the gate */
    else if (cityid_status(answer) == CITYID_OK)
      puts(cityid_verdict_name(cityid_verdict(answer)));
    else
      printf("can't tell: %s\n", cityid_detail(answer));
    fflush(stdout);
    cityid_free(answer);
  }
  cityid_close(opened);
  return 0;
}
