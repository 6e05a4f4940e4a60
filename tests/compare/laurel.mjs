// Laurel's own release build for the comparison, set up as an operator would: `await startLaurel(options)` with
// {port, keySet, platform, awards}. With `awards` everybody who opens the link earns a badge. The database is SQLite in
// a temporary folder with every commit flushed to disk; mails stay files.
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Starts it; {name, pid, child, login, target, clean()}. */
export async function startLaurel({port, keySet, platform, awards}) {
  const program = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'release', 'laurel');
  if(!existsSync(program)) {
    throw new Error('build it first: cargo build --release');
  }
  const base = `http://localhost:${port}`;
  const folder = mkdtempSync(join(tmpdir(), 'laurel-compare-'));
  const env = {
    ...process.env, LAUREL__SERVER__PUBLIC_URL: base, LAUREL__SERVER__LISTEN: `127.0.0.1:${port}`,
    LAUREL__SERVER__DATA_FOLDER: folder, LAUREL__LIMITS__LTI_PER_MINUTE: '0'
  };
  const laurel = (...words) => execFileSync(program, words, {env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
  const campus = ['--organization', 'campus'];
  laurel('organization', 'add', 'campus', '--name', 'Campus');
  laurel('issuer', 'add', 'campus', ...campus, '--name', 'Campus', '--url', base, '--email', 'badges@campus.example');
  laurel('platform', 'add', ...campus, '--family', 'other', '--issuer', platform.issuer, '--client-id', platform.clientId,
    '--authorization-endpoint', `${platform.issuer}/auth`, '--jwks-url', keySet, '--deployment', platform.deploymentId);
  const key = laurel('api-key', 'add', ...campus, '--name', 'Setup', '--scope', 'read', '--scope', 'define', '--scope', 'place')
    .match(/laurel_\S+/)[0];
  const child = spawn(program, ['serve'], {env, stdio: ['ignore', 'ignore', 'ignore']});
  const clean = () => rmSync(folder, {recursive: true, force: true});
  child.on('exit', clean);
  await answers(`${base}/health/ready`);
  if(awards) {
    await placeBadge(base, key);
  }
  return {name: awards ? 'laurel-awarding' : 'laurel', pid: child.pid, child, login: `${base}/lti/login`, target: `${base}/course`};
}

/** A badge for everybody of the organization who opens a link. */
async function placeBadge(base, key) {
  const api = async (method, path, body) => {
    const answer = await fetch(`${base}/api/v1${path}`, {
      method, headers: {authorization: `Bearer ${key}`, 'content-type': 'application/json'}, body: body && JSON.stringify(body)
    });
    if(!answer.ok) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    }
    return answer.json();
  };
  const rule = {version: 1, node: {type: 'launched'}};
  const {items: [issuer]} = await api('GET', '/issuers');
  const achievement = await api('POST', '/achievements', {
    issuer_id: issuer.id, slug: 'opened',
    version: {name: 'Opened', description: 'Opened the link.', criteria_narrative: 'Open the link.', rule}
  });
  const {items: [version]} = await api('GET', `/achievements/${achievement.id}/versions`);
  await api('POST', '/placements', {version_id: version.id, live: true});
}

async function answers(url) {
  for(let tries = 0; tries < 200; tries += 1) {
    if(await fetch(url).then(answer => answer.ok, () => false)) {
      return;
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}
