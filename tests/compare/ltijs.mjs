// ltijs as a tool that only validates: `node ltijs.mjs PORT < platform.json`. Its database is a Map, its platform key
// is registered, so nothing is measured but the library and Express; or, with `keySet` (an address) in platform.json,
// fetched at each launch, which is what ltijs does with the key sets that platforms have. Prints `ready`.
import {readFileSync} from 'node:fs';
import ltijs from 'ltijs';

const {issuer, clientId, pem, keySet} = JSON.parse(readFileSync(0, 'utf8'));
const port = Number(process.argv[2]);

/** ltijs's database interface over Maps, found by one index each: the fastest database it could have. */
class Memory {
  collections = new Map();

  rows(collection) {
    if(!this.collections.has(collection)) {
      this.collections.set(collection, new Map());
    }
    return this.collections.get(collection);
  }

  key(collection, item) {
    switch(collection) {
      case 'nonce': return item.nonce;
      case 'state': return item.state;
      case 'idtoken': return `${item.iss} ${item.clientId} ${item.deploymentId} ${item.user}`;
      case 'contexttoken': return `${item.contextId} ${item.user}`;
      default: return null;
    }
  }

  async setup() {
    return true;
  }

  async Close() {
    return true;
  }

  async Get(_encrypted, collection, query) {
    const rows = this.rows(collection);
    const key = query && this.key(collection, query);
    if(key) {
      return rows.has(key) ? [rows.get(key)] : false;
    }
    const found = [...rows.values()].filter(row => Object.entries(query ?? {}).every(([name, value]) => row[name] === value));
    return found.length ? found : false;
  }

  async Insert(_encrypted, collection, item, index) {
    const row = {...item, ...index};
    this.rows(collection).set(this.key(collection, row) ?? Symbol(), row);
    return true;
  }

  async Replace(encrypted, collection, query, item, index) {
    await this.Delete(collection, query);
    return this.Insert(encrypted, collection, item, index);
  }

  async Modify(_encrypted, collection, query, changes) {
    for(const row of await this.Get(false, collection, query) || []) {
      Object.assign(row, changes);
    }
    return true;
  }

  async Delete(collection, query) {
    const rows = this.rows(collection);
    const key = this.key(collection, query);
    if(key) {
      rows.delete(key);
    } else {
      for(const [at, row] of rows) {
        if(Object.entries(query).every(([name, value]) => row[name] === value)) {
          rows.delete(at);
        }
      }
    }
    return true;
  }
}

const tool = ltijs.Provider;
tool.setup('a key of no importance', {plugin: new Memory()}, {appRoute: '/', loginRoute: '/login', cookies: {sameSite: 'Lax'}});
tool.onConnect((_token, _request, response) => response.send('ok'));
await tool.deploy({port, silent: true});
await tool.registerPlatform({
  url: issuer, name: 'Compare', clientId, authenticationEndpoint: `${issuer}/auth`, accesstokenEndpoint: `${issuer}/token`,
  authConfig: keySet ? {method: 'JWK_SET', key: keySet} : {method: 'RSA_KEY', key: pem}
});
console.log('ready');
