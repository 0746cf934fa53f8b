// Asking this host, and no other.
export const kDay = 24 * 3600 * 1000;
const kPatience = 6000;  // milliseconds: in a tunnel nobody waits longer

/// True if a time, in milliseconds since 1970, is a day ago. A time that is still to come is from
/// when the device's clock was wrong.
export function isDayOld(time) {
  const age = Date.now() - time;
  return age < 0 || age >= kDay;
}

/// A signal that ends what waits after so many milliseconds.
export function within(patience = kPatience) {
  return AbortSignal.timeout(patience);
}

/// Fetches a path of this host: {status, bytes}. Fails if not all came until `signal`, and with a
/// RangeError if it has more than `most` bytes.
export async function fetched(path, most, { headers = {}, signal = within() } = {}) {
  const url = new URL(path, location.origin);
  if (url.origin !== location.origin) throw new TypeError('another host');
  const reply = await fetch(url, {
    headers, credentials: 'omit', redirect: 'error', signal,
    cache: 'no-store',  // the address of a proof has the code in it
  });
  return { status: reply.status, bytes: await bytesOf(reply, most) };
}

/// Returns the JSON of a reply; an empty object if it is none.
export function jsonOf({ bytes }) {
  try {
    return JSON.parse(textOf({ bytes })) ?? {};
  } catch {
    return {};
  }
}

export function textOf({ bytes }) {
  return new TextDecoder().decode(bytes);
}

async function bytesOf(reply, most) {
  const parts = [];
  let size = 0;
  const body = reply.body?.getReader();
  for (;;) {
    const { done, value } = await body?.read() ?? { done: true };
    if (done) break;
    size += value.length;
    if (size > most) {
      await body.cancel();
      throw new RangeError(`${reply.url} has more than ${most} bytes`);
    }
    parts.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
