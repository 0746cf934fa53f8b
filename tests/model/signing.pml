// What a log key signs, through crashes, restored copies and lost journals. README.md says what is
// modelled, what each macro means, and what was found.
//
// A history is one number: 1 is the base, 2t and 2t+1 are the two batches that can follow history t.
// So histories 2 and 3 have one batch, 4 to 7 have two.

#define MAX_BATCHES 2
#ifndef K
#define K 2          // quorum, of three institutes
#endif

// What may go wrong, and how often. W0 is the witness that loses things, W1 the one that goes away
// for ever, W2 the one that lies.
#ifndef COPY_BACK
#define COPY_BACK 0  // the registry's directory is set back to an earlier copy
#endif
#ifndef LOSE
#define LOSE 0       // the registry's journal is lost
#endif
#ifndef MACHINE_BACK
#define MACHINE_BACK 0  // the whole machine is set back: directory and journal of one moment
#endif
#ifndef W_BACK
#define W_BACK 0     // W0's directory is set back
#endif
#ifndef W_LOSE
#define W_LOSE 0     // W0's journal is lost
#endif
#ifndef NAMED
#define NAMED 0      // how many witnesses the operator names with --without while they are there
#endif
#ifndef CONFIRMS
#define CONFIRMS K   // how many witnesses have to confirm
#endif
// Also GONE: W1 goes away for ever. LIAR: W2 lies. LATE: a request of a registry that has died still
// reaches W1. NAMED > 0: also witnesses that hold something. README.md lists the rules to drop.

mtype = { DOWN, ORDINARY, UNCONFIRMED, GAP };

// The registry. Its directory:
byte head = 1;     // published, with a quorum
byte pend = 0;     // staged batch, or fetched batches; 0: none
// its journal: the newest history that the key signed, with the entries of its last batch; 0: lost
byte journal = 1;
// and its memory:
mtype mode = ORDINARY;
bool sent;         // the signature of `pend` has left
bool asked;        // since the start, a quorum has said that it knows nothing newer
byte got;          // witnesses whose cosignature of `pend` has come
byte confirms, answered;  // witnesses, in answer to an unconfirmed registry
byte named;        // witnesses that the operator has named

// The witnesses: directory, journal (0: lost), and what they do with a request.
byte dir[3] = 1;
byte wjournal[3] = 1;
byte step[3];      // 0 idle, 1 replayed, 2 journal written

// Copies.
byte copy_head, copy_pend, copy_journal, wcopy;
byte backs, losses, machine_backs, wbacks, wlosses, names;

// What has happened; nobody can look here.
byte issued;       // histories whose signature has left, a bit each
byte held;         // those that a witness has received and replayed
byte cosigned[3];
byte acknowledged; // histories whose records were acknowledged as `unpublished` or published
byte published;    // histories that had a published checkpoint
bool gone;         // W1
byte late;         // a request that is still on its way from a registry that has died since
bool calm;         // nothing goes wrong from here on
byte steps;
byte i, t, ok;

#define BIT(h) (1 << (h))
#define PREFIX(p, h) ((p) == (h) || (p) == (h) >> 1 || (p) == (h) >> 2)   // p is never 0 here
#define BATCHES(h) ((h) >= 4 -> 2 : ((h) >= 2 -> 1 : 0))
#define TOP (pend -> pend : head)
#define IN(set, w) (((set) >> (w)) & 1)
#define COUNT(set) (IN(set, 0) + IN(set, 1) + IN(set, 2))
#define TWO(set) (((set) & 12) == 12 || (((set) & 240) & (((set) & 240) - 16)))
#ifdef LIAR
#define HONEST(w) ((w) != 2)
#else
#define HONEST(w) true
#endif
#ifdef GONE
#define HERE(w) (HONEST(w) && !((w) == 1 && gone))
#else
#define HERE(w) HONEST(w)
#endif
#define KNOWS(w) (wjournal[w] && PREFIX(dir[w], wjournal[w]) -> wjournal[w] : dir[w])
#define UP (mode != DOWN)

