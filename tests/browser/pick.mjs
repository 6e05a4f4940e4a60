// A teacher picks a badge in a real browser: the learning platform is one site, Laurel in its frame another.
// node pick.mjs PLATFORM TOOL COURSE CLIENT desk|phone; third-party cookies are blocked. Prints what it saw as JSON.
// Started by tests/it/picking/browser.rs, which has both servers.
import {launch, Person} from './browser.mjs';

const [platform, tool, course, client, who] = process.argv.slice(2);
const browser = await launch(['--test-third-party-cookie-phaseout']);
const person = await Person.arrives(browser, {size: who, language: who === 'phone' ? 'de' : 'en'});
const {page} = person;
// a busy machine starts a browser slowly
person.context.setDefaultTimeout(60_000);
const seen = {addresses: [], complaints: [], cookies: [], pages: []};
page.on('framenavigated', frame => {
  const {pathname, origin} = new URL(frame.url());
  if(origin === tool) {
    seen.addresses.push(pathname);
  }
});
const frames = () => page.frames().toReversed();
const inFrame = async selector => {
  for(let tries = 0; tries < 600; tries += 1) {
    for(const frame of frames()) {
      if(frame.url().startsWith(`${tool}/`) && await frame.locator(selector).count().catch(() => 0) > 0) {
        await frame.waitForLoadState();
        return frame;
      }
    }
    await page.waitForTimeout(100);
  }
  throw new Error(`nothing in a frame is ${selector}: ${page.frames().map(frame => frame.url())}`);
};
try {
  // the platform asks who it is first
  await page.goto(`${platform}/courses/${course}/add?tool=${client}`);
  await page.getByRole('button', {name: 'Ada Lovelace'}).first().click({noWaitAfter: true});
  let picker = await inFrame('input[name=choose]');
  await page.waitForTimeout(500);
  seen.pages.push(await picker.locator('main').innerText());
  await person.assertFits();
  await person.assertAccessible();
  seen.stops = await person.assertKeyboardWalk();
  await person.looks('picker');
  // by keyboard: search, choose, go on
  const search = picker.locator('#q');
  await search.focus();
  await page.keyboard.type('safety');
  await page.keyboard.press('Enter');
  for(let tries = 0; tries < 300; tries += 1) {
    picker = await inFrame('input[name=choose]');
    if(await picker.locator('input[name=choose]').count().catch(() => 0) === 1) {
      break;
    }
    await page.waitForTimeout(100);
  }
  const choose = picker.locator('input[name=choose]').first();
  await choose.focus();
  await page.keyboard.press('Space');
  await person.looks('picker-chosen');
  await picker.locator('button[value=settle]').press('Enter');
  const settle = await inFrame('button[value=place]');
  seen.pages.push(await settle.locator('main').innerText());
  await person.assertFits();
  // no walk by keyboard: a field for a date has stops inside it
  await person.assertAccessible();
  await settle.locator('input[name=column-0]').check();
  await person.looks('settle');
  seen.cookies = (await person.context.cookies(tool)).map(cookie => cookie.name);
  await settle.locator('button[value=place]').press('Enter');
  // back at the platform, in its frame
  for(let tries = 0; tries < 300; tries += 1) {
    for(const frame of frames()) {
      const words = await frame.locator('body').innerText().catch(() => '');
      if(words.includes('Save this to the course?') || words.includes('Added to the course')) {
        seen.saved = words;
      }
    }
    if(seen.saved) {
      break;
    }
    await page.waitForTimeout(100);
  }
  await person.looks('returned');
} catch(error) {
  seen.error = String(error?.stack ?? error);
  await person.looks('pick-failed').catch(() => {});
}
seen.complaints = person.complaints;
console.log(JSON.stringify(seen));
await browser.close();
