// A learner's browser that blocks the cookies of third parties: the learning platform is one site, Laurel in its frame
// another. node blocked.mjs PLATFORM TOOL PERSON ACTIVITY stored|window; prints what it saw as JSON. Started by
// tests/it/lti/blocked.rs, which has both servers.
import {launch, Person} from './browser.mjs';

const [platform, tool, name, activity, expected] = process.argv.slice(2);
const browser = await launch(['--test-third-party-cookie-phaseout']);
const person = await Person.arrives(browser, {size: 'desk'});
const {page} = person;
// a busy machine starts a browser slowly
person.context.setDefaultTimeout(60_000);
const seen = {addresses: [], complaints: [], cookies: [], text: '', waited: 0};
const went = new Map();
page.on('framenavigated', frame => {
  const {pathname, origin} = new URL(frame.url());
  if(origin === tool) {
    seen.addresses.push(pathname);
  }
});
page.on('request', request => {
  if(request.isNavigationRequest()) {
    went.set(new URL(request.url()).pathname, performance.now());
  }
});
try {
  // the platform asks who it is first, and then opens the activity
  await page.goto(`${platform}/activities/${activity}`);
  await page.getByRole('button', {name}).first().click({noWaitAfter: true});
  const frame = () => page.frames().find(found => found !== page.mainFrame() && found.url().startsWith(`${tool}/`) &&
    (expected === 'window' || new URL(found.url()).pathname.startsWith('/course')));
  for(let tries = 0; tries < 400 && !frame(); tries += 1) {
    await page.waitForTimeout(100);
  }
  if(expected === 'window') {
    const began = performance.now();
    await frame().locator('#window button').waitFor({state: 'visible'});
    seen.waited = performance.now() - began;
  }
  await frame().waitForLoadState();
  seen.text = await frame().locator('main').innerText();
  await person.looks(`blocked-${expected}`);
  seen.cookies = (await person.context.cookies(tool)).map(cookie => cookie.name);
  if(expected === 'window') {
    const opens = page.waitForEvent('popup');
    await frame().locator('#window button').press('Enter');
    const popup = await opens;
    await popup.waitForLoadState();
    seen.opener = await popup.evaluate(() => globalThis.opener === null);
    seen.popup = new URL(popup.url()).pathname;
  }
} catch(error) {
  seen.error = `${error}`;
  await person.looks(`blocked-${expected}-failed`).catch(() => {});
}
seen.complaints = person.complaints;
console.log(JSON.stringify(seen));
await browser.close();