#ifdef NO_REST
#define ALL_ACCOUNTED true
#else
#define ALL_ACCOUNTED (COUNT(confirms | answered | named) == 3)
#endif
// What a property does not look at is not noted, to keep the states few.
#ifdef ONE_TREE_HELD
#define NOTE_HELD(bits) held = held | bits
#else
#define NOTE_HELD(bits) skip
#endif
#ifdef ONE_QUORUM
#define NOTE_COSIGNED(w) cosigned[w] = cosigned[w] | BIT(dir[w])
#else
#define NOTE_COSIGNED(w) skip
#endif
#ifdef NOTHING_LOST
#define NOTE_ACKNOWLEDGED acknowledged = acknowledged | BIT(pend)
#else
#define NOTE_ACKNOWLEDGED skip
#endif
#if defined(NOTHING_LOST) || defined(PUBLISHED_STAYS)
#define NOTE_PUBLISHED published = published | BIT(head)
#else
#define NOTE_PUBLISHED skip
#endif

#ifdef NO_START_QUESTION
#define ASKED true
#else
#define ASKED asked
#endif
#ifdef SEND_UNASKED
#define MAY_SEND true
#else
#define MAY_SEND ASKED
#endif

// Does the journal allow to sign h?
#ifdef NO_JOURNAL
#define JOURNAL_ALLOWS true
#define JOURNALED true
#else
#define JOURNAL_ALLOWS (journal && PREFIX(journal, pend))
#ifdef JOURNAL_AFTER_SENDING
#define JOURNALED true
#else
#define JOURNALED (journal == pend)
#endif
#endif

inline Forget() {  // what was in the registry's memory
  mode = DOWN; sent = 0; asked = 0; got = 0; confirms = 0; answered = 0; named = 0
}

inline Unconfirmed() { mode = UNCONFIRMED; sent = 0; got = 0; confirms = 0; answered = 0 }

inline Tick() {
  if :: calm -> steps++ ; assert(steps < 60) :: else fi
}

inline Check() {
#if defined(ONE_TREE)
  assert(!TWO(issued));        // the log key signs no two trees of one size
#elif defined(ONE_TREE_HELD)
  assert(!TWO(held));          // ... that somebody received
#elif defined(ONE_QUORUM)
  // no two trees of one size with a quorum each
  ok = 0;
  for (t : 2 .. 7) {
    if
    :: (IN(cosigned[0], t) + IN(cosigned[1], t) + IN(cosigned[2], t)) >= K -> ok = ok | BIT(t)
    :: else
    fi
  }
  assert(!TWO(ok)); ok = 0; t = 0;
#elif defined(NOTHING_LOST)
  // a published head contradicts no record that was acknowledged
  assert(!TWO(acknowledged | published));
#endif
  skip
}

inline Start() {
  Tick();
#ifdef NO_JOURNAL
  mode = ORDINARY;
#else
  if
  :: journal == 0 -> mode = UNCONFIRMED
  :: journal && (journal == head && !pend || journal == pend) -> mode = ORDINARY
  :: journal == head && pend -> mode = ((pend >> 1) == head -> ORDINARY : UNCONFIRMED)
  :: journal && journal != head && journal != pend && PREFIX(TOP, journal) ->
     // Newer than the directory.
     if
     :: (journal >> 1) == TOP -> pend = journal; mode = ORDINARY
     :: else -> mode = GAP
     fi
  :: else -> mode = UNCONFIRMED
  fi;
#ifdef GAP_IS_UNCONFIRMED
  if :: mode == GAP -> mode = UNCONFIRMED :: else fi;
#endif
#endif
}

// The registry takes the entries of history m, which its key has signed, from a witness.
inline Take(m) {
  pend = m;
#ifdef JOURNAL_BEFORE_CONFIRMED
  journal = m;
#endif
  Unconfirmed()
}

