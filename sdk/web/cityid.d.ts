// The checker of CityID as a module. What each function verifies, and how it is misused, is described
// in sdk/cityid.h, which these are the functions of. Times are seconds since 1970.

/** Text, or bytes. */
export type Input = string | Uint8Array;

/** The names of the verdicts (docs/problems.md). */
export type Verdict =
  | 'malformed' | 'unsupported' | 'wrong-host' | 'unknown-id' | 'suspended' | 'superseded'
  | 'withdrawn' | 'unknown-key' | 'forged' | 'wrong-purpose' | 'not-yet-valid' | 'expired'
  | 'revoked' | 'valid' | 'registered' | 'ledger-stale';

/** Why a call failed: `usage`, `malformed` ... as in CITYID_ERROR_... */
export type ErrorCode =
  | 'usage' | 'malformed' | 'unsupported' | 'too-large' | 'forged' | 'refused' | 'unreached' | 'other';

/** A call could not do what it was asked. It is "can't tell", and never a "no". */
export class CityIdError extends Error {
  constructor(code: ErrorCode, detail: string);
  readonly code: ErrorCode;
}

/** A seal of a document (docs/document-seal.md). */
export interface Seal {
  readonly state: 'unchanged' | 'changed' | 'added-to';
  /** The URL of its code, if it shows one: to be judged as what was scanned. */
  readonly url?: string;
  /** One line in English, for what was changed. */
  readonly why?: string;
  /** How many bytes of the file are the original, and how many were sealed. */
  readonly original?: number;
  readonly sealed?: number;
  /** How many bytes were added, and what they look like. */
  readonly added?: number;
  readonly looksSigned?: boolean;
  /** A later seal covers what was added, and claims the same identifier. */
  readonly sealedAgain?: boolean;
}

export interface Seals {
  readonly seals: readonly Seal[];
  /** There are seals that were not looked at. */
  readonly more: boolean;
  /** The file is what was sealed, provided that every code is `valid`. */
  readonly intact: boolean;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** One line in English, for developers. */
  readonly detail: string;
  /** The answer as a resolver gives it (docs/api.md), with the checkpoint in `proof`. */
  readonly json: string;
  /** The same, parsed. */
  readonly answer: any;
}

/** A proof or a pack that was opened and verified. Close it: its memory isn't collected. */
export interface Proof {
  /** Keep it, and hand it to `open` the next time. */
  readonly keptHead: string;
  /** Judges what a scanner read: a URL or the bytes of COSE_Sign1. */
  judge(scanned: Input, options?: {
    now?: number;
    /** False if the host of a URL needn't be one of the policy's. */
    hostCounts?: boolean;
  }): Judgement;
  /** Looks an identifier up. */
  lookUp(id: Input, options?: { now?: number }): Judgement;
  /** Frees it. Later calls fail with the code `usage`. */
  close(): void;
}

export interface CityId {
  readonly version: string;
  /** Opens and verifies a proof. A pack is refused. */
  open(input: { trust: Input; document: Uint8Array; keptHead?: Input; now?: number }): Proof;
  /** Opens a pack that you stored: never what somebody answered to a question. */
  openPack(input: { trust: Input; pack: Uint8Array; keptHead?: Input; now?: number }): Proof;
  /** Reads what a code claims. NOTHING IS VERIFIED. */
  parse(scanned: Input): any;
  /** Returns the path of a code below its host, "ID/digits"; its proof is at `${path}/proof`. */
  about(scanned: Input): string;
  /** Finds the seals of a document. NOTHING OF THEIR CODES IS VERIFIED: judge every `url`. */
  seals(file: Uint8Array): Seals;
  /** Returns the version of the policy in a trust file; 0 if it doesn't say. */
  trustVersion(trust: Input): number;
  /** Returns the trust file, brought forward along the policy proofs to the checkpoint. */
  updateTrust(input: {
    trust: Input; proofs: Uint8Array[]; checkpoint: Input; now?: number;
  }): string;
  /** Returns a verdict in a few words, for people: 'en', 'zh-CN' or 'ar'. */
  title(verdict: Verdict, language?: string): string;
  /** Returns what it means and what to do. */
  advice(verdict: Verdict, language?: string): string;
}

/**
 * Loads the checker. Without a source: `cityid.wasm` beside this module. After a
 * `WebAssembly.RuntimeError` (no memory left, or a bug) load it again.
 */
export function load(
  source?: string | URL | Response | Promise<Response> | BufferSource | WebAssembly.Module,
): Promise<CityId>;
