// The platform's side of a launch, as plain HTTP: enough to measure any LTI 1.3 tool from outside.
import {createHash, createPrivateKey, createPublicKey, createSign, generateKeyPairSync} from 'node:crypto';
import {Agent, request} from 'node:http';

const LTI = 'https://purl.imsglobal.org/spec/lti/claim/';
const agent = new Agent({keepAlive: true, maxSockets: 64});

/**
 * A platform with one RSA key: {issuer, clientId, deploymentId, pem, jwk, token(claims)}.
 *
 * @param {{issuer?: string, clientId?: string, deploymentId?: string, privateKeyPem?: string, kid?: string}} known
 *   what a tool that runs already was told about it; the rest is made up.
 */
export function platform(known = {}) {
  const privateKey = known.privateKeyPem ?
    createPrivateKey(known.privateKeyPem) : generateKeyPairSync('rsa', {modulusLength: 2048}).privateKey;
  const publicKey = createPublicKey(privateKey);
  const jwk = publicKey.export({format: 'jwk'});
  const kid = known.kid ?? createHash('sha256').update(jwk.n).digest('hex').slice(0, 16);
  const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url');
  return {
    issuer: known.issuer ?? 'https://platform.example', clientId: known.clientId ?? 'compare',
    deploymentId: known.deploymentId ?? '1',
    pem: publicKey.export({type: 'spki', format: 'pem'}),
    jwk: {...jwk, kid, alg: 'RS256', use: 'sig'},
    token(claims) {
      const text = `${encode({alg: 'RS256', typ: 'JWT', kid})}.${encode(claims)}`;
      return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`;
    }
  };
}

/**
 * One launch: login, redirect, signed token, launch. Resolves when the tool has answered the token with a page or a
 * redirect; rejects on any refusal.
 */
export async function launch(from, {login, target}, learner) {
  const query = new URLSearchParams({
    iss: from.issuer, client_id: from.clientId, login_hint: learner, lti_message_hint: 'course',
    lti_deployment_id: from.deploymentId, target_link_uri: target
  });
  const redirect = await http('GET', `${login}?${query}`);
  if(redirect.status !== 302 && redirect.status !== 303) {
    throw new Error(`login answered ${redirect.status}: ${redirect.body.slice(0, 200)}`);
  }
  const asked = new URL(redirect.headers.location).searchParams;
  const now = Math.floor(Date.now() / 1000);
  const idToken = from.token({
    iss: from.issuer, aud: from.clientId, sub: learner, iat: now, exp: now + 300, nonce: asked.get('nonce'),
    name: 'Grace Hopper', given_name: 'Grace', family_name: 'Hopper', email: `${learner}@campus.example`, locale: 'en',
    [`${LTI}message_type`]: 'LtiResourceLinkRequest', [`${LTI}version`]: '1.3.0',
    [`${LTI}deployment_id`]: from.deploymentId, [`${LTI}target_link_uri`]: target,
    [`${LTI}resource_link`]: {id: 'link-1', title: 'Badge'},
    [`${LTI}context`]: {
      id: 'course-1', label: 'CS101', title: 'Introduction to Computing',
      type: ['http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering']
    },
    [`${LTI}roles`]: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner']
  });
  const cookie = (redirect.headers['set-cookie'] ?? []).map(line => line.split(';')[0]).join('; ');
  const answer = await http('POST', asked.get('redirect_uri'), {
    'content-type': 'application/x-www-form-urlencoded', origin: from.issuer, ...cookie && {cookie}
  }, new URLSearchParams({id_token: idToken, state: asked.get('state')}).toString());
  if(answer.status >= 400) {
    throw new Error(`launch answered ${answer.status}: ${answer.body.slice(0, 200)}`);
  }
}

function http(method, url, headers = {}, body = '') {
  return new Promise((resolve, reject) => {
    const sent = request(url, {method, headers: {...headers, 'content-length': Buffer.byteLength(body)}, agent}, answer => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', part => {
        text += part;
      });
      answer.on('end', () => resolve({status: answer.statusCode, headers: answer.headers, body: text}));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
