// A replayed page is of an opaque origin: to look where it is throws. What can be read is our own leading page,
// where a link within the frame arrived: its address belongs to the whole window.
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {
  let there;
  try {
    there = frame.contentWindow.location.href;
  } catch {
    return;
  }
  if (there !== "about:blank") location.replace(there);
});
