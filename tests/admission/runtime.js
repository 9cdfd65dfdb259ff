// CloudFront's JavaScript runtime 2.0 as far as it is documented: modules `cloudfront` and `crypto`, and no more.
// Reads lines of JSON: {code, value, now, event}; writes what the function answers, or {error}.
const vm = require('node:vm');
const nodeCrypto = require('node:crypto');
const lines = require('node:readline').createInterface({ input: process.stdin });

function made(code) {
  let told = { value: null, now: 0 };
  const clock = class extends Date {
    constructor(...given) { given.length ? super(...given) : super(told.now * 1000); }
    static now() { return told.now * 1000; }
  };
  const modules = {
    cloudfront: { kvs: () => ({ get: async (key) => {
      if (key !== 'state' || told.value === null) { throw new Error('KeyNotFound'); }
      return told.value;
    } }) },
    crypto: { createHash: (name) => nodeCrypto.createHash(name),
      createHmac: (name, key) => nodeCrypto.createHmac(name, key) },
  };
  const context = vm.createContext({ modules, Date: clock }, { codeGeneration: { strings: false, wasm: false } });
  const text = code.replace(/^import (\w+) from '(\w+)';$/gm, "const $1 = modules['$2'];");
  vm.runInContext(text + '\nthis.handler = handler;', context);
  return async (one) => { told = one; return context.handler(one.event); };
}

const known = new Map();
(async () => {
  for await (const line of lines) {
    const one = JSON.parse(line);
    if (!known.has(one.code)) { known.set(one.code, made(one.code)); }
    let answer;
    try { answer = await known.get(one.code)(one); } catch (error) { answer = { error: String(error && error.stack) }; }
    process.stdout.write(JSON.stringify(answer) + '\n');
  }
})();
