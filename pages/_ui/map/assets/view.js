// One map on a page: holds its parts together and decides when to draw.

import { Camera } from "./camera.js"
import { element, UNSTYLED } from "./dom.js"
import { Doing } from "./doing.js"
import { Gestures } from "./gestures.js"
import { HELP, Keyboard } from "./keyboard.js"
import { Labels } from "./labels.js"
import { Shape } from "./lasso.js"
import { Legend } from "./legend.js"
import { filterOf, memoryOf } from "./memory.js"
import { Overlay } from "./overlay.js"
import { Pace } from "./pace.js"
import { Picture } from "./picture.js"
import { Renderer } from "./renderer.js"
import { filtered, lookOf, paletteOf, themeOf } from "./theme.js"
import { Toolbar } from "./toolbar.js"
import { Tooltip } from "./tooltip.js"
import { fetchArray, placesOf, takeApart, takeMasks } from "./wire.js"

const FILLS = "position: absolute; inset: 0; width: 100%; height: 100%" // also while the style sheet is on its way
const NO_WEBGL = "This browser has no WebGL: all rows are shown as a picture of their density, the selected ones as points."

export class View {
  constructor(parent) {
    this.camera = new Camera()
    this.shape = new Shape()
    this.labels = new Labels()
    this.pace = new Pace()
    this.marks = { shape: this.shape, kept: null, pending: null, hover: null, pen: null }
    this.canvas = element("canvas", { class: "points", role: "img", style: FILLS })
    this.status = element("div", { class: "unseen", role: "status", style: UNSTYLED })
    this.notice = element("div", { class: "notice", text: "Loading the map…", style: UNSTYLED })
    this.help = element("div", { class: "unseen", id: "map-help", text: HELP, style: UNSTYLED })
    this.tooltip = new Tooltip(this.status)
    this.doing = new Doing(this)
    this.toolbar = new Toolbar((name) => this.doing.press(name))
    this.legend = new Legend(() => this.recolour())
    const over = element("canvas", { class: "over", "aria-hidden": "true", style: FILLS })
    this.overlay = new Overlay(over, this.labels, this.legend, this.toolbar)
    this.stage = element("div", { class: "stage", tabindex: 0, role: "application", "aria-describedby": "map-help" })
    this.root = element("div", { class: "map", style: "position: relative", "data-state": "loading", "data-frames": 0, "data-drawn": 0 },
      this.canvas, over, this.stage, this.legend.root, this.toolbar.root, this.notice, this.tooltip.root, this.status, this.help)
    parent.append(this.root)

    new Gestures(this.stage, this.doing)
    new Keyboard(this.stage, this.doing)
    this.observer = new ResizeObserver(() => this.draw())
    this.observer.observe(this.root)
  }

  // ---- from Python

  update(data) {
    this.theme = themeOf(this.root)
    if (data !== this.data) this.take(data)
    if (this.scale !== undefined) this.recolour()
  }

  take(data) {
    const before = this.header
    this.data = data
    const [header, rest] = takeApart(data)
    const masks = takeMasks(header, rest)
    this.header = header
    this.mask = masks.selected ?? null
    this.visible = masks.visible ?? null
    this.memory = memoryOf(header.key)
    this.root.style.height = `${header.height}px`
    this.canvas.setAttribute("aria-label", header.alt)
    this.stage.setAttribute("aria-label", header.alt)
    this.labels.set(header.labels)
    Object.assign(this.marks, { kept: header.outlines, pending: null })
    this.showTool()
    if (before?.points !== header.points) this.loadPoints(header)
    if (before?.colour !== header.colour || before === undefined) this.loadColour(header)
    this.select()
  }

  async loadPoints(header) {
    this.root.dataset.state = "loading"
    this.loaded = false
    const bytes = await this.fetched(header.points)
    if (!bytes || this.header.points !== header.points) return
    this.renderer ??= this.startRenderer()
    if (this.renderer instanceof Picture) this.renderer.show(header.picture)
    this.points = new Float32Array(bytes.buffer)
    this.renderer.setPoints(this.points)
    this.grid = null
    this.marks.hover = null
    this.tooltip.hide()
    this.camera.area = header.area
    this.recall(header)
    this.loaded = true
    this.select()
    this.recolour()
  }

