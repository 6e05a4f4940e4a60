// A real browser for tests: Debian's Chromium driven by playwright-core. What every walk needs lives here: people with
// a phone or a desk, scripts on or off; nothing loaded from elsewhere; accessible by axe; usable by keyboard alone;
// no sideways scrolling. What Laurel's pages are called does not: that is walk.mjs.
import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import axe from 'axe-core';
import {chromium} from 'playwright-core';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const VIEWPORTS = {phone: {width: 360, height: 740}, desk: {width: 1280, height: 900}};
// A page with more stops than this is a trap for people with a keyboard, or the walk is caught in one.
const MOST_STOPS = 300;

/** Where pictures go; git-ignored. */
export const SCREENSHOTS =
  process.env.LAUREL_SCREENSHOTS ?? fileURLToPath(new URL('../.cache/screenshots', import.meta.url));

/** Start the browser, with more arguments if need be. `close()` it at the end. */
export async function launch(more = []) {
  mkdirSync(SCREENSHOTS, {recursive: true});
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
      // whatever slips past the guard below finds no host to go to
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1', ...more
    ]
  });
}

/** One person at the browser: own cookies, own size of screen, own language, scripts on or off. */
export class Person {
  /** @param {{size?: 'phone'|'desk', javaScript?: boolean, language?: string}} options */
  static async arrives(browser, {size = 'desk', javaScript = true, language = 'en'} = {}) {
    const context = await browser.newContext({
      viewport: VIEWPORTS[size], deviceScaleFactor: size === 'phone' ? 2 : 1, hasTouch: size === 'phone',
      locale: language, reducedMotion: 'reduce'
    });
    const person = new Person(context, `${size}${javaScript ? '' : '-noscript'}-${language}`);
    context.setDefaultTimeout(15_000);
    await context.route('**/*', route => {
      const url = route.request().url();
      if(isLocal(url)) {
        return route.continue();
      }
      person.elsewhere.push(`${route.request().resourceType()} ${url}`);
      return route.abort('blockedbyclient');
    });
    await context.routeWebSocket('**/*', socket => {
      if(isLocal(socket.url())) {
        socket.connectToServer();
      } else {
        person.elsewhere.push(`websocket ${socket.url()}`);
        socket.close();
      }
    });
    context.on('console', message => {
      if(message.type() === 'error') {
        person.complaints.push(`${message.text()} (${message.location().url})`);
      }
    });
    context.on('weberror', failure => person.complaints.push(`uncaught: ${failure.error()}`));
    person.page = await context.newPage();
    if(!javaScript) {
      // not playwright's own switch, which cannot be lifted while axe runs
      person.debug = await context.newCDPSession(person.page);
      await person.#scripts(false);
    }
    return person;
  }

  constructor(context, label) {
    this.context = context;
    this.label = label;
    /** Requests that were stopped because they left this machine. */
    this.elsewhere = [];
    /** What the browser complained about: script errors, refused content, missing files. */
    this.complaints = [];
  }

  async goes(url) {
    const answer = await this.page.goto(url);
    assert.ok(answer?.ok(), `${url} answered ${answer?.status()}`);
    return answer;
  }

  /** A picture of the whole page, named after what it shows. */
  async looks(name) {
    const path = `${SCREENSHOTS}/${name}-${this.label}.png`;
    await this.page.screenshot({path, fullPage: true, animations: 'disabled'});
    return path;
  }

  async leaves() {
    await this.context.close();
  }

  /** All the checks below at once, for a page that should be good. */
  async findsPageGood(name) {
    await this.assertPicturesShow();
    await this.looks(name);
    this.assertNothingFromElsewhere();
    this.assertNoComplaints();
    await this.assertFits();
    await this.assertAccessible();
    return this.assertKeyboardWalk();
  }

