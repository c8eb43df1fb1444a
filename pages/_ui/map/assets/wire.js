// What the server sends: messages, and arrays that are fetched once for each build.

// <app>/_stcore/bidi-components/<component>/wire.js: the app's own address, whatever path it is served under.
const APP = new URL("../../../", import.meta.url)
const KEPT = 6 // arrays; two maps side by side share points and colours
const ROWS_KEPT = 500

const arrays = new Map()
const rows = new Map()

export const address = (path) => new URL(path, APP).href

// A header's length (uint32), the header (JSON), then bytes.
export function takeApart(bytes) {
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
  return [JSON.parse(new TextDecoder().decode(bytes.subarray(4, end))), bytes.subarray(end)]
}

// The masks that follow a header: bits, or how many points lie between one that is set and the next (LEB128).
export function takeMasks({ masks, n }, bytes) {
  const found = {}
  let at = 0
  for (const [name, [kind, length]] of Object.entries(masks)) {
    const part = bytes.subarray(at, (at += length))
    found[name] = kind === "gaps" ? bitsOf(part, n) : part.slice()
  }
  return found
}

function bitsOf(gaps, n) {
  const bits = new Uint8Array((n + 7) >> 3)
  let place = -1
  for (let at = 0; at < gaps.length; ) {
    let gap = 0
    for (let shift = 0; ; shift += 7) {
      const byte = gaps[at++]
      gap += (byte & 127) * 2 ** shift
      if (byte < 128) break
    }
    place += gap + 1
    bits[place >> 3] |= 1 << (place & 7)
  }
  return bits
}

export function fetchArray(path) {
  return kept(arrays, KEPT, path, async () => {
    const answer = await fetch(address(path))
    if (!answer.ok) throw new Error((await answer.text()).slice(0, 200))
    return new Uint8Array(await answer.arrayBuffer())
  })
}

export function fetchRow(path) {
  return kept(rows, ROWS_KEPT, path, async () => {
    const answer = await fetch(address(path))
    if (!answer.ok) throw new Error(`${answer.status}`)
    return answer.json()
  })
}

// The newest `most` promises; one that failed is asked again.
function kept(store, most, key, ask) {
  const known = store.get(key)
  store.delete(key)
  const promise = known ?? ask()
  store.set(key, promise)
  if (!known) promise.catch(() => store.delete(key))
  if (store.size > most) store.delete(store.keys().next().value)
  return promise
}

// The places of the set bits of a mask, lowest bit first.
export function placesOf(mask, n) {
  let count = 0
  for (let byte of mask) for (; byte; byte &= byte - 1) count++
  const places = new Uint32Array(count)
  for (let at = 0, found = 0; at < mask.length; at++) {
    for (let byte = mask[at], bit = at * 8; byte; byte >>= 1, bit++) if (byte & 1) places[found++] = bit
  }
  return places.length && places[count - 1] >= n ? places.filter((place) => place < n) : places
}
