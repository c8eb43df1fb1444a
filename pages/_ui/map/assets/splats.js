// Points painted by the processor, where WebGL is software as well: there a point costs half a microsecond however
// small it is, and here a tenth of that. The same discs as the shaders', in a picture that becomes a texture.

const PHASES = 8 // places that a point may have within a pixel, along a side

export class Splats {
  // Nothing is painted yet; `look`: size in device pixels and opacity of what will be.
  begin(width, height, { size, alpha }, palette) {
    this.reach = Math.ceil(size / 2 + 1)
    this.pad = 2 * this.reach // so that a disc at the rim needs no check of its own
    Object.assign(this, { width, height, stride: width + 2 * this.pad, rows: height + 2 * this.pad })
    this.stamp(size, alpha)
    this.colours = new Float32Array(palette.length).map((_, at) => palette[at] / 255)
    const shown = [...new Uint32Array(palette.slice().buffer)].filter((_, code) => palette[code * 4 + 3])
    this.plain = new Set(shown).size < 2 // one colour for all: what shines through says everything
    this.ink = new Uint8Array(Uint32Array.of(shown[0] ?? 0).buffer)
    const room = this.stride * this.rows * (this.plain ? 1 : 4)
    if (this.paper?.length === room) this.paper.fill(0)
    else this.paper = new Float32Array(room)
    if (this.plain) this.paper.fill(1)
    else for (let at = 3; at < room; at += 4) this.paper[at] = 1
  }

  // A disc for each phase: which pixels it covers, and how much of what lies below still shines through.
  stamp(size, alpha) {
    const places = []
    const keeps = []
    this.starts = new Uint32Array(PHASES * PHASES + 1)
    for (let phase = 0; phase < PHASES * PHASES; phase++) {
      const x = ((phase % PHASES) + 0.5) / PHASES
      const y = (Math.floor(phase / PHASES) + 0.5) / PHASES
      for (let up = -this.reach; up <= this.reach; up++) {
        for (let right = -this.reach; right <= this.reach; right++) {
          const cover = Math.min(1, size / 2 + 0.5 - Math.hypot(right + 0.5 - x, up + 0.5 - y))
          if (cover <= 0) continue
          places.push(up * this.stride + right)
          keeps.push(1 - alpha * cover)
        }
      }
      this.starts[phase + 1] = places.length
    }
    this.places = Int32Array.from(places)
    this.keeps = Float32Array.from(keeps)
  }

  // The points from place `from` up to `to`, over what is there; `codes` as the renderer has them.
  paint(points, codes, camera, from, to) {
    const { reach, pad, width, height, stride, starts, places, keeps, paper, colours, plain } = this
    const scale = (camera.scale * width) / camera.width
    const [left, bottom] = [pad + width / 2 - camera.x * scale, pad + height / 2 - camera.y * scale]
    const [low, right, top] = [pad - reach, pad + width + reach, pad + height + reach]
    for (let point = from; point < to; point++) {
      const x = points[2 * point] * scale + left
      const y = points[2 * point + 1] * scale + bottom
      if (!(x >= low && x < right && y >= low && y < top)) continue
      const code = codes ? codes[point] * 4 : 0
      if (!colours[code + 3]) continue
      const [column, row] = [x | 0, y | 0]
      const phase = (((y - row) * PHASES) | 0) * PHASES + (((x - column) * PHASES) | 0)
      const middle = row * stride + column
      const end = starts[phase + 1]
      if (plain) {
        for (let at = starts[phase]; at < end; at++) paper[middle + places[at]] *= keeps[at]
        continue
      }
      const [red, green, blue] = [colours[code], colours[code + 1], colours[code + 2]]
      for (let at = starts[phase]; at < end; at++) {
        const pixel = 4 * (middle + places[at])
        const keep = keeps[at]
        paper[pixel] += (red - paper[pixel]) * (1 - keep)
        paper[pixel + 1] += (green - paper[pixel + 1]) * (1 - keep)
        paper[pixel + 2] += (blue - paper[pixel + 2]) * (1 - keep)
        paper[pixel + 3] *= keep
      }
    }
  }

  // What is painted so far: RGBA bytes, colours multiplied by opacity, the lowest row first as WebGL has it.
  picture() {
    const { pad, width, height, stride, paper, plain, ink } = this
    const bytes = (this.bytes = this.bytes?.length === width * height * 4 ? this.bytes : new Uint8Array(width * height * 4))
    const shades = new Uint32Array(256).map((_, shade) => packed(ink[0] * shade, ink[1] * shade, ink[2] * shade, 255 * shade))
    const pixels = new Uint32Array(bytes.buffer)
    for (let row = 0, to = 0; row < height; row++) {
      let from = (row + pad) * stride + pad
      for (const end = from + width; from < end; from++, to++) {
        if (plain) pixels[to] = shades[((1 - paper[from]) * 255 + 0.5) | 0]
        else {
          bytes[4 * to] = paper[4 * from] * 255 + 0.5
          bytes[4 * to + 1] = paper[4 * from + 1] * 255 + 0.5
          bytes[4 * to + 2] = paper[4 * from + 2] * 255 + 0.5
          bytes[4 * to + 3] = (1 - paper[4 * from + 3]) * 255 + 0.5
        }
      }
    }
    return bytes
  }
}

const shade = (part) => Math.round(part / 255)
const packed = (...parts) => new Uint32Array(Uint8Array.from(parts, shade).buffer)[0]
