#!/usr/bin/env bash
# Checks the models of this directory with spin: every rule that must hold, and every mutant, which
# must fail. Prints states and errors of each; exits with 1 if one is not as expected.
# Needs spin and gcc. Usage: tests/model/run.sh [REGEX]
set -uo pipefail
cd "$(dirname "$0")" || exit 3
here=$PWD
only=${1:-.}
command -v spin >/dev/null || { echo "run.sh: please install spin" >&2; exit 3; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0
start=$SECONDS

# check holds|fails FILE WORDS MACRO...
check() {
  local expected=$1 file=$2 words=$3 out states errors verdict
  shift 3
  local macros=("${@/#/-D}")
  [[ "$file $words $*" =~ $only ]] || return 0
  rm -rf "${work:?}"/*
  cd "$work" || exit 3
  if ! { spin -a "${macros[@]}" "$here/$file" && gcc -w -DSAFETY -DCOLLAPSE -o pan pan.c; } >log 2>&1; then
    cat log >&2
    exit 3
  fi
  out=$(./pan -m300000 -w22 2>&1)
  cd "$here" || exit 3
  states=$(sed -n 's/ *\([0-9]*\) states, stored.*/\1/p' <<<"$out")
  errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' <<<"$out")
  verdict=ok
  # A search that was cut short proves nothing; a mutant has to fail by an assertion.
  if grep -qE 'max search depth too small|out of memory|Search not completed' <<<"$out" &&
    [ "$expected" = holds ]; then
    verdict=WRONG
  fi
  case $expected in
    holds) [ "$errors" = 0 ] || verdict=WRONG ;;
    fails) grep -q 'assertion violated' <<<"$out" || verdict=WRONG ;;
  esac
  [ $verdict = ok ] || wrong=1
  printf '%-5s %-5s %9s states %s errors  %s  [%s]\n' "$verdict" "$expected" "${states:-?}" "${errors:-?}" "$words" "$*"
}

s=signing.pml
echo "The rules hold"
check holds $s "crashes and lost messages" ONE_TREE
check holds $s "directory set back, twice" ONE_TREE COPY_BACK=2
check holds $s "directory set back; a witness named" ONE_TREE COPY_BACK=1 NAMED=1
check holds $s "directory set back; a witness lies" ONE_TREE COPY_BACK=1 LIAR
check holds $s "directory set back; W0 loses everything" ONE_TREE COPY_BACK=1 W_BACK=1 W_LOSE=1
check holds $s "journal lost, twice" ONE_TREE LOSE=2
check holds $s "journal lost; a witness named" ONE_TREE LOSE=1 NAMED=1
check holds $s "journal lost; a witness lies" ONE_TREE LOSE=1 LIAR
check holds $s "directory set back, twice" NOTHING_LOST COPY_BACK=2
check holds $s "journal lost, twice" NOTHING_LOST LOSE=2
check holds $s "set back and journal lost" ONE_TREE_HELD COPY_BACK=1 LOSE=1
check holds $s "set back and journal lost; W0 set back" ONE_TREE_HELD COPY_BACK=1 LOSE=1 W_BACK=1
check holds $s "set back and journal lost; two named" PUBLISHED_STAYS COPY_BACK=1 LOSE=1 NAMED=2
check holds $s "3 of 3: n-k+1 = 1 confirms" PUBLISHED_STAYS COPY_BACK=1 LOSE=1 NAMED=2 K=3 CONFIRMS=1
check holds $s "whole machine set back" PUBLISHED_STAYS MACHINE_BACK=1
check holds $s "whole machine set back; W0 loses everything" PUBLISHED_STAYS MACHINE_BACK=1 W_BACK=1 W_LOSE=1
check holds $s "whole machine set back" ONE_QUORUM MACHINE_BACK=1
check holds $s "set back and journal lost; one named" ONE_QUORUM COPY_BACK=1 LOSE=1 NAMED=1
check holds $s "set back and journal lost; a witness lies" ONE_QUORUM COPY_BACK=1 LOSE=1 LIAR

echo "There is always a way on"
check holds $s "crashes and lost messages; W1 gone" LIVE GONE
check holds $s "directory set back" LIVE COPY_BACK=1
check holds $s "set back and journal lost" LIVE COPY_BACK=1 LOSE=1
check holds $s "set back and journal lost; W1 gone" LIVE COPY_BACK=1 LOSE=1 GONE
check holds $s "set back and journal lost; a witness lies" LIVE COPY_BACK=1 LOSE=1 LIAR
check holds $s "W0 loses everything" LIVE W_BACK=1 W_LOSE=1
check holds $s "W0 loses everything, W1 gone" LIVE W_BACK=1 W_LOSE=1 GONE
check holds $s "whole machine set back" LIVE MACHINE_BACK=1

