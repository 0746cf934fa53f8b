// The other end of calls.js: answers calls inside of a worker. A classic script, so that workers
// of both kinds can load it.

/// Waits for `start`, which gives the functions that may be called, and answers calls.
self.answerCalls = (start) => {
  const functions = start();
  const told = (id, result) => Promise.resolve(result).then(
    (value) => self.postMessage({ id, result: value }),
    (error) => self.postMessage({ id, error: String(error?.message ?? error) }));
  told(0, functions.then(() => true));
  self.onmessage = ({ data: { id, name, values } }) =>
    told(id, functions.then((named) => named[name](...values)));
};
