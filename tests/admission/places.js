// A second implementation of functions/admission_places.py, from its description: reads {seed, size} in JSON and writes
// the place of every index. Halves are BigInt, the network is walked by recursion.
const { createHmac } = require('node:crypto');
const { seed, size, only } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const key = Buffer.from(seed, 'hex');
let bits = 0;
while (2 ** bits < size) { bits += 1; }
const half = BigInt(Math.max(1, Math.ceil(bits / 2)));
function round(number, right) {
  const message = Buffer.alloc(9);
  message[0] = number;
  message.writeBigUInt64BE(right, 1);
  return createHmac('sha256', key).update(message).digest().readBigUInt64BE(0) >> (64n - half);
}
function place(value) {
  let pair = [value >> half, value & ((1n << half) - 1n)];
  for (let number = 0; number < 8; number += 1) { pair = [pair[1], pair[0] ^ round(number, pair[1])]; }
  const found = (pair[0] << half) | pair[1];
  return found < BigInt(size) ? Number(found) : place(found);
}
const asked = only || [...Array(size).keys()];
console.log(JSON.stringify(asked.map((index) => place(BigInt(index)))));
