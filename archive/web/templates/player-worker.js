// ReplayWeb.page's service worker, and around it what it does not do: every answer that it makes up has the policy of
// this port instead of its own, which lets WebSockets through; each page begins with `fence.js`; no page is shown alone
// in a window.
const policy = "POLICY";
const fence = "FENCE";

async function fenced(response, request) {
  const redirects = response.status >= 300 && response.status < 400;
  if (response.type !== "default" || redirects) return response; // from the port, with its policy; or without a page
  const headers = new Headers(response.headers);
  headers.set("Content-Security-Policy", policy);
  headers.set("Referrer-Policy", "same-origin");
  headers.set("X-DNS-Prefetch-Control", "off");
  // The script that ReplayWeb.page has each page begin with.
  const first = request.destination === "script" && /\/wombat\.js$/.test(new URL(request.url).pathname);
  const body = first ? fence + (await response.text()) : response.body;
  return new Response(body, { status: response.status, statusText: response.statusText, headers });
}

if (self.FetchEvent) {
  const respondWith = FetchEvent.prototype.respondWith;
  FetchEvent.prototype.respondWith = function (answer) {
    const { request } = this;
    if (request.destination === "document") {
      answer = new Response("Not by itself in a window.", { status: 403 });
    } else if (request.mode === "navigate" && new URL(request.url).pathname === new URL(registration.scope).pathname) {
      answer = fetch(request); // the port's own page, not the one that is made up
    }
    respondWith.call(this, Promise.resolve(answer).then((response) => fenced(response, request)));
  };
}
importScripts("wabac.js");
