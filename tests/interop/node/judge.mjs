// The judgement itself: Digital Bazaar's verifier on the proof, its status list package on the status, ajv on the
// schema. Nothing here knows Laurel; each verdict is the library's own.
import {readFileSync} from 'node:fs';
import {basename} from 'node:path';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import addFormats from 'ajv-formats';
import Ajv2019 from 'ajv/dist/2019.js';
import Ajv2020 from 'ajv/dist/2020.js';
import {documentLoader} from './loader.mjs';

/**
 * Judge one credential.
 *
 * @param {object} request
 * @param {object|string} request.credential the credential, as JSON value or as text.
 * @param {object} [request.documents] address or DID → JSON document.
 * @param {boolean} [request.checkStatus] read the status list (default: false).
 * @param {string|string[]|null} [request.schema] files of JSON Schemas to hold the credential against.
 * @param {string} [request.contexts303] 'npm' or a file: which text of the OB 3.0.3 context is used.
 * @param {string} [request.now] RFC 3339: judge as at this time (for servers with a frozen clock).
 * @returns {Promise<{verified: boolean, error: string|null, statusOk: boolean|null, statusError: string|null,
 *   status: object[]|null, schemaErrors: string[]|null}>}
 */
export async function judge(request) {
  let credential;
  try {
    credential = typeof request.credential === 'string' ? JSON.parse(request.credential) : request.credential;
  } catch(error) {
    return {...NOTHING, error: text(error)};
  }
  const schemaErrors = request.schema ? validate(credential, [].concat(request.schema)) : null;
  try {
    const loader = documentLoader(request.documents, request.contexts303);
    const proof = await verifyProof(credential, loader, request.now);
    const status = proof.verified && request.checkStatus ? await readStatus(credential, loader, request.now) : {};
    return {...NOTHING, ...proof, ...status, schemaErrors};
  } catch(error) {
    return {...NOTHING, error: text(error), schemaErrors};
  }
}

const NOTHING =
  {verified: false, error: null, statusOk: null, statusError: null, status: null, schemaErrors: null};

/** Form, dates, proof, key and controller; the status is judged apart, so that a revoked badge shows both. */
async function verifyProof(credential, loader, now) {
  const result = await vc.verifyCredential({
    credential, now, suite: suite(), documentLoader: loader, checkStatus: async () => ({verified: true})
  });
  return {verified: result.verified, error: result.verified ? null : text(result.error)};
}

async function readStatus(credential, loader, now) {
  if(!credential.credentialStatus) {
    return {statusOk: true, status: []};
  }
  // The package verifies the list by the machine's clock. For another time the same call is made here.
  const result = await checkStatus({
    credential, suite: suite(), documentLoader: loader, verifyBitstringStatusListCredential: !now
  });
  const failure = result.verified ? now && await listFailure(credential, loader, now) : text(result.error);
  if(failure) {
    return {statusOk: false, statusError: failure};
  }
  const status = result.results.map(({credentialStatus: {statusPurpose, statusListIndex}, status}) =>
    ({purpose: statusPurpose, index: statusListIndex, set: status}));
  return {statusOk: status.every(({set}) => !set), status};
}

async function listFailure(credential, loader, now) {
  for(const {statusListCredential} of [].concat(credential.credentialStatus)) {
    const {document} = await loader(statusListCredential);
    const {verified, error} = await verifyProof(document, loader, now);
    if(!verified) {
      return `the status list is not verified: ${error}`;
    }
  }
  return null;
}

function suite() {
  return new DataIntegrityProof({cryptosuite});
}

const schemas = new Map();

function validate(credential, files) {
  return files.flatMap(file => {
    if(!schemas.has(file)) {
      const schema = JSON.parse(readFileSync(file, 'utf8'));
      const Ajv = String(schema.$schema).includes('2020-12') ? Ajv2020 : Ajv2019;
      const ajv = new Ajv({allErrors: true, strict: false});
      addFormats(ajv);
      schemas.set(file, ajv.compile(schema));
    }
    const check = schemas.get(file);
    check(credential);
    return (check.errors ?? []).map(({instancePath, message, params}) =>
      `${basename(file)}: ${instancePath || '/'} ${message} ${JSON.stringify(params)}`);
  });
}

/** One line for a library's error, with the reasons it wraps. */
function text(error) {
  const reasons = [];
  const visit = at => {
    if(!at || reasons.length > 12) {
      return;
    }
    reasons.push(`${at.name ?? 'Error'}: ${at.message ?? at}`);
    [].concat(at.errors ?? [], at.cause ?? []).forEach(visit);
    if(at.details?.event?.message) {
      reasons.push(JSON.stringify(at.details.event));
    }
  };
  visit(error);
  return reasons.join(' | ') || 'not verified';
}