  /** Nothing phones home: no request left this machine since the person arrived. */
  assertNothingFromElsewhere() {
    assert.deepEqual(this.elsewhere, [], `loaded from elsewhere: ${this.elsewhere.join(', ')}`);
  }

  assertNoComplaints() {
    assert.deepEqual(this.complaints, [], `the browser complains: ${this.complaints.join(' | ')}`);
  }

  /** Every picture of the page and its frames has come, lazy ones too. */
  async assertPicturesShow() {
    for(const frame of this.page.frames()) {
      for(const picture of await frame.locator('img').all()) {
        await picture.scrollIntoViewIfNeeded();
        const state = () => picture.evaluate(at => at.complete && (at.naturalWidth > 0 ? 'shown' : 'broken'));
        for(let tries = 0; tries < 50 && !await state(); tries += 1) {
          await this.page.waitForTimeout(100);
        }
        assert.equal(await state(), 'shown', `picture ${await picture.getAttribute('src')} on ${frame.url()}`);
      }
      await frame.evaluate(() => globalThis.scrollTo(0, 0));
    }
  }

  /** No sideways scrolling, in the page or its frames. */
  async assertFits() {
    for(const frame of this.page.frames()) {
      const {wide, room, widest} = await frame.evaluate(() => {
        const room = document.documentElement.clientWidth;
        const wide = document.documentElement.scrollWidth;
        const widest = [...document.body?.querySelectorAll('*') ?? []]
          .filter(element => element.getBoundingClientRect().right > room + 1)
          .map(element => element.outerHTML.slice(0, 80))[0];
        return {wide, room, widest};
      });
      assert.ok(wide <= room, `${frame.url()} is ${wide}px wide on ${room}px: ${widest}`);
    }
  }

  /** WCAG 2.2 A and AA and axe's best practices, in the page and its frames. */
  async assertAccessible() {
    const found = [];
    await this.#scripts(true);
    for(const frame of this.page.frames()) {
      // evaluated by the debugger, so the page's Content-Security-Policy does not stop it
      await frame.evaluate(axe.source);
      const violations = await frame.evaluate(async () => (await globalThis.axe.run(document, {
        iframes: false, resultTypes: ['violations'],
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
      })).violations);
      for(const {id, impact, help, nodes} of violations) {
        for(const {target, failureSummary} of nodes) {
          found.push(`${id} (${impact}) at ${target.join(' ')}: ${help}\n    ` +
            failureSummary.replaceAll('\n', '\n    '));
        }
      }
    }
    await this.#scripts(false);
    assert.deepEqual(found, [], `${this.page.url()} is not accessible:\n  ${found.join('\n  ')}`);
  }

  /** axe needs timers, which stand still where scripts are off; the page's own scripts did not run at load. */
  async #scripts(on) {
    await this.debug?.send('Emulation.setScriptExecutionDisabled', {value: !on});
  }

  /**
   * Walk through the page with the Tab key. Each stop must be visible and must look different from when it has no
   * focus; each control on the page must be a stop.
   *
   * @returns {Promise<string[]>} the stops, in order, as "role name".
   */
  async assertKeyboardWalk() {
    const page = this.page;
    for(const frame of page.frames()) {
      await frame.evaluate(forgetWalk);
    }
    const stops = [];
    for(;;) {
      assert.ok(stops.length < MOST_STOPS, `more than ${MOST_STOPS} stops: ${stops.slice(-5).join(', ')}`);
      await page.keyboard.press('Tab');
      const element = await focused(page);
      if(!element || await element.evaluate(at => at.dataset.laurelWalked === 'yes')) {
        break;
      }
      const words = await describe(element);
      const box = await element.boundingBox();
      assert.ok(box && box.width > 0 && box.height > 0, `focus goes to something invisible: ${words}`);
      assert.ok(await focusShows(page, element), `focus cannot be seen on: ${words}`);
      await element.evaluate(at => {
        at.dataset.laurelWalked = 'yes';
      });
      stops.push(words);
    }
    const missed = [];
    for(const frame of page.frames()) {
      missed.push(...await frame.evaluate(unreached));
    }
    assert.deepEqual(missed, [], `not reached by the Tab key: ${missed.join(', ')}`);
    return stops;
  }

  /** Press Tab until the control with this name has focus, then Enter: how a keyboard user follows a link. */
  async entersByKeyboard(name) {
    for(let presses = 0; presses < MOST_STOPS; presses += 1) {
      await this.page.keyboard.press('Tab');
      const element = await focused(this.page);
      if(element && (await describe(element)).includes(name)) {
        const leaves = this.page.waitForEvent('framenavigated');
        await this.page.keyboard.press('Enter');
        await leaves;
        await this.page.waitForLoadState();
        return;
      }
    }
    assert.fail(`no control named "${name}" is reached by the Tab key on ${this.page.url()}`);
  }
}

function isLocal(url) {
  const {protocol, hostname} = new URL(url);
  return ['data:', 'blob:', 'about:'].includes(protocol) ||
    (['http:', 'https:', 'ws:'].includes(protocol) && LOOPBACK.has(hostname));
}

/** The focused element, in whichever frame it is; null when the focus has left the page. */
async function focused(page) {
  for(const frame of page.frames().toReversed()) {
    const handle = await frame.evaluateHandle(() => {
      const at = document.activeElement;
      return document.hasFocus() && at && at !== document.body && at !== document.documentElement &&
        at.tagName !== 'IFRAME' ? at : null;
    });
    const element = handle.asElement();
    if(element) {
      return element;
    }
  }
  return null;
}

function describe(element) {
  return element.evaluate(at => {
    const label = at.labels?.[0]?.textContent ?? at.getAttribute('aria-label') ?? '';
    const words = (label || at.textContent || at.getAttribute('title') || at.id || at.outerHTML.slice(0, 60));
    return `${at.getAttribute('role') ?? at.tagName.toLowerCase()} ${words.trim().replaceAll(/\s+/g, ' ')}`;
  });
}

/** Whether the pixels on and around an element differ between having focus and not having it. */
async function focusShows(page, element) {
  await element.scrollIntoViewIfNeeded();
  const {x, y, width, height} = await element.boundingBox();
  const view = page.viewportSize();
  const left = Math.max(0, x - 8);
  const top = Math.max(0, y - 8);
  const clip = {
    x: left, y: top, width: Math.max(1, Math.min(view.width, x + width + 8) - left),
    height: Math.max(1, Math.min(view.height, y + height + 8) - top)
  };
  const picture = () => page.screenshot({clip, animations: 'disabled', caret: 'hide'});
  const withFocus = await picture();
  await element.evaluate(at => at.blur());
  const without = await picture();
  await element.evaluate(at => at.focus({focusVisible: true, preventScroll: true}));
  return !withFocus.equals(without);
}

/** In the page: begin again from the top, as after loading. */
function forgetWalk() {
  for(const at of document.querySelectorAll('[data-laurel-walked]')) {
    delete at.dataset.laurelWalked;
  }
  if(globalThis.parent === globalThis) {
    const root = document.documentElement;
    root.tabIndex = -1;
    root.focus();
    root.removeAttribute('tabindex');
    globalThis.scrollTo(0, 0);
  }
}

/** In the page: visible controls that no Tab reached. One radio button stands for its group. */
function unreached() {
  const controls = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  return [...document.querySelectorAll(controls)]
    .filter(at => !at.disabled && at.tabIndex >= 0 && at.checkVisibility({visibilityProperty: true}))
    .filter(at => at.dataset.laurelWalked !== 'yes')
    .filter(at => at.type !== 'radio' ||
      !document.querySelector(`input[type=radio][name="${CSS.escape(at.name)}"][data-laurel-walked=yes]`))
    .map(at => at.outerHTML.slice(0, 80));
}
