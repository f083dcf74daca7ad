// The work that a form asks for when it is flooded: for each of sixteen parts, a number whose SHA-256 with the pass
// starts with so many zero bits. No puzzle, no outside service. Runs as a worker, and inside the script for other pages.
function work() {
  const fraction = (root) => ((root % 1) * 2 ** 32) | 0;
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const ROUNDS = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));
  const START = Int32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p)));
  const words = new Int32Array(64);
  const turn = (x, by) => (x >>> by) | (x << (32 - by));

  // One block of SHA-256 (FIPS 180-4, section 6.2.2) from `state` into `into`.
  const compress = (state, block, into) => {
    for (let i = 0; i < 16; i++) words[i] = block.getInt32(i * 4);
    for (let i = 16; i < 64; i++) {
      const x = words[i - 15], y = words[i - 2];
      words[i] = words[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + words[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
    }
    let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    into[0] = state[0] + a; into[1] = state[1] + b; into[2] = state[2] + c; into[3] = state[3] + d;
    into[4] = state[4] + e; into[5] = state[5] + f; into[6] = state[6] + g; into[7] = state[7] + h;
  };

  // A search for one part, in steps, so that a page can breathe in between. The pass is longer than one block, which is
  // therefore the same for every number.
  return (pass, bits, part) => {
    const text = `${pass}.${part}.`;
    const bytes = new Uint8Array(128);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    const before = new Int32Array(8), hash = new Int32Array(8);
    compress(START, new DataView(bytes.buffer, 0, 64), before);
    const block = new DataView(bytes.buffer, 64, 64);
    let number = 0;
    return (steps) => {
      for (let step = 0; step < steps; step++, number++) {
        const digits = String(number);
        let at = text.length;
        for (let i = 0; i < digits.length; i++) bytes[at++] = digits.charCodeAt(i);
        bytes[at] = 0x80;
        bytes.fill(0, at + 1);
        block.setInt32(60, at * 8);
        compress(before, block, hash);
        if (Math.clz32(hash[0]) >= bits) return number;
      }
      return -1;
    };
  };
}

// In a worker: all parts, one after the other.
function serve() {
  const search = work();
  onmessage = ({ data: { pass, bits } }) => {
    const found = [];
    for (let part = 0; part < 16; part++) found.push(search(pass, bits, part)(Infinity));
    postMessage(found.join("."));
  };
}

if (typeof WorkerGlobalScope !== "undefined" && self instanceof WorkerGlobalScope) serve();
