// Proof that the browser checks can fail: each is shown a small page that is good and one that is not.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {after, before, test} from 'node:test';
import {launch, Person} from './browser.mjs';

const page = (body, head = '') => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Knots</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body { font: 1rem sans-serif; color: #111; background: #fff } a, button, input { font: inherit; min-height: 2rem }
</style>${head}</head><body><main><h1>Knots</h1>${body}</main></body></html>`;

const PAGES = {
  '/good': page(`<p>Tie a bowline, then <a href="/next">go on</a> or read <a href="https://example.org/">more</a>.</p>
    <form method="post" action="/next"><p><label>Name <input name="name"></label></p>
    <p><label><input type="radio" name="rope" value="a"> Hemp</label>
    <label><input type="radio" name="rope" value="b"> Nylon</label></p><button>Send</button></form>`),
  '/next': page('<p>Well tied.</p>'),
  '/script': page('<p id="at">without</p><script>document.getElementById("at").textContent = "with"</script>'),
  '/error': page('<script>throw new Error("frayed")</script>'),
  '/image': page('<img alt="" src="https://away.invalid/pixel.png">'),
  '/font': page('<p>x</p>', '<style>@import url(//away.invalid/font.css);</style>'),
  '/beacon': page('<script>fetch("https://away.invalid/beacon").catch(() => {})</script>'),
  '/unlabelled': page('<form><input name="name"></form><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'),
  '/grey': page('<p style="color: #bbb">Can you read this?</p>'),
  '/wide': page('<div style="width: 900px">wide</div>'),
  '/no-focus': page('<a href="/next">go on</a>', '<style>:focus { outline: none }</style>'),
  '/unreachable': page('<button>a</button><iframe title="in" srcdoc="x" hidden></iframe>' +
    '<button id="b">b</button><script>document.addEventListener("keydown", e => {' +
    'if(e.key === "Tab" && document.activeElement.textContent === "a") { document.activeElement.blur();' +
    'e.preventDefault() } })</script>'),
  '/broken': page('<img alt="a knot" src="/no-such.png">'),
  '/framed': page('<iframe title="tool" src="/good" width="300" height="400"></iframe>'),
  '/framed-bad': page('<iframe title="tool" src="/unlabelled" width="300"></iframe>')
};

let browser;
let server;
let base;

before(async () => {
  server = createServer((request, response) => {
    const body = PAGES[request.url];
    response.writeHead(body ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': request.url === '/good' ? "default-src 'none'; style-src 'unsafe-inline'" : ''
    });
    response.end(body ?? 'nothing here');
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  base = `http://localhost:${server.address().port}`;
  browser = await launch();
});

after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

async function visit(path, options, check) {
  const person = await Person.arrives(browser, options);
  try {
    await person.goes(base + path);
    await person.page.waitForLoadState(['/beacon', '/error'].includes(path) ? 'networkidle' : 'load');
    return await check(person);
  } finally {
    await person.leaves();
  }
}

for(const options of [{size: 'phone'}, {size: 'desk'}, {size: 'phone', javaScript: false}]) {
  test(`a good page passes every check ${JSON.stringify(options)}`, () => visit('/good', options, async person => {
    const stops = await person.findsPageGood('selftest');
    assert.deepEqual(stops, ['a go on', 'a more', 'input Name', 'input Hemp', 'button Send']);
    assert.deepEqual(await person.assertKeyboardWalk(), stops, 'a second walk starts from the top');
    const picture = readFileSync(await person.looks('selftest'));
    assert.equal(picture.subarray(1, 4).toString(), 'PNG');
    assert.equal(picture.readUInt32BE(16), options.size === 'phone' ? 720 : 1280);
  }));
}

test('a page in a frame is checked, too', async () => {
  const stops = await visit('/framed', {}, person => person.findsPageGood('selftest-framed'));
  assert.deepEqual(stops, ['a go on', 'a more', 'input Name', 'input Hemp', 'button Send']);
  await assert.rejects(visit('/framed-bad', {}, person => person.assertAccessible()), /label/);
});

test('links are followed by keyboard alone', () => visit('/good', {}, async person => {
  await person.entersByKeyboard('go on');
  assert.equal(person.page.url(), `${base}/next`);
}));

test('a person without JavaScript sees what scripts would hide', async () => {
  const words = options => visit('/script', options, ({page}) => page.textContent('#at'));
  assert.equal(await words({javaScript: true}), 'with');
  assert.equal(await words({javaScript: false}), 'without');
});

for(const path of ['/image', '/font', '/beacon']) {
  test(`something loaded from elsewhere is stopped and told: ${path}`, () => visit(path, {}, person =>
    assert.throws(() => person.assertNothingFromElsewhere(), /loaded from elsewhere: \w+ https?:\/\/away\.invalid/)));
}

test('a script error is told', () => visit('/error', {}, person =>
  assert.throws(() => person.assertNoComplaints(), /frayed/)));

test('what axe finds is told in words', async () => {
  await visit('/unlabelled', {}, person => assert.rejects(person.assertAccessible(), error => {
    assert.match(error.message, /label \(critical\) at input/);
    assert.match(error.message, /image-alt \(critical\) at img/);
    return true;
  }));
  await visit('/grey', {}, person => assert.rejects(person.assertAccessible(), /color-contrast/));
});

test('a picture that does not come is told', () => visit('/broken', {}, person =>
  assert.rejects(person.assertPicturesShow(), /no-such\.png/)));

test('a page wider than the phone is told', async () => {
  await visit('/wide', {size: 'phone'}, person => assert.rejects(person.assertFits(), /wide on 360px: <div/));
  await visit('/wide', {size: 'desk'}, person => person.assertFits());
});

test('a focus that cannot be seen is told', () => visit('/no-focus', {}, person =>
  assert.rejects(person.assertKeyboardWalk(), /focus cannot be seen on: a go on/)));

test('a control that the keyboard cannot reach is told', () => visit('/unreachable', {}, person =>
  assert.rejects(person.assertKeyboardWalk(), /not reached by the Tab key: <button id="b"/)));

test('a page that does not answer well is told', async () => {
  await assert.rejects(visit('/nowhere', {}, () => {}), /answered 404/);
});
