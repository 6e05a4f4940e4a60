// Command: `node verify.mjs < request.json`: one request or an array of them, answered in order. The verifier that
// VerifierPlus and the Learner Credential Wallet run (@digitalcredentials/verifier-core), unchanged; only what it
// fetches is answered from this machine, so that a test cannot depend on another one.
//
// Request: {credential, documents?: {address: JSON}}. Answer: {steps: {id: valid}, errors: [text], schema: [text]|null}.
// It knows no time but the machine's. It is never told of a registry, so it never calls an issuer registered.
import {readFileSync} from 'node:fs';
import {verifyCredential} from '@digitalcredentials/verifier-core';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const network = globalThis.fetch;
// The verifier chats there; the answer alone belongs on standard output.
console.log = console.error;
let documents = {};

globalThis.fetch = async (what, options) => {
  const request = new Request(what, options);
  const url = new URL(request.url);
  if(Object.hasOwn(documents, request.url)) {
    return Response.json(documents[request.url]);
  }
  if(!LOOPBACK.has(url.hostname)) {
    return new Response(`not in "documents", and not a loopback address: ${url}`, {status: 404});
  }
  // did:web is https by its specification; on loopback Laurel speaks http.
  url.protocol = 'http:';
  return network(url, {headers: request.headers, redirect: 'error', signal: AbortSignal.timeout(10_000)});
};

const input = JSON.parse(readFileSync(0, 'utf8'));
const answers = [];
for(const request of [].concat(input)) {
  documents = request.documents ?? {};
  answers.push(await judge(request.credential));
}
process.stdout.write(JSON.stringify(Array.isArray(input) ? answers : answers[0]));

async function judge(credential) {
  const result = await verifyCredential({credential: structuredClone(credential), knownDIDRegistries: []});
  const steps = Object.fromEntries((result.log ?? []).map(({id, valid}) => [id, valid === true]));
  const failed = (result.log ?? []).filter(({error}) => error).map(({error}) => error);
  const errors = [...result.errors ?? [], ...failed].map(({name, message}) => `${name}: ${message}`);
  const schemas = (result.additionalInformation ?? []).filter(({id}) => id === 'schema_check');
  const judged = schemas.filter(({results}) => Array.isArray(results));
  return {steps, errors, schema: judged.length ? judged.flatMap(faults) : null};
}

/** What a schema minds; empty when it is content. A schema that could not be fetched says nothing. */
function faults({results}) {
  return results.filter(({result}) => result?.valid !== true).map(found => JSON.stringify(found));
}
