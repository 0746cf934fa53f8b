// The ways out of a fork: adopt and release. README.md says what is modelled.
//
// The log key has signed ROOTS trees of one size on one base, and everybody has all these notes, so
// nothing here depends on what the log still signs. Each cosignature that was ever given can be
// held by somebody for ever. A witness at the base may cosign any root: `adopt` needs no more.

#ifndef N
#define N 3       // witnesses, each of another institute: 3 to 5
#endif
#ifndef K
#define K 2       // quorum
#endif
#ifndef ROOTS
#define ROOTS 3   // the last one is the root that no release gives up
#endif
#ifndef LIARS
#define LIARS 0   // the last LIARS witnesses promise everything, and cosign everything
#endif
#ifndef MARGIN
#define MARGIN 0  // liars that the condition of a release allows for
#endif
#ifndef GONE
#define GONE 0    // 1: witness 0 may disappear for ever at any moment
#endif
#ifndef LOST
#define LOST 0    // 1: witness 0 may lose directory and journal once, before it promises anything
#endif

byte cosigned[N];  // a bit for each root that the witness has ever cosigned
byte promised[N];  // a bit for each root that the witness has promised never to cosign from now on
byte reported[N];  // those of them that it had cosigned before, as its signed promise says
byte on[N];        // the root in its directory and journal, plus 1; 0: the base
bool gone, vouched;
#if LOST
bool lost;
#endif

#define HONEST(w) ((w) < N - LIARS)
#define HERE(w) (HONEST(w) && !(gone && (w) == 0))
#define HAS(set, w, r) ((set[w] >> (r)) & 1)

// What one witness adds to a quorum of r: in truth, and as far as the promises show.
#define REAL(w, r) (!HONEST(w) || HAS(cosigned, w, r))
#if defined(IGNORE_REPORTS)
#define MAYBE(w, r) (HONEST(w) && !HAS(promised, w, r))
#else
#define MAYBE(w, r) (HONEST(w) && (!HAS(promised, w, r) || HAS(reported, w, r)))
#endif
// What witness w says that it had cosigned.
#if !LOST
#define FORGOT(w) false
#define SAYS(w, r) (cosigned[w] & (1 << r))
#else
#define FORGOT(w) (w == 0 && lost)
#ifdef FALSE_NEVER
#define SAYS(w, r) (FORGOT(w) -> 0 : cosigned[w] & (1 << r))
#else
#define SAYS(w, r) (FORGOT(w) || HAS(cosigned, w, r) -> 1 << r : 0)
#endif
#endif
#define SILENT(w, r) (HONEST(w) && !HAS(promised, w, r))

#if N == 3
#define SUM(what, r) (what(0, r) + what(1, r) + what(2, r))
#elif N == 4
#define SUM(what, r) (what(0, r) + what(1, r) + what(2, r) + what(3, r))
#else
#define SUM(what, r) (what(0, r) + what(1, r) + what(2, r) + what(3, r) + what(4, r))
#endif
#define QUORUM(r) (SUM(REAL, r) >= K)

// When a witness that cosigned r may go back to the base.
#if defined(LEAVE_AT_ONCE)
#define MAY_LEAVE(r) (!QUORUM(r))                   // rule dropped: it knows of no quorum
#elif defined(LEAVE_AT_K)
#define MAY_LEAVE(r) (!QUORUM(r) && N - SUM(SILENT, r) >= K)  // rule dropped: k promises
#else
#define MAY_LEAVE(r) (SUM(MAYBE, r) + MARGIN < K)
#endif

#if ROOTS == 2
#define QUORUMS (QUORUM(0) + QUORUM(1))
#elif ROOTS == 3
#define QUORUMS (QUORUM(0) + QUORUM(1) + QUORUM(2))
#else
#define QUORUMS (QUORUM(0) + QUORUM(1) + QUORUM(2) + QUORUM(3))
#endif

#define STEPS(w, r) \
  :: d_step { HERE(w) && on[w] == 0 && !HAS(promised, w, r) && !FORGOT(w) -> \
       on[w] = r + 1; cosigned[w] = cosigned[w] | (1 << r) } \
  :: d_step { HERE(w) && r < ROOTS - 1 && !HAS(promised, w, r) -> \
       promised[w] = promised[w] | (1 << r); reported[w] = reported[w] | (SAYS(w, r)) } \
  :: d_step { HERE(w) && on[w] == r + 1 && HAS(promised, w, r) && MAY_LEAVE(r) -> on[w] = 0 }

#if ROOTS == 2
#define WITNESS(w) STEPS(w, 0) STEPS(w, 1)
#elif ROOTS == 3
#define WITNESS(w) STEPS(w, 0) STEPS(w, 1) STEPS(w, 2)
#else
#define WITNESS(w) STEPS(w, 0) STEPS(w, 1) STEPS(w, 2) STEPS(w, 3)
#endif

active proctype Ways() {
  do
  :: QUORUMS > 1 -> assert(false)  // never two roots of one size with a quorum each
  WITNESS(0)
  WITNESS(1)
  WITNESS(2)
#if N > 3
  WITNESS(3)
#endif
#if N > 4
  WITNESS(4)
#endif
#if LOST
  // Its journal begins again at the base, on which all roots stand. What it does if it cosigns
  // another root then is in signing.pml; here it only promises.
  :: d_step { !lost && promised[0] == 0 -> lost = true; on[0] = 0 }
#endif
#if GONE
  :: d_step { !gone -> gone = true }
#ifdef VOUCH
  // Its institute promises in its place, with the record key: the witness key is destroyed, and
  // this is what it had cosigned. With FALSE_VOUCH the institute says that it had cosigned nothing.
  :: d_step { gone && !vouched -> promised[0] = (1 << ROOTS) - 1;
#ifndef FALSE_VOUCH
       reported[0] = cosigned[0];
#endif
       vouched = true }
#endif
#endif
  :: else -> break  // nobody can do anything more
  od;
#ifdef LIVE
  // Each step is taken at most once, so that every run ends here.
  assert(QUORUMS == 1)
#endif
}
