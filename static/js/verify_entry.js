// Verifies one audit entry in the browser, from its content up to the root that the page shows: the page's own
// words about it are not asked. RFC 6962: leaf = H(0x00 content), node = H(0x01 left right).

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(buffer, (one) => one.toString(16).padStart(2, "0")).join("");

async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

// The root that the content leads to; null when the path has the wrong length.
async function climb({ content, index, size, path }) {
  let known = await sha256(Uint8Array.of(0), new TextEncoder().encode(content));
  let at = index;
  let last = size - 1;
  for (const beside of path) {
    if (last === 0) return null;
    if (at % 2 === 1 || at === last) {
      known = await sha256(Uint8Array.of(1), beside, known);
      while (at !== 0 && at % 2 === 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      known = await sha256(Uint8Array.of(1), known, beside);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? known : null;
}

for (const form of document.querySelectorAll("[data-verify-entry]")) {
  const button = form.querySelector("button");
  const answer = form.querySelector("output");
  button.hidden = false;
  button.addEventListener("click", async () => {
    answer.className = "";
    if (!globalThis.crypto?.subtle) {
      answer.textContent = form.dataset.unable;
      return;
    }
    const root = await climb({
      content: form.dataset.content,
      index: Number(form.dataset.index),
      size: Number(form.dataset.size),
      path: form.dataset.path.split(" ").filter(Boolean).map(bytes),
    });
    const holds = root !== null && hex(root) === form.dataset.root;
    answer.className = holds ? "ok" : "bad";
    answer.textContent = `${holds ? form.dataset.holds : form.dataset.fails} `;
    // A hash may go on in a new line after each sixteen digits.
    for (const part of root ? hex(root).match(/.{16}/g) : []) answer.append(part, document.createElement("wbr"));
  });
}
