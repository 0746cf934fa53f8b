// A stranger's program in TypeScript: it uses everything that the package `cityid` exports, as
// tests/process/web_checker_test.py compiles it, strictly, and runs it.
import { CityIdError, load } from 'cityid';
import type { CityId, ErrorCode, Input, Judgement, Proof, Seals, Verdict } from 'cityid';

export interface Given {
  trust: string;
  document: Uint8Array;
  pack: Uint8Array;
  policy: Uint8Array;
  checkpoint: string;
  url: string;
  id: string;
}

/** What each function gives, a line each. */
export async function use(wasm: WebAssembly.Module, given: Given): Promise<string[]> {
  const cityid: CityId = await load(wasm);
  const said: string[] = [`version ${cityid.version}`];
  const trust: Input = given.trust;

  const proof: Proof = cityid.open({ trust, document: given.document });
  const judged: Judgement = proof.judge(given.url, { now: Date.now() / 1000, hostCounts: true });
  const verdict: Verdict = judged.verdict;
  said.push(`judge ${verdict}, ${judged.detail}`);
  said.push(`lookUp ${proof.lookUp(given.id, {}).answer.names.en}`);
  said.push(`json ${JSON.stringify(judged.answer) === JSON.stringify(JSON.parse(judged.json))}`);
  const kept: string = proof.keptHead;
  proof.close();

  const pack = cityid.openPack({ trust, pack: given.pack, keptHead: kept, now: Date.now() / 1000 });
  said.push(`openPack ${pack.judge(new TextEncoder().encode(given.url)).verdict}`);
  said.push(`keptHead ${pack.keptHead.split('\n').length - kept.split('\n').length}`);
  pack.close();

  said.push(`parse ${cityid.parse(given.url).verified}`);
  said.push(`about ${cityid.about(given.url) === new URL(given.url).pathname.slice(1)}`);
  const found: Seals = cityid.seals(given.document);
  said.push(`seals ${found.seals.length} ${found.intact}`);
  said.push(`trustVersion ${cityid.trustVersion(trust) + 1}`);
  const updated: string = cityid.updateTrust({
    trust, proofs: [given.policy], checkpoint: given.checkpoint,
  });
  said.push(`updateTrust ${updated.startsWith('# policy 1\n')}`);
  const titles = new Set([cityid.title(verdict), cityid.title(verdict, 'zh-CN'), cityid.advice(verdict),
    cityid.advice(verdict, 'ar')]);
  said.push(`texts ${titles.size}`);
  try {
    cityid.open({ trust: '', document: new Uint8Array() });
  } catch (error) {
    if (!(error instanceof CityIdError)) throw error;
    const code: ErrorCode = error.code;
    said.push(`error ${error.name} ${code} ${error.message !== ''}`);
  }

  // These name all members: one that the types lack, or have too much, is seen here or below.
  const members: Record<keyof CityId, true> = {
    version: true, open: true, openPack: true, parse: true, about: true, seals: true,
    trustVersion: true,
    updateTrust: true, title: true, advice: true,
  };
  const ofProof: Record<keyof Proof, true> = { keptHead: true, judge: true, lookUp: true, close: true };
  for (const [object, names] of [[cityid, members], [proof, ofProof]] as const) {
    const there = [...Object.keys(object), ...Object.getOwnPropertyNames(Object.getPrototypeOf(object))];
    said.push(there.filter((name) => name !== 'constructor').sort().join() === Object.keys(names).sort().join()
      ? 'all members' : `members: ${there}`);
  }
  return said;
}

/** What the types refuse; never called. */
export function misuse(cityid: CityId, proof: Proof): void {
  // @ts-expect-error: a document is bytes
  cityid.open({ trust: '', document: '' });
  // @ts-expect-error: there is no proof without a trust file
  cityid.open({ document: new Uint8Array() });
  // @ts-expect-error: a pack is no document
  cityid.openPack({ trust: '', document: new Uint8Array() });
  // @ts-expect-error: a file is bytes
  cityid.seals('');
  // @ts-expect-error: a time is a number
  proof.judge('', { now: new Date() });
  // @ts-expect-error: it is no verdict
  cityid.title('fine');
  // @ts-expect-error: a verdict is none of its own making
  if (proof.lookUp('').verdict === 'fine') proof.close();
  // @ts-expect-error: it is read only
  proof.keptHead = '';
}
