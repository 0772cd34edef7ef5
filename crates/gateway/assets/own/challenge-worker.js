// Tries numbers until one fits, apart from the page, so that the page stays quick.
const AT_ONCE = 250;

onmessage = async ({ data: { algorithm, challenge, salt, maxnumber } }) => {
  const wanted = Uint8Array.from(challenge.match(/../g), (pair) => parseInt(pair, 16));
  const encoder = new TextEncoder();
  const fits = async (number) => {
    const found = new Uint8Array(await crypto.subtle.digest(algorithm, encoder.encode(salt + number)));
    return wanted.every((byte, at) => byte === found[at]);
  };
  for (let first = 0; first <= maxnumber; first += AT_ONCE) {
    const tried = await Promise.all(Array.from({ length: AT_ONCE }, (_, more) => fits(first + more)));
    if (tried.includes(true)) {
      postMessage(first + tried.indexOf(true));
      return;
    }
  }
  throw new Error("no number fits");
};
