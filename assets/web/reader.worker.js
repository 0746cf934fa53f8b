// Finds codes in pictures, away from the page: zxing in WebAssembly. A classic worker, because the
// library comes as a classic script.
importScripts('answering.js', 'zxing.js');

const kOptions = {
  formats: ['QRCode', 'DataMatrix', 'Aztec'],
  maxNumberOfSymbols: 8,
};

self.answerCalls(async () => {
  // The library would take it from another host.
  const locateFile = () => new URL('zxing.wasm', self.location).href;
  await ZXingWASM.prepareZXingModule({ overrides: { locateFile }, fireImmediately: true });
  return {
    /// Returns for each code in a picture its bytes, which are what was encoded and no reading of
    /// it as text, and the box around it.
    async read(width, height, pixels) {
      const found = await ZXingWASM.readBarcodes(new ImageData(pixels, width, height), kOptions);
      return found.filter((each) => each.isValid)
        .map(({ bytes, position }) => ({ bytes, box: boxOf(Object.values(position)) }));
    },
  };
});

function boxOf(corners) {
  const x = corners.map((corner) => corner.x).filter(Number.isFinite);
  const y = corners.map((corner) => corner.y).filter(Number.isFinite);
  const [left, top] = [Math.min(...x), Math.min(...y)];
  return { left, top, width: Math.max(...x) - left, height: Math.max(...y) - top };
}