  async loadColour(header) {
    this.scale = undefined // not known yet
    const bytes = header.colour ? await this.fetched(header.colour) : null
    if (this.header.colour !== header.colour) return
    if (bytes) [this.scale, this.codes] = takeApart(bytes)
    else this.scale = this.codes = null
    this.recolour()
  }

  async fetched(path) {
    return fetchArray(path).catch((error) => this.tell(`The map could not be loaded. ${error.message}`))
  }

  startRenderer() {
    const renderer = Renderer.create(this.canvas)
    if (!renderer) {
      const plain = this.canvas.cloneNode() // a canvas that once gave WebGL gives nothing else
      this.canvas.replaceWith(plain)
      this.canvas = plain
      this.fallback = true
      return new Picture(plain, this.header.picture, () => this.draw())
    }
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault())
    this.canvas.addEventListener("webglcontextrestored", () => { renderer.start(); this.draw() })
    return renderer
  }

  // ---- what is shown

  select() {
    if (!this.loaded) return
    this.places = this.mask ? placesOf(this.mask, this.header.n) : new Uint32Array(0)
    this.renderer.setSelected(this.places)
    this.draw()
  }

  recolour() {
    if (!this.loaded || this.scale === undefined) return
    const { header, scale, theme } = this
    if (scale) this.legend.show(scale, this.codes, filterOf(this.memory, header.colour), theme, this.memory)
    if (!scale || this.fallback) this.legend.hide() // the picture has no colours to explain
    const shown = [this.codes, this.visible, header.points]
    if (shown.some((part, at) => part !== this.shown?.[at])) {
      this.shown = shown
      this.renderer.setCodes(filtered(this.codes, this.visible, header.n))
      this.share = this.visible ? placesOf(this.visible, header.n).length / Math.max(header.n, 1) : 1
    }
    const palette = paletteOf(theme, scale, (code) => this.legend.hides(code))
    if (palette.some((part, at) => part !== this.renderer.palette[at])) this.renderer.setPalette(palette)
    this.tell(this.fallback ? NO_WEBGL : "")
    this.draw()
  }

  showTool() {
    this.stage.dataset.tool = this.memory.tool
    this.toolbar.show(this.memory.tool, this.header.lassoes)
    this.drawOver()
  }

  tell(text) {
    this.notice.textContent = text
    this.notice.hidden = !text
  }

  // ---- drawing

  draw() {
    this.frame ||= requestAnimationFrame((now) => this.paint(now))
  }

  paint(now) {
    this.frame = 0
    const { camera, root } = this
    const ratio = window.devicePixelRatio || 1
    const [width, height] = [root.clientWidth, root.clientHeight]
    if (!this.loaded || this.scale === undefined || this.renderer.lost || !width || !height) return
    Object.assign(camera, { width, height })
    for (const canvas of [this.canvas, this.overlay.canvas]) {
      const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)]
      if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h })
    }
    const looks = (part) => lookOf(this.theme, {
      n: this.header.n, selected: this.places.length, coloured: Boolean(this.scale), alone: Boolean(this.visible), zoom: camera.zoom, width, height,
      ratio, size: this.header.size, share: (this.share ?? 1) * part,
    })
    this.look = looks(1)
    const whole = this.renderer.draw(camera, looks, this.pace.budget)
    this.overlay.draw(camera, this.look, this.marks, ratio)
    this.remember()
    this.pace.measure(now, this.renderer.drew)
    root.dataset.frames = Number(root.dataset.frames) + 1
    if (whole) this.drawn()
    else this.draw()
  }

  drawn() {
    this.root.dataset.state = "ready"
    this.root.dataset.drawn = Number(this.root.dataset.drawn) + 1
  }

  // Only what lies over the points.
  drawOver() {
    if (this.frame || this.overFrame || !this.look) return
    this.overFrame = requestAnimationFrame(() => {
      this.overFrame = 0
      this.overlay.draw(this.camera, this.look, this.marks, window.devicePixelRatio || 1)
    })
  }

  remember() {
    const { x, y, zoom } = this.camera
    this.memory.cameras.set(this.header.points, { x, y, zoom })
  }

  recall(header) {
    this.camera.reset()
    Object.assign(this.camera, this.memory.cameras.get(header.points))
  }

  destroy() {
    this.observer.disconnect()
    cancelAnimationFrame(this.frame)
    cancelAnimationFrame(this.overFrame)
    this.tooltip.hide()
    this.renderer?.destroy()
  }
}
