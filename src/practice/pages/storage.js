// Platform storage: answers lti.capabilities, lti.put_data and lti.get_data (lti-1.3-tool.md §9.2).
// Values are kept per origin of the tool and forgotten with this window. The attributes of the script element
// say who answers (the page, or a named frame in it) and what is wrong with the answers on purpose.
"use strict";
(() => {
  const own = document.currentScript.dataset;
  if (own.part === "echo") {
    // Told by the page around: post this to that sibling, from this page's own origin.
    addEventListener("message", (event) => {
      const { sibling, origin, reply } = event.data || {};
      if (event.source === parent && reply) parent.frames[sibling].postMessage(reply, origin);
    });
    return;
  }

  const prefix = "old" in own ? "org.imsglobal.lti." : "lti.";
  const origins = (own.origins || "").split(" ");
  const named = own.part === "page" && own.frame ? own.frame : null;
  const most = { keys: 500, bytes: 4096 };
  const kept = new Map();

  const answer = (event, reply) => {
    if (own.answer === "wrong-id") reply.message_id = `${reply.message_id}x`;
    if (own.answer === "elsewhere") {
      const around = own.part === "frame" ? parent : window;
      const sibling = Array.from(around.frames).indexOf(event.source);
      const other = around.document.getElementById("elsewhere");
      if (other && sibling >= 0) other.contentWindow.postMessage({ sibling, origin: event.origin, reply }, "*");
      return;
    }
    setTimeout(() => event.source.postMessage(reply, event.origin), Number(own.delay || 0));
  };

  const capabilities = () => ["put_data", "get_data"].map((name) => {
    const one = { subject: prefix + name };
    if (named) one.frame = named;
    return one;
  });

  const put = (mine, { key, value }) => {
    if (value === null || value === undefined) {
      mine.delete(key);
      return {};
    }
    if (String(value).length > most.bytes || (mine.size >= most.keys && !mine.has(key))) {
      return { error: { code: "storage_exhaustion", message: "There is no room for more." } };
    }
    mine.set(key, value);
    return { value };
  };

  const get = (mine, { key }) => {
    if (own.answer === "forgets") return { value: null };
    const value = mine.has(key) ? mine.get(key) : null;
    return { value: own.answer === "wrong" && value !== null ? `${value}-not` : value };
  };

  addEventListener("message", (event) => {
    const data = event.data;
    if (!event.source || !data || typeof data !== "object" || typeof data.subject !== "string") return;
    if (!data.subject.startsWith(prefix) || own.answer === "never") return;
    const subject = data.subject.slice(prefix.length);
    const reply = { subject: `${data.subject}.response`, message_id: data.message_id };
    if (subject === "capabilities") {
      const supported = [{ subject: data.subject }, ...capabilities()];
      if (!("silent" in own)) answer(event, { ...reply, supported_messages: supported });
      return;
    }
    // The named frame answers these, not the page around it.
    if ((subject !== "put_data" && subject !== "get_data") || named) return;
    if (!origins.includes(event.origin)) {
      answer(event, { ...reply, error: { code: "wrong_origin", message: "No registered tool lives there." } });
      return;
    }
    if (typeof data.key !== "string" || !data.key || !data.message_id) {
      answer(event, { ...reply, error: { code: "bad_request", message: "key or message_id is missing." } });
      return;
    }
    if (own.answer === "error") {
      answer(event, { ...reply, key: data.key, error: { code: own.code, message: "Not today." } });
      return;
    }
    if (!kept.has(event.origin)) kept.set(event.origin, new Map());
    const mine = kept.get(event.origin);
    answer(event, { ...reply, key: data.key, ...(subject === "put_data" ? put(mine, data) : get(mine, data)) });
  });
})();
