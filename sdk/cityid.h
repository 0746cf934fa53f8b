/* The checker of CityID, for programs in any language: is a signed code valid, and what does the
 * ledger say of an identifier? It needs no network, no file and no clock; the caller brings them.
 *
 * Who verifies what, and in which order:
 *
 *  1. The caller holds a *trust file*: the keys of the log and of the institutes, and how many of
 *     them must agree. It comes from an institute, once and by hand; everything below rests on it.
 *  2. The caller fetches a *proof* of what it asks, or a *pack*: a proof of everything below a
 *     prefix, for use without a network. Any resolver and any channel will do. Nobody has to be
 *     trusted: `cityid_open` verifies that the log signed its checkpoint and that a quorum cosigned
 *     it, that it continues the head that was kept before, and that every part of the document
 *     belongs to that checkpoint.
 *  3. `cityid_judge` runs the rules of the resolver on what the proof shows: form, host,
 *     identifier, its status, key, signature, purpose, dates, revocation. It comes to the
 *     resolver's verdict, or to an error if the document does not reach it: an error is "can't
 *     tell", and never a "no".
 *  4. The caller stores the new kept head (`cityid_text` of `cityid_opened`) and hands it in the
 *     next time, so that nobody can show it an older or another history. It also says which stored
 *     packs were opened with `cityid_open_pack`: these stay good until their age ends, whatever
 *     newer head was seen meanwhile.
 *
 * How it is misused:
 *
 *  - To show what `cityid_parse` returns as if it were true. It says what a code claims;
 *    anybody can make such a code. Only a result with the verdict CITYID_VERDICT_VALID is a valid code.
 *  - To take an error for a verdict, or to test for anything but the one verdict that is wanted.
 *  - To fetch the trust file together with the proof: then whoever sends both is who is trusted.
 *  - To keep no head, or to pass none: then an old proof is believed until its age ends (7 days).
 *  - To pass 0 as `host_counts` for what a person scanned: then a copy of a code that leads to
 *    another host is called valid.
 *  - To open with `cityid_open_pack` what somebody answered to a question: anybody can call a proof
 *    a pack, and would show it again after a revocation. That is what `cityid_open` is for.
 *  - To pass a wrong time. If the quorum's time is up to 300 s later than `now`, it counts instead;
 *    a clock that is further behind opens nothing, and one that goes back by more after a proof was
 *    opened gets no answer from it. Nothing detects one that is too far ahead.
 *
 * Rules for all calls:
 *
 *  - Input is bytes with a length, in any encoding, from anybody, and is only read during the call.
 *    A null pointer with the length 0 is empty input. Any other null pointer that is not said to be
 *    allowed gives CITYID_ERROR_USAGE.
 *  - Functions that return an object never return a null pointer. The object belongs to the
 *    caller, who frees it once. What points into it lives as long as it does.
 *  - Times are seconds since 1970-01-01 UTC, without leap seconds, from 0 to 253402300799.
 *  - There is no global state. Objects don't know of each other, calls on different objects may run
 *    at the same time, and several threads may read an object that none of them frees.
 *  - Nothing is thrown and no signal is raised. A program that has no memory left is ended, as
 *    `abort` does it. Measured (docs/devices.md 5): to open and ask an honest proof takes about 4
 *    times its size, and a pack 1.3 times; the most that a document that was made to cost much took
 *    is 16 times its size, or 4 MB if that is more.
 *
 * New functions, statuses and verdicts may come; a number never changes its meaning within one
 * version of the shared library.
 */
#ifndef CITYID_H
#define CITYID_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CITYID_API __attribute__((visibility("default")))
#else
#define CITYID_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Whether a call could do what it was asked. */
enum {
  CITYID_OK = 0,
  CITYID_ERROR_USAGE = 1,       /* a null pointer, or a time out of range */
  CITYID_ERROR_MALFORMED = 2,   /* input is not of its format, or was damaged */
  CITYID_ERROR_UNSUPPORTED = 3, /* well-formed, but newer than this library */
  CITYID_ERROR_TOO_LARGE = 4,   /* over a bound of its format */
  CITYID_ERROR_FORGED = 5,      /* a signature or a proof does not verify */
  CITYID_ERROR_REFUSED = 6,     /* authentic, but no quorum, or older than what was seen before */
  CITYID_ERROR_UNREACHED = 7,   /* the proof does not reach the answer: another one is needed */
  CITYID_ERROR_OTHER = 8        /* anything else */
};

/* What an answer comes to; docs/problems.md describes each. 0 is no verdict. */
enum {
  CITYID_VERDICT_NONE = 0,
  CITYID_VERDICT_MALFORMED = 1,
  CITYID_VERDICT_UNSUPPORTED = 2,
  CITYID_VERDICT_WRONG_HOST = 3,
  CITYID_VERDICT_UNKNOWN_ID = 4,
  CITYID_VERDICT_SUSPENDED = 5,
  CITYID_VERDICT_SUPERSEDED = 6,
  CITYID_VERDICT_WITHDRAWN = 7,
  CITYID_VERDICT_UNKNOWN_KEY = 8,
  CITYID_VERDICT_FORGED = 9,
  CITYID_VERDICT_WRONG_PURPOSE = 10,
  CITYID_VERDICT_NOT_YET_VALID = 11,
  CITYID_VERDICT_EXPIRED = 12,
  CITYID_VERDICT_REVOKED = 13,
  CITYID_VERDICT_VALID = 14,       /* a code that holds */
  CITYID_VERDICT_REGISTERED = 15,  /* an identifier that exists; no code was checked */
  CITYID_VERDICT_LEDGER_STALE = 16 /* the proof is too old to say anything: fetch a newer one */
};

