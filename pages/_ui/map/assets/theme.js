// Colours and type from the page's theme, and how points should look at this density and zoom.

const NEUTRAL = { light: [0.56, 0.60, 0.69], dark: [0.50, 0.55, 0.65] }
const NO_VALUE = { light: [0.80, 0.82, 0.86], dark: [0.27, 0.31, 0.38] }
const HIDDEN = 254 // the code of a point that is filtered out
const NONE = 255 // the code of a row without a value
const LEVELS = 250

export function themeOf(element) {
  const style = getComputedStyle(element)
  const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise
  const background = parse(read("background-color", "#ffffff"))
  const text = parse(read("text-color", "#1d2433"))
  const name = luminance(background) < luminance(text) ? "dark" : "light"
  return { name, background, text, accent: parse(read("primary-color", "#4361d8")), font: style.fontFamily }
}

// 256 RGBA colours for a scale; `hides(code)` says what the legend has switched off.
export function paletteOf(theme, scale, hides) {
  const palette = new Uint8Array(1024)
  const put = (code, colour, alpha) => palette.set([...colour.map((part) => Math.round(part * 255)), alpha], code * 4)
  if (!scale) {
    put(0, NEUTRAL[theme.name], 255)
    return palette
  }
  for (let code = 0; code < LEVELS; code++) put(code, colourOf(theme, scale, code), hides(code) ? 0 : 255)
  put(NONE, NO_VALUE[theme.name], hides(NONE) ? 0 : 255)
  return palette
}

export function colourOf(theme, scale, code) {
  if (code === NONE) return NO_VALUE[theme.name]
  const colours = scale.palette[theme.name]
  if (scale.kind === "categories") return parse(colours[Math.min(code, colours.length - 1)] ?? "#888888")
  const along = (code / (LEVELS - 1)) * (colours.length - 1)
  const [low, high] = [parse(colours[Math.floor(along)]), parse(colours[Math.ceil(along)])]
  return low.map((part, at) => part + (high[at] - part) * (along % 1))
}

// Codes with the points that the page filters out made invisible; null stays null where nothing is filtered.
export function filtered(codes, visible, n) {
  if (!visible) return codes
  const shown = codes ? codes.slice() : new Uint8Array(n)
  for (let place = 0; place < n; place++) if (!((visible[place >> 3] >> (place & 7)) & 1)) shown[place] = HIDDEN
  return shown
}

// Few points are large and solid, many small and thin; both grow as the view closes in.
export function lookOf(theme, { n, selected, coloured, alone, zoom, width, height, ratio, size, share }) {
  const room = Math.sqrt((width * height) / 500000)
  const base = 2.5 * (100000 / Math.max(n, 300)) ** 0.2 * Math.min(1.25, Math.max(0.75, room)) * size
  const point = Math.min(11, base * zoom ** 0.38)
  const ink = (n * share * point * point) / (width * height * 0.45 * zoom * zoom) // how often a pixel is covered
  const faint = coloured ? 0.2 : 0.1
  const alpha = Math.min(coloured ? 0.85 : 0.62, Math.max(faint, (coloured ? 0.6 : 0.36) * ink ** -0.42))
  const crowd = Math.min(1, (1500 / Math.max(selected, 1)) ** 0.14)
  const wished = Math.max(point * 1.4, Math.min(13, 5.6 * Math.sqrt(size) * crowd * zoom ** 0.22))
  // Many selected ones would cover the rest, and each other: then they are smaller and thinner, and have no rim.
  const free = (0.4 * width * height * 0.45 * zoom * zoom) / (Math.max(selected, 1) * wished * wished)
  const crowded = free < 1
  const chosen = crowded ? Math.max(point * 1.15, wished * free ** 0.35) : wished
  return {
    size: point * ratio,
    alpha: alpha * (coloured && selected && !alone ? 0.5 : 1),
    selectedSize: chosen * ratio,
    selectedAlpha: crowded ? Math.max(0.3, 0.8 * free ** 0.4) : 0.96,
    // In its own colour a selected point is told apart by a rim in the colour of text.
    coloured,
    rimmed: chosen > 3.5 && !crowded && !(coloured && alone),
    rim: coloured ? theme.text : theme.background,
    accent: theme.accent,
    halo: css(theme.background, theme.name === "dark" ? 0.85 : 0.9),
    text: css(theme.text, 0.92),
    font: theme.font,
  }
}

export const css = (colour, alpha = 1) => `rgb(${colour.map((part) => Math.round(part * 255)).join(" ")} / ${alpha})`

const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
const parsed = new Map()

// Any CSS colour as [r, g, b] of 0 to 1.
function parse(colour) {
  if (!parsed.has(colour)) {
    probe.canvas.width = probe.canvas.height = 1
    probe.fillStyle = colour
    probe.fillRect(0, 0, 1, 1)
    parsed.set(colour, Array.from(probe.getImageData(0, 0, 1, 1).data.subarray(0, 3), (part) => part / 255))
  }
  return parsed.get(colour)
}

const luminance = ([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue
