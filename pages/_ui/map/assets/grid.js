// Which point is under the pointer: cells that list their points, made when first asked for.

const PER_CELL = 3
const MOST_CELLS = 1024 // along a side

export class Grid {
  constructor(points, [left, bottom, side]) {
    const n = points.length / 2
    this.points = points
    this.left = left
    this.bottom = bottom
    this.cells = Math.max(1, Math.min(MOST_CELLS, Math.ceil(Math.sqrt(n / PER_CELL))))
    this.cell = side / this.cells
    const cellOf = new Int32Array(n)
    const starts = new Uint32Array(this.cells * this.cells + 1)
    for (let place = 0; place < n; place++) {
      const column = Math.floor((points[2 * place] - left) / this.cell)
      const row = Math.floor((points[2 * place + 1] - bottom) / this.cell)
      const within = column >= 0 && row >= 0 && column < this.cells && row < this.cells
      cellOf[place] = within ? row * this.cells + column : -1
      if (within) starts[cellOf[place] + 1]++
    }
    for (let cell = 0; cell < this.cells * this.cells; cell++) starts[cell + 1] += starts[cell]
    const next = starts.slice()
    this.places = new Uint32Array(starts[this.cells * this.cells])
    for (let place = 0; place < n; place++) if (cellOf[place] >= 0) this.places[next[cellOf[place]]++] = place
    this.starts = starts
  }

  // The nearest place within `radius` (data units) of (x, y) with the largest `rank`; rank 0 is not there. -1: none.
  nearest(x, y, radius, rank) {
    const bounds = (value, low) => Math.min(this.cells - 1, Math.max(0, Math.floor((value - low) / this.cell)))
    let best = -1
    let bestRank = 0
    let bestAway = radius * radius
    for (let row = bounds(y - radius, this.bottom); row <= bounds(y + radius, this.bottom); row++) {
      for (let column = bounds(x - radius, this.left); column <= bounds(x + radius, this.left); column++) {
        const cell = row * this.cells + column
        for (let at = this.starts[cell]; at < this.starts[cell + 1]; at++) {
          const place = this.places[at]
          const away = (this.points[2 * place] - x) ** 2 + (this.points[2 * place + 1] - y) ** 2
          if (away > radius * radius) continue
          const ranked = rank(place)
          if (ranked > bestRank || (ranked === bestRank && ranked && away < bestAway)) {
            best = place
            bestRank = ranked
            bestAway = away
          }
        }
      }
    }
    return best
  }
}
