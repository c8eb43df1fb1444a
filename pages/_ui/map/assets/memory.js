// What a map remembers for as long as the browser's tab lives: over reruns, other pages and back.

const known = new Map()

export function memoryOf(key) {
  if (!known.has(key)) known.set(key, { tool: "pan", cameras: new Map(), filters: new Map(), folded: null })
  return known.get(key)
}

// The legend's filter for one colouring: hidden codes, and the range of codes that numbers are shown in.
export function filterOf(memory, colour) {
  if (!memory.filters.has(colour)) memory.filters.set(colour, { hidden: new Set(), range: [0, 249] })
  return memory.filters.get(colour)
}
