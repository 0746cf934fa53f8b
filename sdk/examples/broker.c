/* From a fresh sensor to its city's broker: fetches the proof of an identifier from any resolver,
 * checks it with a trust file, and prints the address of the endpoint with a relation.
 * Usage: broker TRUST KEPT RESOLVER ID REL */
#include <cityid.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 1024 * 1024 };
static char trust[65536], kept[32768], proof[MOST], url[1024], want[256];

static size_t load(const char* path, char* to, size_t most, int may_miss) {
  FILE* file = fopen(path, "rb");
  if (file == NULL && may_miss && errno == ENOENT) return 0;
  const size_t size = file != NULL ? fread(to, 1, most, file) : 0;
  if (size == 0 || ferror(file)) exit((fprintf(stderr, "can't read %s\n", path), 3));
  fclose(file);
  return size;
}

static int save(const char* path, const char* text) { /* to a new file, which takes its place */
  char other[1024];
  snprintf(other, sizeof other, "%s.new", path);
  FILE* file = fopen(other, "wb");
  const int written = file != NULL && fputs(text, file) >= 0;
  return file != NULL && fclose(file) == 0 && written && rename(other, path) == 0;
}

static size_t take(char* bytes, size_t size, size_t count, void* filled) {
  size_t* at = filled;
  if (count * size > MOST - *at) return 0; /* ends the transfer */
  memcpy(proof + *at, bytes, size * count);
  *at += size * count;
  return size * count;
}

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  size_t filled = 0;
  const size_t trust_size = load(argv[1], trust, sizeof trust, 0);
  const size_t kept_size = load(argv[2], kept, sizeof kept, 1);
  const char* line = kept_size != 0 ? memchr(kept, '\n', kept_size) : NULL; /* then the size */
  snprintf(url, sizeof url, "%s/%s/proof%s%.*s", argv[3], argv[4], line ? "?since=" : "",
           line ? (int)strspn(line + 1, "0123456789") : 0, line ? line + 1 : "");
  CURL* curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &filled);
  const CURLcode fetched = curl_easy_perform(curl);
  curl_easy_cleanup(curl);
  if (fetched != CURLE_OK) return fprintf(stderr, "%s\n", curl_easy_strerror(fetched)), 3;

  const int64_t now = (int64_t)time(NULL);
  cityid_proof* opened = cityid_open(trust, trust_size, proof, filled, kept, kept_size, now);
  cityid_result* answer = cityid_look_up(opened, argv[4], strlen(argv[4]), now);
  int status = cityid_verdict(answer) == CITYID_VERDICT_REGISTERED ? 0 : 1;
  if (cityid_status(answer) != CITYID_OK || cityid_verdict(answer) == CITYID_VERDICT_LEDGER_STALE ||
      !save(argv[2], cityid_text(cityid_opened(opened), NULL)))
    status = 3;
  fprintf(stderr, "%s\n", cityid_detail(answer));
  snprintf(want, sizeof want, "{\"rel\":\"%s\",\"href\":\"", argv[5]);
  const char* href = status == 0 ? strstr(cityid_text(answer, NULL), want) : NULL;
  if (href != NULL) printf("%.*s\n", (int)strcspn(href + strlen(want), "\""), href + strlen(want));
  cityid_free(answer);
  cityid_close(opened);
  return status == 0 && href == NULL ? 1 : status;
}
