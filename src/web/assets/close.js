// Tells the learning platform that its registration window may be closed (lti-1.3-tool.md §20.5): both names of
// the message, to whoever opened us and to whoever shows us. It holds no secret, so anybody may hear it.
"use strict";
(() => {
  const told = document.getElementById("close");
  const around = [window.opener, window.parent].filter((one) => one && one !== window);
  const close = () => {
    for (const subject of told.dataset.subjects.split(" ")) {
      for (const one of around) one.postMessage({ subject }, "*");
    }
  };
  if (around.length === 0) return;
  const now = document.getElementById("close-now");
  now.querySelector("button").addEventListener("click", () => {
    close();
    window.close();
  });
  now.hidden = false;
  // Long enough to see that it worked, and what is still to be done.
  setTimeout(close, 4000);
})();
