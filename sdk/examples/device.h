/* What the examples for devices share: files, and the network through libcurl. */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Reads a file into `to`, which has `most` bytes, and ends it with a zero byte; returns its size.
 * Ends the program with 3 if the file is empty, too large, or can't be read: that is no missing
 * file. One that `may_miss` gives 0 if it isn't there. */
static inline size_t load(const char* path, char* to, size_t most, int may_miss) {
  FILE* file = fopen(path, "rb");
  to[0] = 0;
  if (file == NULL && may_miss && errno == ENOENT) return 0;
  const size_t size = file != NULL ? fread(to, 1, most, file) : 0;
  if (size == 0 || size == most || ferror(file)) {
    fprintf(stderr, "can't read %s\n", path);
    exit(3);
  }
  to[size] = 0;
  fclose(file);
  return size;
}

/* Writes a new file, which then takes the place of the old one; so one of both is always there. */
static inline int save(const char* path, const char* text) {
  char other[1024];
  if (snprintf(other, sizeof other, "%s.new", path) >= (int)sizeof other) return 0;
  FILE* file = fopen(other, "wb");
  if (file == NULL) return 0;
  const int written = fputs(text, file) >= 0;
  return fclose(file) == 0 && written && rename(other, path) == 0;
}

typedef struct {
  char* bytes;
  size_t size, most;
} body;

static inline size_t take(char* bytes, size_t size, size_t count, void* taker) {
  body* to = taker;
  if (count * size > to->most - to->size) return 0; /* ends the transfer */
  memcpy(to->bytes + to->size, bytes, size * count);
  to->size += size * count;
  return size * count;
}

/* Fetches a URL into `to`, which has `most` bytes. Returns the status of HTTP, and 0 if there was
 * no whole answer. */
static inline long fetch(const char* url, char* to, size_t most, size_t* size) {
  body got = {to, 0, most};
  long status = 0;
  CURL* curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &got);
  if (curl_easy_perform(curl) == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup(curl);
  *size = got.size;
  return status;
}
