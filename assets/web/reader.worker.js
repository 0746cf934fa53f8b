// Finds codes in pictures, away from the page: zxing in WebAssembly. A classic worker, because the
// library comes as a classic script.
importScripts('answering.js', 'zxing.js');

const kOptions = {
  formats: ['QRCode', 'DataMatrix', 'Aztec'],
  maxNumberOfSymbols: 4,
};

self.answerCalls(async () => {
  // The library would take it from another host.
  const locateFile = () => new URL('zxing.wasm', self.location).href;
  await ZXingWASM.prepareZXingModule({ overrides: { locateFile }, fireImmediately: true });
  return {
    /// Returns the bytes of each code in a picture: what was encoded, and no reading of it as text.
    async read(width, height, pixels) {
      const found = await ZXingWASM.readBarcodes(new ImageData(pixels, width, height), kOptions);
      return found.filter((each) => each.isValid).map((each) => each.bytes);
    },
  };
});
