// Asks a Bramble gateway what is on photos: fetch, as browsers and Node 18 have it.
//
//     node classify.mjs http://localhost:8741 googlenet cat.jpg dog.jpg
//
// BRAMBLE_TOKEN is the gateway's token, where it wants one.
import { readFile } from "node:fs/promises";

/// The best classes of a photo (a Blob, a File, an ArrayBuffer). A shelf that has too much to do says when to ask again.
export async function classify(gateway, model, photo, token) {
  const headers = { "Content-Type": "application/octet-stream" };
  if (token) headers.Authorization = `Bearer ${token}`;
  for (;;) {
    const answer = await fetch(`${gateway}/v1/classify/${encodeURIComponent(model)}?top=3`, { method: "POST", headers, body: photo });
    const told = await answer.json();
    const again = answer.headers.get("Retry-After");
    if ((answer.status === 429 || answer.status === 503) && again) {
      await new Promise((go) => setTimeout(go, 1000 * Number(again)));
      continue;
    }
    if (!answer.ok) throw new Error(`${answer.status}: ${told.error}`);
    return told;
  }
}

const [gateway, model, ...photos] = process.argv.slice(2);
if (photos.length === 0) {
  console.error("Usage: node classify.mjs GATEWAY MODEL PHOTO...");
  process.exit(2);
}
try {
  for (const photo of photos) {
    const told = await classify(gateway, model, await readFile(photo), process.env.BRAMBLE_TOKEN);
    const best = told.top[0];
    console.log(`${photo}: ${(100 * best.p).toFixed(1)}% ${best.label || best.index} in ${told.latency_ms.toFixed(0)} ms on ${told.nodes.join(", ")}`);
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