/* What a call came to: a status, a verdict, a text and one line for developers. Immutable. */
typedef struct cityid_result cityid_result;

/* A proof or a pack that was opened, or the reason why it could not be. Immutable. */
typedef struct cityid_proof cityid_proof;

/* Returns the version of the library, such as "0.1.0". The text is static. */
CITYID_API const char* cityid_version(void);

/* Opens a proof: verifies everything in it that does not depend on a question.
 *
 * Returns: a proof, to be closed with cityid_close. Its `cityid_opened` says how it went; questions
 *          to a proof that could not be opened give the same error.
 * In: trust:         the trust file's text, at most 64 KiB.
 *     document:      a proof of at most 1 MiB. A pack is refused.
 *     kept_head:     what was kept the last time, at most 32 KiB; empty if there is nothing.
 *     now:           the reader's time. A cosignature that is more than 300 s later does not count.
 * Errors: CITYID_ERROR_MALFORMED, CITYID_ERROR_UNSUPPORTED or CITYID_ERROR_TOO_LARGE for any of the
 *         inputs; CITYID_ERROR_FORGED; CITYID_ERROR_REFUSED without a quorum, if the proof is older
 *         than the kept head, or if it does not say how it continues it (then ask for a
 *         proof with `?since=` and the size, the second line of the kept head).
 */
CITYID_API cityid_proof* cityid_open(const void* trust, size_t trust_size, const void* document,
                                     size_t document_size, const void* kept_head,
                                     size_t kept_head_size, int64_t now);

/* Opens a pack that the caller stored, and asked for as a pack: as cityid_open, but a pack that was
 * opened with the same kept head before is not compared with it again. It stays good until its age
 * ends (7 days), and so does each revocation that it doesn't have. Never for what was fetched to
 * answer one question.
 *
 * Returns: as cityid_open. The new kept head has the pack's digest.
 * In: pack: a pack of at most 16 MiB. The other inputs are those of cityid_open.
 * Errors: as for cityid_open; CITYID_ERROR_REFUSED if it is no pack.
 */
CITYID_API cityid_proof* cityid_open_pack(const void* trust, size_t trust_size, const void* pack,
                                          size_t pack_size, const void* kept_head,
                                          size_t kept_head_size, int64_t now);

/* Returns how a proof was opened: its status, one line, and as text the new kept head. Store that
 * before the answer is used. The result belongs to the proof: don't free it. Null gives null.
 */
CITYID_API const cityid_result* cityid_opened(const cityid_proof* proof);

/* Closes a proof. Null is allowed. Results that came from it stay good, but for `cityid_opened`. */
CITYID_API void cityid_close(cityid_proof* proof);

/* Judges a code by a proof.
 *
 * Returns: a result with a verdict; as text the answer as a JSON object on one line, as a resolver
 *          gives it (docs/api.md), with a member `proof`: the checkpoint that it was checked
 *          against. To be freed with cityid_free.
 * In: scanned:     what a scanner read: the bytes of a URL or of COSE_Sign1. Not an identifier.
 *     now:         the reader's time. Dates of the code and the age of the proof are judged by it.
 *                  At most 300 s before that of cityid_open.
 *     host_counts: not 0 if a URL's host must be one of the policy's; pass 1 for whatever a person
 *                  may scan. 0 for a path that was taken out of a URL, or if the host was already
 *                  checked.
 * Errors: that of `cityid_opened`; CITYID_ERROR_UNREACHED if the document does not reach the
 *         answer, for example because it is about something else; CITYID_ERROR_REFUSED if the clock
 *         went back by more than 300 s since it was opened.
 */
CITYID_API cityid_result* cityid_judge(const cityid_proof* proof, const void* scanned,
                                       size_t scanned_size, int64_t now, int host_counts);

/* Looks an identifier up in a proof: who it is, and where its data is served.
 *
 * Returns: as cityid_judge; the verdict of an identifier in force is CITYID_VERDICT_REGISTERED.
 * In: id:  an identifier, such as "MA.156.1301", in either case, with or without check characters.
 *     now: as for cityid_judge.
 * Errors: as for cityid_judge.
 */
CITYID_API cityid_result* cityid_look_up(const cityid_proof* proof, const void* id, size_t id_size,
                                         int64_t now);

/* Reads what a code claims. NOTHING IS VERIFIED: never show it as a fact, never act on it.
 *
 * Returns: a result without a verdict; as text the claims as a JSON object on one line, with the
 *          member `"verified":false`. To be freed with cityid_free.
 * In: scanned: as for cityid_judge.
 * Errors: CITYID_ERROR_MALFORMED, CITYID_ERROR_UNSUPPORTED.
 */
