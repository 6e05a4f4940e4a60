// A walk through `laurel demo` as the people who would use it: a learner by keyboard, a learner with a phone and no
// scripts, the teacher, and a stranger who opens every address that the demo prints. The demo's own play has shown
// that the badge verifies; here people look at pages. Pictures of what they saw go to tests/.cache/screenshots.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {launch, Person} from './browser.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const laurel = process.env.LAUREL_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug', 'laurel');

let browser;
let demo;
let folder;
/** Every address the demo printed, in order. */
let addresses;
/** The key of the API that it printed. */
let key;
/** The badge of the demo, by its name. */
const badge = 'Machine Room Safety';
const courseBadge = 'Introduction to Computing';
/** The practice LMS and Laurel, as origins. */
let lms;
let tool;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'laurel-walk-'));
  const port = await freePort();
  tool = `http://localhost:${port}`;
  demo = spawn(laurel, ['demo', '--folder', folder, '--port', String(port)], {stdio: ['ignore', 'pipe', 'inherit']});
  addresses = await readUntilReady(demo);
  lms = await findPracticeLms();
  browser = await launch();
}, {timeout: 180_000});

after(async () => {
  await browser?.close();
  demo?.kill('SIGTERM');
  rmSync(folder, {recursive: true, force: true});
});

test('a learner earns a badge by keyboard alone', () => as({size: 'desk'}, async person => {
  await signIn(person, 'Grace Hopper');
  await person.findsPageGood('learner-course');
  await finishLessons(person);
  await openTool(person);
  await person.findsPageGood('learner-badge');
}));

test('a learner who reads German does so on a phone without scripts', () =>
  as({size: 'phone', javaScript: false, language: 'de'}, async person => {
    await signIn(person, 'Emmy Noether');
    await person.findsPageGood('learner-course');
    await finishLessons(person);
    await openTool(person);
    assert.equal(await toolFrame(person).locator('html').getAttribute('lang'), 'de');
    await person.findsPageGood('learner-badge');
  }));

test('the teacher sees the badges of the course', () => as({size: 'desk'}, async person => {
  await signIn(person, 'Ada Lovelace');
  await openTool(person);
  await person.findsPageGood('teacher-course');
}));

test('an administrator lets the tool register itself by the printed address, by keyboard', () =>
  as({size: 'desk'}, async person => {
    await person.goes(lms);
    await person.entersByKeyboard('Charles Babbage');
    await person.goes(new URL('/admin/tools', lms).href);
    await person.page.getByLabel(/registration address/).fill(addresses.find(at => at.includes('/lti/register?')));
    await person.entersByKeyboard('Register the tool');
    // it did so before, when the demo began
    await person.entersByKeyboard('Update ');
    const asked = await waitFor(() => toolsPage(person, '/lti/register'), 'Laurel to ask in the frame');
    await asked.getByRole('button', {name: 'Update the connection'}).waitFor();
    await person.findsPageGood('registration-asks');
    await person.entersByKeyboard('Update the connection');
    await person.page.getByRole('heading', {name: /is registered/}).waitFor();
    await person.findsPageGood('registration-done');
  }));

test('the teacher adds a badge to the course from within it', () => as({size: 'desk'}, async person => {
  await signIn(person, 'Ada Lovelace');
  await person.entersByKeyboard('Add a badge');
  const picker = await waitFor(() => toolsPage(person, '/course/pick'), 'the picker to show in the frame');
  await picker.locator('input[name=choose]').first().check();
  await person.findsPageGood('picker');
  await person.entersByKeyboard('Continue');
  const settle = await waitFor(() => toolsPage(person, '/course/pick'), 'the second page of the picker');
  await settle.getByRole('button', {name: 'Place in the course'}).waitFor();
  await person.looks('picker-settles');
  await settle.getByRole('button', {name: 'Place in the course'}).press('Enter');
  await waitFor(() => person.page.frames().find(frame => frame.url().includes('/deep-link/')), 'the LMS to ask');
  await person.entersByKeyboard('Save to the course');
  // The picker lists by name. The course itself is called like this badge: only its activities tell.
  await person.page.locator('ol.activities').getByRole('link', {name: courseBadge, exact: true}).waitFor();
  await person.findsPageGood('picked');
}));

