// Hears a tool say that its registration page may be closed (lti-1.3-tool.md §20.5), from the frame or from the
// window that was opened instead, and shows what became of it.
"use strict";
(() => {
  const frame = document.getElementById("registration");
  const link = document.getElementById("in-window");
  let opened = null;
  if (link) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      opened = open(link.href, "registration");
    });
  }
  addEventListener("message", (event) => {
    const ours = (frame && event.source === frame.contentWindow) || (opened && event.source === opened);
    let data = event.data;
    if (typeof data === "string") {
      try { data = JSON.parse(data); } catch { return; }
    }
    const close = ["org.imsglobal.lti.close", "lti.close"];
    if (!ours || !data || !close.includes(data.subject)) return;
    if (opened) opened.close();
    location.replace(`${location.pathname}?closed=1`);
  });
})();