CITYID_API cityid_result* cityid_parse(const void* scanned, size_t scanned_size);

/* Returns the path of a code below its host: "ID/digits". The proof of the code is
 * `https://HOST/ID/digits/proof` at any resolver; that of an identifier is `https://HOST/ID/proof`.
 *
 * Returns: a result without a verdict, with the path as text. To be freed with cityid_free.
 * In: scanned: as for cityid_judge.
 * Errors: as for cityid_parse.
 */
CITYID_API cityid_result* cityid_about(const void* scanned, size_t scanned_size);

/* Finds the seals of a document (docs/document-seal.md): whether the file is what was sealed, and the
 * code of each seal. NOTHING OF A CODE IS VERIFIED: judge the `url` of every seal with cityid_judge
 * and host_counts 1. The file is genuine only if all of them are CITYID_VERDICT_VALID *and* `intact`
 * is true. Without a seal, in a printout or in a photo nothing can be compared.
 *
 * Returns: a result without a verdict; as text a JSON object on one line: `seals`, each with `state`
 *          ("unchanged", "changed" or "added-to") and, as far as they are known, `url`, `why`,
 *          `original` and `sealed` (how many bytes of the file these are), `added`, `looksSigned`,
 *          `sealedAgain`; `more`, true if there are seals that were not looked at; and `intact`. To
 *          be freed with cityid_free.
 * In: file: all bytes of the file.
 * Errors: none but CITYID_ERROR_USAGE.
 */
CITYID_API cityid_result* cityid_seals(const void* file, size_t size);

/* Returns the version of the policy that a trust file holds: the first of the policy proofs to
 * fetch for cityid_update_trust. 0 if the file does not say it (begin with 1), and -1 if it is no
 * trust file.
 */
CITYID_API int64_t cityid_trust_version(const void* trust, size_t trust_size);

/* Brings a trust file forward to the policy in force (docs/proof.md 4.2): along a chain in which
 * each policy is accepted by the keys of the one before it.
 *
 * Fetch `/ledger/policies/V` for V from the file's version on, until a resolver answers 404, and
 * `/ledger/checkpoint`; from any resolver, because nothing of it is believed unverified. Do it in a
 * place that keeps the old file if the new one can't be written.
 *
 * Returns: a result without a verdict, with the new trust file as text. To be freed with
 *          cityid_free.
 * In: trust:       the trust file's text.
 *     proofs:      `proof_count` pointers to policy proofs, in any order, at most 512 of them. Those
 *                  that can't be read are passed over.
 *     proof_sizes: their sizes.
 *     checkpoint:  the newest checkpoint.
 *     now:         the reader's time.
 * Errors: CITYID_ERROR_REFUSED if the file was last confirmed over 365 days ago or doesn't say when
 *         (keys that old may have been stolen since: get a new file by hand), if it has no place in
 *         the chain, or if the checkpoint is older than what confirmed the file;
 *         CITYID_ERROR_FORGED if a link does not verify; CITYID_ERROR_MALFORMED, CITYID_ERROR_UNSUPPORTED,
 *         CITYID_ERROR_TOO_LARGE. The old file stays good after an error.
 */
CITYID_API cityid_result* cityid_update_trust(const void* trust, size_t trust_size,
                                              const void* const* proofs, const size_t* proof_sizes,
                                              size_t proof_count, const void* checkpoint,
                                              size_t checkpoint_size, int64_t now);

/* Returns the status of a result. CITYID_ERROR_USAGE for null. */
CITYID_API int cityid_status(const cityid_result* result);

/* Returns the verdict of a result; CITYID_VERDICT_NONE if it has none, as after an error. */
CITYID_API int cityid_verdict(const cityid_result* result);

/* Returns the text of a result: what the call that made it says. Empty after an error. A zero byte
 * follows it, and the text has none in it. It belongs to the result.
 *
 * Out: size: the length without the zero byte. May be null.
 */
CITYID_API const char* cityid_text(const cityid_result* result, size_t* size);

/* Returns one line in English, in UTF-8 and fit for a terminal: why a verdict or an error came
 * about. For developers and logs; programs decide by status and verdict. It may be empty, and
 * belongs to the result.
 */
CITYID_API const char* cityid_detail(const cityid_result* result);

/* Frees a result. Null is allowed. */
CITYID_API void cityid_free(cityid_result* result);

/* Returns the name of a verdict as JSON has it, such as "wrong-host". Empty for any other number.
 * The text is static.
 */
CITYID_API const char* cityid_verdict_name(int verdict);

/* Returns a verdict in a few words, and what it means and what to do in one or two sentences, for
 * people. Empty for any other number. The texts are static.
 *
 * In: language: "zh-CN" or "ar"; anything else, and null, is English.
 */
CITYID_API const char* cityid_verdict_title(int verdict, const char* language);
CITYID_API const char* cityid_verdict_advice(int verdict, const char* language);

#ifdef __cplusplus
}
#endif

#endif