test('the teacher sees who is in the course, launched or not', () => as({size: 'phone'}, async person => {
  await signIn(person, 'Ada Lovelace');
  await openTool(person);
  const link = toolFrame(person).getByRole('link', {name: /People in this course/});
  await link.press('Enter');
  const people = await waitFor(() => toolsPage(person, '/course/roster'), 'the list of people');
  // a job reads it; Alan has never opened the tool
  await asksAndAwaits(people, 'Read the list now', /The list is being read/);
  await people.getByText('Alan Turing').first().waitFor();
  await person.findsPageGood('roster');
}));

test('the teacher reads whom the last check found, and who did not tell of her', () =>
  as({size: 'phone'}, async person => {
    await signIn(person, 'Ada Lovelace');
    await openTool(person);
    await toolFrame(person).getByRole('link', {name: /^Checks of this course/}).press('Enter');
    const checks = await waitFor(() => toolsPage(person, '/course/reconcile'), 'the checks of the course');
    await checks.getByText('Mary Somerville').first().waitFor();
    await checks.getByText(/Practice LMS/).first().waitFor();
    await person.findsPageGood('checks');
  }));

test('the teacher has everybody checked, and compares a list', () => as({size: 'phone'}, async person => {
  await signIn(person, 'Ada Lovelace');
  await openTool(person);
  await toolFrame(person).getByRole('link', {name: /^Checks of this course/}).press('Enter');
  const checks = await waitFor(() => toolsPage(person, '/course/reconcile'), 'the checks of the course');
  await checks.waitForLoadState();
  await person.findsPageGood('checks-before');
  // once this check has ended, the one that is shown now is among the earlier ones
  const earlier = checks.locator('table[aria-labelledby=history] tbody tr');
  const known = await earlier.count();
  await asksAndAwaits(checks, 'Check everybody now', /A check has been running/);
  assert.ok(await earlier.count() > known, 'the check ended');
  await checks.getByText(/learners? checked/).first().waitFor();
  await person.findsPageGood('checks-again');
  await checks.getByRole('link', {name: 'Back to the badges of this course'}).press('Enter');
  const course = await waitFor(() => toolsPage(person, '/course?'), 'the course again');
  await course.getByRole('link', {name: 'Compare with a list of your own'}).press('Enter');
  const lists = await waitFor(() => toolsPage(person, '/course/lists'), 'the page of lists');
  const buffer = Buffer.from('grace@campus.example\nnobody@campus.example\n');
  await lists.getByLabel('File (CSV)').setInputFiles({name: 'done.csv', mimeType: 'text/csv', buffer});
  await lists.getByRole('button', {name: 'Compare'}).press('Enter');
  await lists.getByRole('heading', {name: /done.csv/}).waitFor();
  await person.findsPageGood('lists');
}));

test('an administrator mutes the log store and lets it speak again, by keyboard', () =>
  as({size: 'desk'}, async person => {
    await person.goes(lms);
    await person.entersByKeyboard('Charles Babbage');
    await person.goes(new URL('/admin/tools', lms).href);
    await person.entersByKeyboard('Mute the log store');
    await person.page.getByText(/^Muted/).waitFor();
    await person.findsPageGood('log-store');
    await person.entersByKeyboard('Let the log store speak');
    await person.page.getByRole('button', {name: 'Mute the log store'}).waitFor();
  }));

test('the mailed link opens a page that is good on a phone and at a desk', async () => {
  const link = await mailedLink('grace@campus.example');
  for(const options of [{size: 'phone', javaScript: false}, {size: 'desk'}]) {
    await as(options, async person => {
      await person.goes(link);
      await person.findsPageGood('claim');
    });
  }
});

