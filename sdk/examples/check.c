/* Checks a code or an identifier with files alone, and prints what it comes to.
 * Usage: check TRUST PROOF KEPT CODE-OR-ID
 * KEPT holds the newest head that was seen; it need not exist yet, and is written anew. */
#include <cityid.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The bytes of a file. Ends the program if it can't be read, is empty or is larger than `most`;
 * a file that `may_miss` gives none if there is no such file. */
static char* read_file(const char* path, size_t most, size_t* size, int may_miss) {
  FILE* file = fopen(path, "rb");
  char* bytes = malloc(most + 1);
  *size = 0;
  if (file == NULL && may_miss && errno == ENOENT) return bytes;
  if (file != NULL && bytes != NULL) *size = fread(bytes, 1, most + 1, file);
  if (file == NULL || bytes == NULL || ferror(file) || *size == 0 || *size > most) {
    fprintf(stderr, "can't read %s\n", path);
    exit(3);
  }
  fclose(file);
  return bytes;
}

static int write_file(const char* path, const char* text) { /* to a new file, which takes its place */
  char other[1024];
  if (snprintf(other, sizeof other, "%s.new", path) >= (int)sizeof other) return 0;
  FILE* file = fopen(other, "wb");
  if (file == NULL) return 0;
  const int written = fputs(text, file) >= 0;
  return fclose(file) == 0 && written && rename(other, path) == 0;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  size_t trust_size, document_size, kept_size;
  char* trust = read_file(argv[1], 65536, &trust_size, 0);
  char* document = read_file(argv[2], 1024 * 1024, &document_size, 0);
  char* kept = read_file(argv[3], 32768, &kept_size, 1);
  const int64_t now = (int64_t)time(NULL);

  cityid_proof* proof =
      cityid_open(trust, trust_size, document, document_size, kept, kept_size, now);
  cityid_result* answer = strstr(argv[4], "://") != NULL
                              ? cityid_judge(proof, argv[4], strlen(argv[4]), now, 1)
                              : cityid_look_up(proof, argv[4], strlen(argv[4]), now);
  const int verdict = cityid_verdict(answer);
  int status = verdict == CITYID_VERDICT_VALID || verdict == CITYID_VERDICT_REGISTERED ? 0 : 1;
  if (cityid_status(answer) != CITYID_OK || verdict == CITYID_VERDICT_LEDGER_STALE) {
    fprintf(stderr, "can't tell: %s\n", cityid_detail(answer));
    status = 3;
  } else if (!write_file(argv[3], cityid_text(cityid_opened(proof), NULL))) {
    fprintf(stderr, "can't write %s\n", argv[3]);
    status = 3;
  } else {
    printf("%s\n", cityid_text(answer, NULL));
  }
  cityid_free(answer);
  cityid_close(proof);
  free(kept);
  free(document);
  free(trust);
  return status;
}
