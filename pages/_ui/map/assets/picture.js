// The same without WebGL: a picture of the pool's density, made by the server, and the selected points over it.

import { address } from "./wire.js"

const MOST_POINTS = 20000

export class Picture {
  constructor(canvas, path, changed) {
    this.canvas = canvas
    this.context = canvas.getContext("2d")
    this.points = new Float32Array(0)
    this.selected = new Uint32Array(0)
    this.codes = null
    this.palette = new Uint8Array(1024).fill(255)
    this.changed = changed
    this.show(path)
  }

  get n() { return this.points.length / 2 }
  get drew() { return 0 }
  get lost() { return false }

  show(path) {
    if (path === this.path) return
    this.path = path
    this.image = new Image()
    this.image.onload = this.changed
    this.image.src = address(path)
  }

  setPoints(points) { this.points = points }
  setCodes(codes) { this.codes = codes }
  setPalette(palette) { this.palette = palette }
  setSelected(places) { this.selected = places }

  draw(camera, looks) {
    this.compose(camera, looks(1))
    return true
  }

  compose(camera, look) {
    const { context, canvas } = this
    const [left, bottom, side] = camera.area
    const ratio = canvas.width / camera.width
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, canvas.width, canvas.height)
    const [x, y] = camera.toScreen(left, bottom + side)
    const across = side * camera.scale
    if (this.image.complete && this.image.naturalWidth) {
      context.drawImage(this.image, x * ratio, y * ratio, across * ratio, across * ratio)
    }
    context.fillStyle = `rgb(${look.accent.map((part) => Math.round(part * 255)).join(" ")})`
    const radius = look.selectedSize / 2
    for (const place of this.selected.subarray(0, MOST_POINTS)) {
      if (this.codes && !this.palette[this.codes[place] * 4 + 3]) continue
      const [across, down] = camera.toScreen(this.points[2 * place], this.points[2 * place + 1])
      if (across < 0 || down < 0 || across > camera.width || down > camera.height) continue
      context.beginPath()
      context.arc(across * ratio, down * ratio, radius, 0, 7)
      context.fill()
    }
  }

  destroy() {}
}
