// Ties a login to its browser where cookies are blocked (lti-1.3-tool §9.2): carries out the plan in the page's
// data-plan. What is said, to whom, and for how long is decided by the server.
"use strict";
(() => {
  const page = document.getElementById("binding");
  const { plan, next, probe } = JSON.parse(page.dataset.plan);
  const around = window.opener || window.parent;
  const posted = new Map();
  let asked = false;
  let ended = false;

  const show = (id, shown) => {
    const part = document.getElementById(id);
    if (part) part.hidden = !shown;
  };

  // The only form that goes on by itself. A field called "submit" would hide the form's own method.
  const send = (secret) => {
    const form = document.getElementById("auto-form");
    if (typeof secret === "string") {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "browser_secret";
      field.value = secret;
      form.append(field);
    }
    HTMLFormElement.prototype.submit.call(form);
  };

  const keepsCookies = () => document.cookie.split("; ").some((one) => one === `${probe}=1`);

  // `value` is null unless the platform answered.
  const end = (value) => {
    if (ended) return;
    ended = true;
    removeEventListener("message", hear);
    if (!probe) {
      send(value);
    } else if (value !== null || keepsCookies() || window.top === window) {
      if (next) location.replace(next);
      else send();
    } else {
      // Neither way works in here, and what the platform gave us can be used once only: not in vain.
      show("waiting", false);
      show("window", true);
    }
  };

  const frame = (name) => {
    if (typeof name !== "string" || name === "_parent") return around;
    try {
      const found = around.frames[name];
      return found && typeof found.postMessage === "function" ? found : around;
    } catch {
      return around;
    }
  };

  const post = (supported) => {
    if (asked || ended) return;
    asked = true;
    const listed = supported.filter((one) => one && typeof one.subject === "string");
    const of = (exchange) => listed.find((one) => one.subject === exchange.message.subject);
    const known = plan.exchanges.filter(of);
    for (const exchange of known.length > 0 ? known : plan.exchanges) {
      const said = of(exchange);
      const target = frame(said && typeof said.frame === "string" ? said.frame : plan.frame);
      posted.set(exchange, target);
      for (const origin of plan.origins) target.postMessage(exchange.message, origin);
    }
  };

  const hear = (event) => {
    const data = event.data;
    if (!data || typeof data !== "object") return;
    if (!asked) {
      // Only a hint, so it may come from anybody.
      const fits = plan.capabilities.some((one) => one.reply === data.subject);
      if (fits && Array.isArray(data.supported_messages)) post(data.supported_messages);
      return;
    }
    const fits = (one) => one.reply === data.subject && one.message.message_id === data.message_id;
    const exchange = [...posted.keys()].find(fits);
    if (!exchange || event.source !== posted.get(exchange) || !plan.origins.includes(event.origin)) return;
    if (!data.error && typeof data.value === "string") {
      end(data.value);
      return;
    }
    posted.delete(exchange);
    if (posted.size === 0) end(null);
  };

  if (!plan || around === window) {
    end(null);
    return;
  }
  addEventListener("message", hear);
  setTimeout(() => end(null), plan.total_ms);
  setTimeout(() => post([]), plan.capabilities_ms);
  for (const { message } of plan.capabilities) around.postMessage(message, "*");
})();
