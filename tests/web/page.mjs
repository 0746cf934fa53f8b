// A page as a phone opens it: without scripts, and with nothing loaded but the page itself.

export const kPhone = { width: 390, height: 844 };
export const kSmallPhone = { width: 320, height: 568 };

export class Page {
  static async open(chromium) {
    const page = new Page(chromium);
    await chromium.send('Page.enable');
    await chromium.send('Network.enable');
    await chromium.send('Network.setCacheDisabled', { cacheDisabled: true });
    await chromium.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
    chromium.listen((method, params) => page.hear(method, params));
    return page;
  }

  constructor(chromium) {
    this.chromium = chromium;
  }

  /// What happened since the last `go` or `press`.
  requests = [];     // addresses, the page's own first
  transferred = 0;   // bytes, heads included
  response = null;   // of the page itself
  #own = null;       // the number of its request

  hear(method, params) {
    if (method === 'Fetch.requestPaused') {
      const { requestId, request, resourceType } = params;
      const own = resourceType === 'Document' && this.requests.length === 0;
      this.requests.push(request.url);
      if (own) this.#own = params.networkId;
      const answer = own ? ['Fetch.continueRequest', { requestId }]
        : ['Fetch.failRequest', { requestId, errorReason: 'BlockedByClient' }];
      this.chromium.send(...answer).catch(() => {});  // the page may have gone
    } else if (method === 'Network.responseReceived' && params.requestId === this.#own) {
      this.response = params.response;
    } else if (method === 'Network.loadingFinished' && params.requestId === this.#own) {
      this.transferred += params.encodedDataLength;
    }
  }

  async size({ width, height }, scale = 1) {
    await this.chromium.send('Emulation.setDeviceMetricsOverride',
      { width, height, deviceScaleFactor: scale, mobile: true });
  }

  async scripts(run) {
    await this.chromium.send('Emulation.setScriptExecutionDisabled', { value: !run });
  }

  /// Opens an address as a phone set to this language does.
  async go(url, acceptLanguage) {
    await this.scripts(false);
    await this.chromium.send('Network.setExtraHTTPHeaders',
      { headers: { 'Accept-Language': acceptLanguage } });
    await this.#arrive(async () => {
      const { errorText } = await this.chromium.send('Page.navigate', { url });
      if (errorText) throw new Error(`${url}: ${errorText}`);
    });
  }

  /// Touches the middle of an element and waits for the page that it leads to.
  async press(selector) {
    const { x, y } = await this.evaluate((wanted) => {
      const element = document.querySelector(wanted);
      element.scrollIntoView({ block: 'center', behavior: 'instant' });
      const box = element.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    }, selector);
    await this.#arrive(async () => {
      for (const type of ['mousePressed', 'mouseReleased']) {
        await this.chromium.send('Input.dispatchMouseEvent',
          { type, x, y, button: 'left', clickCount: 1 });
      }
    });
  }

  async #arrive(leave) {
    this.requests = [];
    this.transferred = 0;
    this.response = this.#own = null;
    const [arrived] = await Promise.all([this.chromium.next('Page.loadEventFired'), leave()]);
    return arrived;
  }

  /// What a function gives inside of the page; it may be asynchronous.
  async evaluate(what, ...values) {
    const expression = typeof what === 'string' ? what
      : `(${what})(${values.map((value) => JSON.stringify(value)).join(',')})`;
    const { result, exceptionDetails } = await this.chromium.send('Runtime.evaluate',
      { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  /// A PNG of the whole page, from its top to its end.
  async picture() {
    const { data } = await this.chromium.send('Page.captureScreenshot',
      { format: 'png', captureBeyondViewport: true });
    return Buffer.from(data, 'base64');
  }
}