// Witness w tells an unconfirmed registry, or one that has just started, what it knows.
inline Answer(w) {
  Tick();
  t = KNOWS(w);
  if
  :: t != TOP && PREFIX(TOP, t) -> Take(t)
  :: PREFIX(t, TOP) ->
     answered = answered | BIT(w);
     if
#ifdef BEHIND_DOES_NOT_CONFIRM
     :: PREFIX(t, head) && t != head -> dir[w] = head; wjournal[w] = head
     :: wjournal[w] && !(PREFIX(t, head) && t != head) -> confirms = confirms | BIT(w)
#else
     :: wjournal[w] -> confirms = confirms | BIT(w)
#endif
     :: else
     fi
  :: else -> answered = answered | BIT(w)  // the two histories: another way out (release.pml)
  fi;
  t = 0
}

// Can the entries before the last batch of m be had? They have a quorum.
#ifdef NO_ARCHIVE
#define BASE_IS_THERE(m) \
  (HERE(0) && PREFIX((m) >> 1, dir[0]) || HERE(1) && PREFIX((m) >> 1, dir[1]) || \
   HERE(2) && PREFIX((m) >> 1, dir[2]))
#else
#define BASE_IS_THERE(m) true  // a replica or an export has them
#endif
// Can the registry get the entries that witness w knows?
#define CAN_FETCH(w) (dir[w] == KNOWS(w) || PREFIX(KNOWS(w), TOP) || PREFIX(KNOWS(w) >> 1, TOP) || \
  BASE_IS_THERE(KNOWS(w)))

#define WAITS_FOR_ANSWER(w) (!IN(answered, w) && !IN(confirms, w) && \
  (mode == UNCONFIRMED || (mode == ORDINARY && !ASKED)))

// W0, which loses things, takes its steps one by one; the others take them at once, as they lose
// nothing but replies.
#define TAKES(w) \
  (HERE(w) && step[w] == 0 && mode == ORDINARY && sent && !IN(got, w) && \
   PREFIX(dir[w], pend) && (wjournal[w] && PREFIX(wjournal[w], pend) || \
                            !wjournal[w] && PREFIX(head, dir[w])))

#define STEP_BY_STEP(w) \
  :: d_step { TAKES(w) -> Tick(); dir[w] = pend; step[w] = 1 } \
  :: d_step { step[w] == 1 -> Tick(); if :: !wjournal[w] -> answered = answered & ~BIT(w) :: else fi; \
       wjournal[w] = dir[w]; step[w] = 2; \
       NOTE_HELD(BIT(dir[w])); Check() } \
  :: d_step { step[w] == 2 && mode == ORDINARY && sent && pend == dir[w] -> \
       Tick(); NOTE_COSIGNED(w); step[w] = 0; got = got | BIT(w); Check() } \
  :: d_step { step[w] == 2 && (!calm || !(mode == ORDINARY && sent && pend == dir[w])) -> \
       Tick(); NOTE_COSIGNED(w); step[w] = 0; Check() }  /* the reply is lost */

#define AT_ONCE(w) \
  :: d_step { TAKES(w) -> Tick(); dir[w] = pend; wjournal[w] = pend; NOTE_HELD(BIT(pend)); \
       NOTE_COSIGNED(w); got = got | BIT(w); Check() } \
  :: d_step { TAKES(w) && !calm && dir[w] != pend -> Tick(); dir[w] = pend; wjournal[w] = pend; \
       NOTE_HELD(BIT(pend)); NOTE_COSIGNED(w); Check() }  /* the reply is lost */

#define WITNESS(w) \
  /* An answer. A request is answered after the one before it. */ \
  :: d_step { HERE(w) && step[w] == 0 && WAITS_FOR_ANSWER(w) && CAN_FETCH(w) -> Answer(w) } \
  /* Catching up with what the registry has published. */ \
  :: d_step { HERE(w) && step[w] == 0 && UP && dir[w] != head && PREFIX(dir[w], head) && \
       (!wjournal[w] || PREFIX(head, wjournal[w]) || PREFIX(wjournal[w], head)) -> \
       Tick(); dir[w] = head } \
  :: d_step { HERE(w) && step[w] == 0 && UP && wjournal[w] && dir[w] != wjournal[w] && \
       PREFIX(dir[w], wjournal[w]) && dir[w] != (wjournal[w] >> 1) && \
       PREFIX(wjournal[w] >> 1, TOP) -> Tick(); dir[w] = wjournal[w] >> 1 } \
  /* The last batch comes from its own journal. */ \
  :: d_step { HERE(w) && step[w] == 0 && wjournal[w] && dir[w] == (wjournal[w] >> 1) -> \
       Tick(); dir[w] = wjournal[w] }

