// Asks the checker in WebAssembly the cases that the test gives on standard input; prints an outcome a
// line: [error, verdict, text, line]. Usage: checker.mjs MODULE
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { load, CityIdError } = await import(pathToFileURL(process.argv[2]));
const cityid = await load();
const bytes = (text) => Uint8Array.from(Buffer.from(text ?? '', 'base64'));

function ask({ call, trust, document, pack, kept, asked, proofs, now, host = true }) {
  if (call === 'parse') return ['', '', JSON.stringify(cityid.parse(bytes(asked))), ''];
  if (call === 'seals') return ['', '', JSON.stringify(cityid.seals(bytes(asked))), ''];
  if (call === 'about') return ['', '', cityid.about(bytes(asked)), ''];
  if (call === 'update') {
    return ['', '', cityid.updateTrust({
      trust: bytes(trust), proofs: proofs.map(bytes), checkpoint: bytes(asked), now,
    }), ''];
  }
  const input = { trust: bytes(trust), keptHead: bytes(kept), now };
  const proof = pack
    ? cityid.openPack({ ...input, pack: bytes(document) })
    : cityid.open({ ...input, document: bytes(document) });
  try {
    if (call === 'open') return ['', '', proof.keptHead, ''];
    const { verdict, json, detail } = call === 'look_up'
      ? proof.lookUp(bytes(asked), { now })
      : proof.judge(bytes(asked), { now, hostCounts: host });
    return ['', verdict, json, detail];
  } finally {
    proof.close();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  let outcome;
  try {
    outcome = ask(JSON.parse(line));
  } catch (error) {
    if (!(error instanceof CityIdError)) throw error;
    outcome = [error.code, '', '', error.message];
  }
  console.log(JSON.stringify(outcome));
}
