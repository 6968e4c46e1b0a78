// ReplayWeb.page's service worker, and around it what it does not do: every answer that it makes up has the policy of
// this port instead of its own, which lets WebSockets through, and no page is shown alone in a window.
const policy = "POLICY";

function fenced(response) {
  const redirects = response.status >= 300 && response.status < 400;
  if (response.type !== "default" || redirects) return response; // from the port, with its policy; or without a page
  const headers = new Headers(response.headers);
  headers.set("Content-Security-Policy", policy);
  headers.set("X-DNS-Prefetch-Control", "off");
  headers.set("Referrer-Policy", "same-origin");
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

if (self.FetchEvent) {
  const respondWith = FetchEvent.prototype.respondWith;
  FetchEvent.prototype.respondWith = function (answer) {
    const alone = this.request.destination === "document";
    respondWith.call(this, alone ? new Response("Not by itself in a window.", { status: 403 }) : Promise.resolve(answer).then(fenced));
  };
}
importScripts("wabac.js");
