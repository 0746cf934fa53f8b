/* What the checker costs a device: processor time, heap and stack of each call, through the C
 * interface, each on what `tests/bench/device` wrote to files. Every block that the program takes
 * from the heap is counted with the bytes that glibc takes for it.
 * Usage: device_bench TRUST PROOF PACK CODE HOSTILE...
 * CODE is a code's URL, which the proof and the pack decide; each HOSTILE is opened, and handed in
 * as a policy proof, and must be refused. Prints lines of JSON. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sdk/cityid.h"

/* glibc's own functions, behind those that count. */
void* __libc_malloc(size_t size);
void __libc_free(void* block);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

static size_t held, peak; /* bytes; only the thread that measures runs */

static size_t size_of(void* block) { /* with glibc's header */
  return block == NULL ? 0 : malloc_usable_size(block) + sizeof(size_t);
}

static void* taken(void* block) {
  held += size_of(block);
  if (held > peak) peak = held;
  return block;
}

void* malloc(size_t size) { return taken(__libc_malloc(size)); }
void* calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }
void* aligned_alloc(size_t alignment, size_t size) {
  return taken(__libc_memalign(alignment, size));
}
void* memalign(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }

int posix_memalign(void** block, size_t alignment, size_t size) {
  *block = taken(__libc_memalign(alignment, size));
  return *block == NULL ? ENOMEM : 0;
}

void free(void* block) {
  held -= size_of(block);
  __libc_free(block);
}

void* realloc(void* block, size_t size) { /* glibc may hold both for a moment, and so does this */
  const size_t before = size_of(block);
  void* moved = __libc_realloc(block, size);
  if (moved == NULL) return NULL;
  taken(moved);
  held -= before;
  return moved;
}

typedef struct {
  unsigned char* bytes;
  size_t size;
} input;

static input read_file(const char* path) {
  input file = {NULL, 0};
  FILE* in = fopen(path, "rb");
  if (in != NULL && fseek(in, 0, SEEK_END) == 0) file.size = (size_t)ftell(in);
  file.bytes = __libc_malloc(file.size + 1);
  if (in == NULL || (rewind(in), fread(file.bytes, 1, file.size, in)) != file.size)
    exit((fprintf(stderr, "device_bench: can't read %s\n", path), 3));
  fclose(in);
  return file;
}

static input trust, document;
static const char* code;
static int64_t now;
static cityid_proof* opened;

static void must(int is_right, const cityid_result* result) {
  if (!is_right) exit((fprintf(stderr, "device_bench: %s\n", cityid_detail(result)), 1));
}

/* What is measured. */
static void open_proof(void) {
  opened = cityid_open(trust.bytes, trust.size, document.bytes, document.size, NULL, 0, now);
}
static void open_pack(void) {
  opened = cityid_open_pack(trust.bytes, trust.size, document.bytes, document.size, NULL, 0, now);
}
static void judge(void) {
  cityid_result* result = cityid_judge(opened, code, strlen(code), now, 1);
  must(cityid_verdict(result) == CITYID_VERDICT_VALID, result);
  cityid_free(result);
}
static void ask_a_proof(void) { /* all that a device does with one */
  open_proof();
  judge();
  cityid_close(opened);
}
static void update(void) {
  const void* proofs[] = {document.bytes};
  cityid_result* result =
      cityid_update_trust(trust.bytes, trust.size, proofs, &document.size, 1, NULL, 0, now);
  must(cityid_status(result) != CITYID_OK, result);
  cityid_free(result);
}

/* The stack of the measured thread, painted before each run. */
enum { STACK = 1 << 20, PAINT = 0xA5 };
static unsigned char stack[STACK] __attribute__((aligned(4096)));
static void (*measured)(void);
static double milliseconds;

static void* run(void* nothing) {
  struct timespec start, end;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
  if (measured != NULL) measured();
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
  milliseconds =
      (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6;
  return nothing;
}

static size_t stack_of(void (*call)(void)) { /* runs it once on the painted stack */
  pthread_attr_t attributes;
  pthread_t thread;
  memset(stack, PAINT, sizeof stack);
  measured = call;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, sizeof stack);
  if (pthread_create(&thread, &attributes, run, NULL) != 0) exit(3);
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attributes);
  size_t untouched = 0;
  while (stack[untouched] == PAINT) ++untouched;
  return sizeof stack - untouched;
}

static int by_size(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

/* Measures a call, which `after` undoes if it is not null. The memory is that above what was held
 * before; `times` runs, the first of which warms up what libsodium and libstdc++ keep. */
enum { TIMES = 101 };
static void report(const char* what, void (*call)(void), void (*after)(void), int times) {
  double times_taken[TIMES];
  size_t most = 0, left = 0;
  for (int i = -1; i < times; ++i) {
    const size_t before = held;
    peak = held;
    measured = call;
    run(NULL);
    most = peak - before;
    left = held - before;
    if (i >= 0) times_taken[i] = milliseconds;
    if (after != NULL) after();
  }
  const size_t deepest = stack_of(call) - stack_of(NULL);
  if (after != NULL) {
    measured = call;
    after();
  }
  qsort(times_taken, (size_t)times, sizeof *times_taken, by_size);
  printf("{\"what\":\"%s\",\"input\":%zu,\"ms\":%.4f,\"heap\":%zu,\"held\":%zu,\"stack\":%zu}\n",
         what, document.size, times_taken[times / 2], most, left, deepest);
}

static void close_it(void) { cityid_close(opened); }
static void close_refused(void) {
  must(cityid_status(cityid_opened(opened)) != CITYID_OK, cityid_opened(opened));
  cityid_close(opened);
}

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  static char out[1 << 16];
  setvbuf(stdout, out, _IOFBF, sizeof out); /* none of the heap that is measured */
  trust = read_file(argv[1]);
  document = read_file(argv[2]);
  code = argv[4];
  now = (int64_t)time(NULL);
  report("proof: open, judge, close", ask_a_proof, NULL, TIMES);
  report("proof: open", open_proof, close_it, TIMES);
  document = read_file(argv[3]);
  report("pack: open", open_pack, close_it, TIMES);
  open_pack();
  must(cityid_status(cityid_opened(opened)) == CITYID_OK, cityid_opened(opened));
  report("pack: judge a code", judge, NULL, TIMES);
  cityid_close(opened);
  for (int i = 5; i < argc; ++i) {
    document = read_file(argv[i]);
    report("hostile: open", open_proof, close_refused, 1);
    report("hostile: open as a pack", open_pack, close_refused, 1);
    report("hostile: take for a policy proof", update, NULL, 1);
    __libc_free(document.bytes);
  }
  return 0;
}
