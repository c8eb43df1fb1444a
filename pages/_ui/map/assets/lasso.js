// A shape that is being drawn, and its outline as few corners: with the rest of a page it stays under 2 kB on its way.

const MOST_CORNERS = 28

export class Shape {
  constructor() { this.corners = null } // CSS pixels; null: none

  get drawing() { return this.corners !== null }

  start(kind, at) {
    this.kind = kind
    this.corners = [at]
  }

  // The pen goes on: one more corner of a lasso, the other corner of a rectangle.
  extend(at) {
    if (this.kind === "rectangle") this.corners = [this.corners[0], at]
    else this.corners.push(at)
  }

  get outline() {
    if (this.kind !== "rectangle") return this.corners
    const [[left, top], [right, bottom]] = [this.corners[0], this.corners.at(-1)]
    return [[left, top], [right, top], [right, bottom], [left, bottom]]
  }

  // The finished polygon in data units, or null where it holds no area.
  finish(camera) {
    const outline = simplified(this.outline)
    this.corners = null
    const spread = (axis) => Math.max(...outline.map((at) => at[axis])) - Math.min(...outline.map((at) => at[axis]))
    if (outline.length < 3 || spread(0) < 3 || spread(1) < 3) return null
    const digits = Math.max(0, Math.ceil(Math.log10(camera.scale)) + 1) // a tenth of a pixel
    return outline.map(([left, top]) => camera.toData(left, top).map((value) => Number(value.toFixed(Math.min(digits, 12)))))
  }

  cancel() { this.corners = null }
}

// Fewer corners, none of which strays more than the tolerance; that grows until there are few enough.
function simplified(path) {
  let kept = path
  for (let tolerance = 0.75; tolerance === 0.75 || kept.length > MOST_CORNERS; tolerance *= 1.5) kept = thinned(path, tolerance)
  return kept
}

// Douglas and Peucker (1973).
function thinned(path, tolerance) {
  const keep = new Uint8Array(path.length)
  keep[0] = keep[path.length - 1] = 1
  const open = [[0, path.length - 1]]
  while (open.length) {
    const [first, last] = open.pop()
    let farthest = -1
    let most = tolerance
    for (let at = first + 1; at < last; at++) {
      const away = distance(path[at], path[first], path[last])
      if (away > most) [farthest, most] = [at, away]
    }
    if (farthest >= 0) {
      keep[farthest] = 1
      open.push([first, farthest], [farthest, last])
    }
  }
  return path.filter((_, at) => keep[at])
}

function distance([x, y], [x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1]
  const length = dx * dx + dy * dy
  const along = length ? Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / length)) : 0
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy)
}