test('the learner publishes the badge by keyboard, a stranger sees it, until the learner stops', () =>
  as({size: 'desk'}, async learner => {
    await learner.goes(await mailedLink('grace@campus.example'));
    await learner.entersByKeyboard('Publish and get a link');
    await learner.findsPageGood('claim-published');
    const share = await learner.page.getByRole('link', {name: /\/share\//}).getAttribute('href');
    await as({size: 'phone', javaScript: false}, async stranger => {
      await stranger.goes(new URL(share, tool).href);
      await stranger.findsPageGood('share');
      await learner.entersByKeyboard('Stop');
      const answer = await stranger.context.request.get(new URL(share, tool).href);
      assert.equal(answer.status(), 404);
    });
  }));

test('every page whose address the demo prints is good', async () => {
  for(const options of [{size: 'phone'}, {size: 'desk', javaScript: false}]) {
    await as(options, async person => {
      const opened = [];
      for(const [index, address] of addresses.entries()) {
        const answer = await person.context.request.get(address, {headers: {accept: 'text/html'}, maxRedirects: 3});
        assert.ok(answer.status() < 500, `${address} answers ${answer.status()}`);
        // what is not for strangers, and what is for machines
        if(!answer.ok() || !answer.headers()['content-type']?.startsWith('text/html')) {
          continue;
        }
        await person.goes(address);
        opened.push(`${address}/`);
        if(address.endsWith('/docs')) {
          // Swagger UI is not ours to lay out, but it must not phone home either
          await person.page.waitForLoadState('networkidle');
          person.assertNothingFromElsewhere();
        } else {
          await person.findsPageGood(`printed-${index}`);
        }
      }
      for(const page of [lms, `${tool}/docs/`, `${tool}/claim/`]) {
        assert.ok(opened.some(address => address.startsWith(page)), `${page} is a page: ${opened.join(' ')}`);
      }
    });
  }
});

test('an integrator tries the API in its reading room', () => as({size: 'desk'}, async person => {
  await person.goes(`${tool}/docs`);
  await person.page.getByRole('button', {name: 'Authorize'}).first().click();
  await person.page.locator('.auth-container input').fill(key);
  await person.page.locator('.auth-btn-wrapper .authorize').click();
  await person.page.locator('.auth-btn-wrapper .btn-done').click();
  const list = person.page.locator('#operations-Awards-award_list');
  await list.locator('.opblock-summary-control').click();
  await list.getByRole('button', {name: 'Try it out'}).click();
  await list.getByRole('button', {name: 'Execute'}).click();
  await list.locator('.live-responses-table .response-col_status', {hasText: '200'}).waitFor();
  await person.looks('docs');
  person.assertNothingFromElsewhere();
  person.assertNoComplaints();
}));

test('an error is a page, too', () => as({size: 'phone'}, async person => {
  const answer = await person.page.goto(`${tool}/claim/no-such-token`);
  assert.equal(answer.status(), 404);
  person.complaints.length = 0; // the browser reports the 404 itself
  await person.findsPageGood('error');
}));

async function as(options, walk) {
  const person = await Person.arrives(browser, options);
  try {
    await walk(person);
  } catch(error) {
    await person.looks('failed').catch(() => {});
    throw error;
  } finally {
    await person.leaves();
  }
}

// --- the practice LMS, by what a person reads there --------------------------------------------------------------

async function signIn(person, name) {
  await person.goes(lms);
  await person.findsPageGood('lms');
  await person.entersByKeyboard(name);
  await openCourse(person);
}

async function openCourse(person) {
  if(!new URL(person.page.url()).pathname.startsWith('/courses/')) {
    await person.goes(lms);
    const course = person.page.getByRole('main').getByRole('link').first();
    await person.entersByKeyboard((await course.textContent()).trim());
  }
}

/** Every lesson of the course marked as done. */
async function finishLessons(person) {
  const undone = person.page.getByRole('button', {name: /^Mark as done/});
  while(await undone.count()) {
    const before = await undone.count();
    await person.entersByKeyboard('Mark as done');
    await undone.nth(before - 1).waitFor({state: 'detached'});
  }
}

/** The tool's activity, shown in its frame, from the course's page. */
async function openTool(person) {
  const hint = await person.page.getByRole('link', {name: /^Open in a new window/}).first().textContent();
  const title = hint.split(':').slice(1).join(':').trim();
  assert.notEqual(title, '', `no tool in the course: ${person.page.url()}`);
  const link = person.page.getByRole('link', {name: title, exact: true});
  await link.focus();
  await person.page.keyboard.press('Enter');
  await person.page.waitForURL(/\/activities\//);
  if(person.debug) {
    // without scripts the LMS's two hand-overs are buttons: to the login, and with the token to the launch
    for(let step = 0; step < 4 && !toolFrame(person); step += 1) {
      const button = person.page.frames().at(-1).getByRole('button').first();
      await button.focus();
      const handedOver = person.page.waitForEvent('framenavigated');
      await person.page.keyboard.press('Enter');
      await handedOver;
      await person.page.waitForLoadState('networkidle');
    }
  }
  await waitFor(() => toolFrame(person), 'Laurel to show in the frame');
  await toolFrame(person).waitForLoadState();
}

/** A page of Laurel's inside the LMS's, by the beginning of its path. */
function toolsPage(person, path) {
  return person.page.frames().find(frame => frame.url().startsWith(`${tool.replace(/\/$/, '')}${path}`));
}

/** Laurel's page inside the LMS's, once the launch is through. */
function toolFrame(person) {
  return person.page.frames().find(frame => frame.url().startsWith(`${tool}/`) && !frame.url().includes('/lti/'));
}

/** Presses a button that asks for work, and opens the page it answers with again until that work is done. */
async function asksAndAwaits(frame, button, running) {
  await Promise.all([frame.waitForNavigation(), frame.getByRole('button', {name: button}).press('Enter')]);
  for(let tries = 0; tries < 100 && await frame.getByText(running).count(); tries += 1) {
    await frame.page().waitForTimeout(200);
    await frame.goto(frame.url());
  }
  assert.equal(await frame.getByText(running).count(), 0, `${button}: it does not end`);
}

// --- the demo ------------------------------------------------------------------------------------------------------

function readUntilReady(child) {
  const found = [];
  return new Promise((resolve, reject) => {
    // read to the end, or the demo cannot print any more
    createInterface({input: child.stdout}).on('line', line => {
      key ??= line.match(/laurel_[\w-]+/)?.[0];
      const printed = line.match(/https?:\/\/(?:localhost|127\.0\.0\.1)[^\s"'<>)\]]*/g) ?? [];
      found.push(...printed.map(address => address.replace(/[.,;:]+$/, '')));
      if(line.startsWith('demo ready')) {
        resolve([...new Set(found)]);
      }
    });
    child.on('error', reject);
    child.on('exit', code => reject(new Error(`laurel demo ended before it was ready (exit ${code})`)));
  });
}

async function findPracticeLms() {
  for(const origin of new Set(addresses.map(address => new URL(address).origin))) {
    const answer = await fetch(origin, {headers: {accept: 'text/html'}});
    if((await answer.text()).includes('Who do you want to be?')) {
      return `${origin}/`;
    }
  }
  throw new Error(`no practice LMS among ${addresses.join(' ')}`);
}

/** The claim link in the newest mail to an address. Mail leaves a moment after the award. */
async function mailedLink(recipient) {
  return waitFor(() => {
    for(const name of readdirSync(join(folder, 'mail')).filter(name => name.endsWith('.eml'))) {
      const mail = readFileSync(join(folder, 'mail', name), 'utf8').replaceAll('=\r\n', '').replaceAll('=3D', '=');
      const link = mail.match(/http:\/\/localhost:\d+\/claim\/[\w-]+/);
      if(link && mail.includes(recipient)) {
        return link[0];
      }
    }
    return null;
  }, `a mail to ${recipient}`);
}

async function waitFor(find, what) {
  for(const end = Date.now() + 20_000; Date.now() < end;) {
    const found = find();
    if(found) {
      return found;
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`waited in vain for ${what}`);
}

/** A free port whose neighbour is free, too: the practice LMS takes the next one. */
async function freePort() {
  const probe = port => new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const taken = server.address().port;
      server.close(() => resolve(taken));
    });
  });
  for(let tries = 0; tries < 20; tries += 1) {
    const port = await probe(0);
    if(await probe(port + 1).catch(() => null)) {
      return port;
    }
  }
  throw new Error('no two free ports beside each other');
}