echo "What is more than the rules promise"
check fails $s "set back and journal lost: a signature that nobody kept" ONE_TREE COPY_BACK=1 LOSE=1
check fails $s "set back and journal lost: a record that nobody kept" NOTHING_LOST COPY_BACK=1 LOSE=1
check fails $s "... and the only holder is named" ONE_TREE_HELD COPY_BACK=1 LOSE=1 NAMED=1
check fails $s "... and the only holder lies" ONE_TREE_HELD COPY_BACK=1 LOSE=1 LIAR
check fails $s "... and the only holder has lost everything" ONE_TREE_HELD COPY_BACK=1 LOSE=1 W_BACK=1 W_LOSE=1
check fails $s "... and a request comes late" ONE_TREE_HELD COPY_BACK=1 LOSE=1 LATE
check fails $s "... and one lies and another one is named" ONE_QUORUM COPY_BACK=1 LOSE=1 LIAR NAMED=1
check fails $s "the whole machine is set back; one lies" PUBLISHED_STAYS MACHINE_BACK=1 LIAR
check fails $s "the whole machine is set back; the holder is silent" ONE_TREE_HELD MACHINE_BACK=1

echo "Mutants"
check fails $s "no journal" ONE_TREE_HELD COPY_BACK=1 NO_JOURNAL
check fails $s "the journal is written after sending" ONE_TREE_HELD COPY_BACK=1 JOURNAL_AFTER_SENDING
check fails $s "one witness confirms" PUBLISHED_STAYS COPY_BACK=1 LOSE=1 NAMED=2 CONFIRMS=1
check fails $s "the rest has not answered" ONE_TREE_HELD COPY_BACK=1 LOSE=1 NO_REST
check fails $s "the journal is written before the confirmation" ONE_TREE_HELD COPY_BACK=1 LOSE=1 JOURNAL_BEFORE_CONFIRMED
check fails $s "a journal two batches ahead is given up" ONE_TREE COPY_BACK=1 GAP_IS_UNCONFIRMED
check fails $s "acknowledged when staged" NOTHING_LOST COPY_BACK=1 ACKNOWLEDGE_STAGED
check fails $s "no question at the start" PUBLISHED_STAYS MACHINE_BACK=1 NO_START_QUESTION
check fails $s "no question at the start" LIVE MACHINE_BACK=1 NO_START_QUESTION
check fails $s "the pending batch is sent before the question" PUBLISHED_STAYS MACHINE_BACK=1 W_BACK=1 W_LOSE=1 SEND_UNASKED
check fails $s "who is behind never confirms" LIVE COPY_BACK=1 LOSE=1 GONE BEHIND_DOES_NOT_CONFIRM
check fails $s "a witness that has forgotten confirms" ONE_QUORUM COPY_BACK=1 LOSE=1 W_BACK=1 W_LOSE=1 NAMED=1 WITNESS_FORGETS
check fails $s "only witnesses have entries" LIVE COPY_BACK=1 W_BACK=1 GONE NO_ARCHIVE

r=release.pml
echo "Adopt and release"
check holds $r "2 of 3, three roots" N=3 K=2 LIVE
check holds $r "2 of 3, four roots" N=3 K=2 ROOTS=4 LIVE
check holds $r "3 of 3" N=3 K=3 LIVE
check holds $r "3 of 4" N=4 K=3 LIVE
check holds $r "3 of 5" N=5 K=3 ROOTS=2 LIVE
check holds $r "4 of 5" N=5 K=4 ROOTS=2 LIVE
check holds $r "4 of 5, two lie, a margin of two" N=5 K=4 ROOTS=2 LIARS=2 MARGIN=2
check holds $r "one gone, its institute vouches" N=3 K=2 GONE=1 VOUCH LIVE
check fails $r "one gone, nobody vouches" N=3 K=2 GONE=1 LIVE
check fails $r "its institute vouches wrongly" N=3 K=2 GONE=1 VOUCH FALSE_VOUCH
check holds $r "one loses its journal, and may have cosigned everything" N=3 K=2 LOST=1
check holds $r "one of four loses its journal" N=4 K=3 LOST=1
check fails $r "one loses its journal, and says never" N=3 K=2 LOST=1 FALSE_NEVER
check fails $r "one lies" N=3 K=2 ROOTS=2 LIARS=1
check fails $r "no condition: it goes back when it knows of no quorum" N=3 K=2 LEAVE_AT_ONCE
check fails $r "k promises are enough" N=3 K=2 LEAVE_AT_K
check fails $r "one promise fewer than the condition asks for" N=3 K=2 ROOTS=2 MARGIN=-1
check fails $r "one promise fewer, 3 of 5" N=5 K=3 ROOTS=2 MARGIN=-1
check fails $r "released although a given-up root has a quorum" N=3 K=2 IGNORE_REPORTS

echo "$((SECONDS - start)) s"
exit $wrong
