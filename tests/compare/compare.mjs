// Measures what a launch (login and launch, over HTTP, RS256) costs a tool's processor:
//   node compare.mjs laurel | laurel-awarding        Laurel's release build: launches that bring nothing new, or each of
//                                          which awards somebody never seen before
//   node compare.mjs ltijs | ltijs-keyset | pylti    the libraries, started here, validating only; ltijs with a key
//                                          given by hand, or asking for the platform's key set at each launch
//   node compare.mjs running FILE          a tool that runs already; FILE is JSON: {name, pid, login, target, issuer,
//                                          clientId, deploymentId, privateKeyPem, kid}, the platform it knows
// Prints one line of JSON: {tool, launches, launchesPerSecond, processorMillisecondsPerLaunch}.
// The processor time is the tool's own, user and system, from /proc: the load comes from this other process.
import {execFileSync, spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createServer as createHttpServer} from 'node:http';
import {createServer} from 'node:net';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {startLaurel} from './laurel.mjs';
import {launch, platform} from './platform.mjs';

const LAUNCHES = Number(process.env.LAUNCHES ?? 2000);
const AT_ONCE = Number(process.env.AT_ONCE ?? 8);
const PEOPLE = 500;
const here = fileURLToPath(new URL('.', import.meta.url));
const programs = {
  ltijs: port => [process.execPath, [`${here}ltijs.mjs`, String(port)]],
  'ltijs-keyset': port => [process.execPath, [`${here}ltijs.mjs`, String(port)]],
  pylti: port => [`${here}../.cache/venv-compare/bin/python`, [`${here}pylti.py`, String(port)]]
};

const [name, file] = process.argv.slice(2);
const running = name === 'running' ? JSON.parse(readFileSync(file, 'utf8')) : null;
const from = platform(running ?? {});
const keys = createHttpServer((_request, response) => {
  response.writeHead(200, {'content-type': 'application/json'});
  response.end(JSON.stringify({keys: [from.jwk]}));
});
await new Promise(resolve => keys.listen(0, '127.0.0.1', resolve));
const tool = running ?? await start(name);
const isNew = name === 'laurel-awarding';
let next = 0;
try {
  await run(tool, 2 * PEOPLE); // warm: everybody has been here, twice
  const [processor, started] = [processorMilliseconds(tool.pid), performance.now()];
  await run(tool, LAUNCHES);
  const [used, seconds] = [processorMilliseconds(tool.pid) - processor, (performance.now() - started) / 1000];
  console.log(JSON.stringify({
    tool: tool.name, launches: LAUNCHES, launchesPerSecond: Math.round(LAUNCHES / seconds),
    processorMillisecondsPerLaunch: Number((used / LAUNCHES).toFixed(2))
  }));
} finally {
  tool.child?.kill();
  keys.close();
  keys.closeAllConnections();
}

async function run(addresses, count) {
  const end = next + count;
  const worker = async () => {
    while(next < end) {
      next += 1;
      await launch(from, addresses, `learner-${isNew ? next : next % PEOPLE}`);
    }
  };
  await Promise.all(Array.from({length: AT_ONCE}, worker));
}

async function start(which) {
  const port = await freePort();
  if(which === 'laurel' || which === 'laurel-awarding') {
    const keySet = `http://localhost:${keys.address().port}/keys`;
    return startLaurel({port, keySet, platform: from, awards: which === 'laurel-awarding'});
  }
  if(!programs[which]) {
    throw new Error(`usage: node compare.mjs laurel | laurel-awarding | ${Object.keys(programs).join(' | ')} | running FILE`);
  }
  const [program, parameters] = programs[which](port);
  const child = spawn(program, parameters, {stdio: ['pipe', 'pipe', 'inherit'], cwd: here});
  const keySet = which === 'ltijs-keyset' ? `http://127.0.0.1:${keys.address().port}/keys` : undefined;
  child.stdin.end(JSON.stringify({...from, keySet, token: undefined}));
  for await (const line of createInterface({input: child.stdout})) {
    if(line === 'ready') {
      child.stdout.resume();
      await answers(port);
      const base = `http://localhost:${port}`;
      return {name: which, pid: child.pid, child, login: `${base}/login`, target: `${base}/`};
    }
  }
  throw new Error(`${which} ended before it was ready`);
}

async function answers(port) {
  for(let tries = 0; tries < 100; tries += 1) {
    if(await fetch(`http://localhost:${port}/`).then(() => true, () => false)) {
      return;
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error('the tool does not answer');
}

function processorMilliseconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const ticks = Number(execFileSync('getconf', ['CLK_TCK'], {encoding: 'utf8'}));
  return (Number(fields[11]) + Number(fields[12])) * 1000 / ticks;
}

async function freePort() {
  const probe = createServer();
  await new Promise(resolve => probe.listen(0, '127.0.0.1', resolve));
  const {port} = probe.address();
  await new Promise(resolve => probe.close(resolve));
  return port;
}
