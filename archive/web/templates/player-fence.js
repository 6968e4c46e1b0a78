// WebRTC, which no policy of a page governs: taken out of each window that a page comes by in the usual ways. One that
// is out to, by way of `window[0]` for one, can still reach a server so: what a page must not tell, is not to be played.
(() => {
  const names = ["RTCPeerConnection", "webkitRTCPeerConnection", "mozRTCPeerConnection"];
  const done = new WeakSet(); // documents: a frame has another window for each
  const strip = (there) => {
    try {
      if (!there || done.has(there.document)) return;
      for (const name of names) delete there[name];
      for (const kind of [there.HTMLIFrameElement, there.HTMLFrameElement, there.HTMLObjectElement]) {
        for (const [name, windowOf] of [["contentWindow", (found) => found], ["contentDocument", (found) => found.defaultView]]) {
          const found = Object.getOwnPropertyDescriptor(kind.prototype, name);
          const get = function () {
            const value = found.get.call(this);
            if (value) strip(windowOf(value));
            return value;
          };
          Object.defineProperty(kind.prototype, name, { ...found, get });
        }
      }
      done.add(there.document);
    } catch {
      // Of another origin, which is nothing that this port serves.
    }
  };
  strip(window);
})();