#define CONTENT(h) ((issued | acknowledged) & BIT(2 * (h)))

active proctype World() {
  do
  // The registry.
  :: d_step { mode == ORDINARY && ASKED && !pend && BATCHES(head) < MAX_BATCHES ->
       Tick(); pend = 2 * head }
  :: d_step { mode == ORDINARY && ASKED && !pend && BATCHES(head) < MAX_BATCHES && CONTENT(head) ->
       Tick(); pend = 2 * head + 1 }
#ifndef NO_JOURNAL
#ifdef JOURNAL_AFTER_SENDING
  :: d_step { mode == ORDINARY && pend && journal != pend && sent && JOURNAL_ALLOWS ->
       Tick(); journal = pend }
#else
  :: d_step { mode == ORDINARY && ASKED && pend && journal != pend && JOURNAL_ALLOWS ->
       Tick(); journal = pend }
#endif
#endif
#ifdef ACKNOWLEDGE_STAGED
  :: d_step { mode == ORDINARY && pend && !(acknowledged & BIT(pend)) ->
       Tick(); NOTE_ACKNOWLEDGED; Check() }
#endif
  :: d_step { mode == ORDINARY && MAY_SEND && pend && !sent && JOURNALED && JOURNAL_ALLOWS ->
       Tick();
#ifdef PUBLISHED_STAYS
       // the log key signs nothing that contradicts a head that is published already
       assert(!(published & ~BIT(pend) & (pend >= 4 -> 240 : 12)));
#endif
       sent = true; issued = issued | BIT(pend); NOTE_ACKNOWLEDGED;
       Check() }
  :: d_step { mode == ORDINARY && sent && COUNT(got) >= K ->
       Tick(); head = pend; pend = 0; sent = false; got = 0; NOTE_PUBLISHED;
       Check() }
  :: d_step { mode == DOWN -> Start() }
  :: d_step { mode == ORDINARY && !ASKED && COUNT(confirms) >= K -> Tick(); asked = true }
  :: d_step { mode == UNCONFIRMED && COUNT(confirms) >= CONFIRMS && ALL_ACCOUNTED ->
       Tick(); journal = TOP; mode = ORDINARY; asked = true }
  // The journal has the last batch. Those before it have a quorum.
  :: d_step { mode == GAP && BASE_IS_THERE(journal) -> Tick(); pend = journal; mode = ORDINARY }

  WITNESS(0)
  WITNESS(1)
  WITNESS(2)
  STEP_BY_STEP(0)
  AT_ONCE(1)
  AT_ONCE(2)

  // Faults.
  :: d_step { !calm && UP -> Forget() }
#if COPY_BACK
  :: d_step { !calm && !copy_head && !backs -> copy_head = head; copy_pend = pend }
  :: d_step { !calm && mode == DOWN && copy_head && backs < COPY_BACK ->
       head = copy_head; pend = copy_pend; backs++;
       if :: backs == COPY_BACK -> copy_head = 0; copy_pend = 0 :: else fi }
#endif
#if LOSE
  :: d_step { !calm && mode == DOWN && journal && losses < LOSE -> journal = 0; losses++ }
#endif
#if MACHINE_BACK
  :: d_step { !calm && !copy_head && !machine_backs ->
       copy_head = head; copy_pend = pend; copy_journal = journal }
  :: d_step { !calm && mode == DOWN && copy_head && machine_backs < MACHINE_BACK ->
       head = copy_head; pend = copy_pend; journal = copy_journal; machine_backs++;
       if :: machine_backs == MACHINE_BACK -> copy_head = 0; copy_pend = 0; copy_journal = 0 :: else fi }
#endif
  :: d_step { !calm && step[0] -> step[0] = 0 }
#if W_BACK
  :: d_step { !calm && !wcopy && !wbacks -> wcopy = dir[0] }
  :: d_step { !calm && wcopy && wbacks < W_BACK ->
       dir[0] = wcopy; step[0] = 0; wbacks++; if :: wbacks == W_BACK -> wcopy = 0 :: else fi }
#endif
#if W_LOSE
  :: d_step { !calm && wjournal[0] && wlosses < W_LOSE ->
       wjournal[0] = 0; step[0] = 0; wlosses++ }
#ifdef WITNESS_FORGETS
  // It has compared its directory with the published log, and goes on as if nothing had happened.
  :: d_step { HERE(0) && step[0] == 0 && !wjournal[0] && UP && PREFIX(head, dir[0]) ->
       Tick(); wjournal[0] = dir[0] }
#endif
#ifdef GONE
  // Too few are left that remember: its operator says that the key has cosigned nothing newer.
  :: d_step { calm && gone && step[0] == 0 && !wjournal[0] && UP && PREFIX(head, dir[0]) ->
       Tick(); wjournal[0] = dir[0]; answered = answered & 6 }
#endif
#endif
#ifdef GONE
  :: d_step { !calm && !gone -> gone = true }
  :: d_step { gone && mode == UNCONFIRMED && !IN(named, 1) -> Tick(); named = named | BIT(1) }
#endif
#if NAMED
  :: d_step { !calm && mode == UNCONFIRMED && names < NAMED && !IN(named, 0) -> named = named | 1; names++ }
  :: d_step { !calm && mode == UNCONFIRMED && names < NAMED && !IN(named, 1) -> named = named | 2; names++ }
  :: d_step { !calm && mode == UNCONFIRMED && names < NAMED && !IN(named, 2) -> named = named | 4; names++ }
#endif
#ifdef LIAR
  // W2 answers whatever it likes, but can show only notes that the log key signed.
  :: d_step { !calm && WAITS_FOR_ANSWER(2) -> confirms = confirms | 4; answered = answered | 4 }
  :: d_step { !calm && WAITS_FOR_ANSWER(2) -> answered = answered | 4 }
  :: atomic { !calm && WAITS_FOR_ANSWER(2) ->
       select(t : 2 .. 7);
       if :: (issued & BIT(t)) && t != TOP && PREFIX(TOP, t) -> Take(t) :: else fi; t = 0 }
#ifdef ONE_TREE_HELD
  :: d_step { (issued & ~held) -> held = held | issued; Check() }
#endif
#ifdef ONE_QUORUM
  :: d_step { (issued & ~cosigned[2]) -> cosigned[2] = issued; Check() }
#endif
  :: d_step { !calm && mode == ORDINARY && sent && !IN(got, 2) -> got = got | 4 }
  :: d_step { calm && mode == UNCONFIRMED && !IN(named, 2) && !IN(answered, 2) ->
       Tick(); named = named | 4 }
#endif
#ifdef LATE
  // A request of a process that has died reaches a witness, and its entries are in some cache.
  :: d_step { !calm && !late && sent -> late = pend }
  :: d_step { late && PREFIX(dir[1], late) && PREFIX(wjournal[1], late) && dir[1] != late ->
       dir[1] = late; wjournal[1] = late; NOTE_HELD(BIT(late));
#ifdef ONE_QUORUM
       cosigned[1] = cosigned[1] | BIT(late);
#endif
       late = 0; Check() }
#endif
#ifdef LIVE
  :: d_step { !calm && !TWO(issued) ->
       calm = true; copy_head = 0; copy_pend = 0; copy_journal = 0; wcopy = 0; backs = 0; losses = 0;
       machine_backs = 0; wbacks = 0; wlosses = 0; names = 0 }
#endif
  :: else -> break
  od;
#ifdef LIVE
  // Nobody can do anything more: then all batches of the model are published.
  assert(mode == ORDINARY && BATCHES(head) == MAX_BATCHES && !pend || TWO(issued))
#endif
}
