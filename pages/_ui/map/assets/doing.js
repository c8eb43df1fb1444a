// What a person does on the map, whichever way: by mouse, touch, keys or buttons.

import { Grid } from "./grid.js"
import { savePicture } from "./save.js"

const REACH = 7 // CSS pixels from the pointer to the point it means
const WIDE = 18 // the same for a finger, and for the keyboard's cross

export class Doing {
  constructor(view) { this.view = view }

  get tool() { return this.view.memory?.tool ?? "pan" }
  get drawing() { return this.view.shape.drawing }
  get pen() { return this.view.marks.pen } // the keyboard's cross; null: not shown
  get size() { return [this.view.camera.width, this.view.camera.height] }
  get centre() { return this.size.map((side) => side / 2) }

  // ---- the view

  pan(right, down) { this.move((camera) => camera.panBy(right, down)) }
  zoom(factor, at = this.centre) { this.move((camera) => camera.zoomBy(factor, ...at)) }
  reset() { this.move((camera) => camera.reset()) }

  move(change) {
    if (!this.view.loaded) return
    change(this.view.camera)
    this.hover(null)
    this.view.draw()
  }

  // A button of the toolbar.
  press(name) {
    if (name === "closer") this.zoom(1.6)
    else if (name === "farther") this.zoom(1 / 1.6)
    else if (name === "reset") this.reset()
    else if (name === "picture") this.save()
    else this.take(name)
  }

  save() {
    const { view } = this
    if (!view.look) return
    view.renderer.compose(view.camera, view.look)
    view.overlay.draw(view.camera, view.look, { ...view.marks, hover: null, pen: null }, window.devicePixelRatio || 1)
    savePicture([view.canvas, view.overlay.canvas], view.theme, `map-${view.header.build}-${view.header.projection}`)
    view.drawOver()
  }

  // ---- shapes

  take(tool) {
    const { view } = this
    if (tool !== "pan" && !view.header.lassoes) return
    view.shape.cancel()
    view.memory.tool = tool
    view.showTool()
  }

  // The pen is at `at`; `from` starts a shape there.
  draw(at, from) {
    this.hover(null)
    if (from) this.view.shape.start(this.tool, from)
    this.view.shape.extend(at)
    this.view.drawOver()
  }

  cancel() {
    this.view.shape.cancel()
    this.view.drawOver()
  }

  // Shift adds to what was chosen before, Alt removes from it.
  finish({ shiftKey, altKey }) {
    const { view } = this
    const polygon = view.shape.finish(view.camera)
    if (polygon) {
      view.marks.pending = polygon
      const mode = shiftKey ? "add" : altKey ? "remove" : "replace"
      const hidden = view.scale ? view.legend.hiddenRuns() : []
      view.send("lasso", { polygon, mode, projection: view.header.projection, hidden })
    }
    view.drawOver()
  }

  clear() {
    const { marks } = this.view
    if (!marks.kept?.length && !marks.pending) return
    Object.assign(marks, { kept: null, pending: null })
    this.view.send("lasso", { polygon: [] })
    this.view.drawOver()
  }

  // ---- points

  // The place of the point at `at`, selected ones first; -1: none.
  pick(at, reach) {
    const { view } = this
    if (!view.loaded) return -1
    view.grid ??= new Grid(view.points, view.header.area)
    const { codes, palette } = view.renderer
    const rank = (place) => {
      if (codes && !palette[codes[place] * 4 + 3]) return 0
      return view.mask && (view.mask[place >> 3] >> (place & 7)) & 1 ? 2 : 1
    }
    return view.grid.nearest(...view.camera.toData(...at), reach / view.camera.scale, rank)
  }

  row(place) { return (place * this.view.header.step) % this.view.header.n }

  // `at`: null when the pointer has gone; `keys`: the keyboard's cross is there, and a reader should be told.
  hover(at, keys = false) {
    const { view } = this
    const place = at && !this.drawing ? this.pick(at, keys ? WIDE : REACH) : -1
    view.stage.classList.toggle("over-point", place >= 0 && view.header.opens)
    if (place < 0) {
      if (view.marks.hover) view.drawOver()
      view.marks.hover = null
      view.tooltip.hide()
      return
    }
    view.marks.hover = [view.points[2 * place], view.points[2 * place + 1]]
    const note = view.scale ? view.legend.say(view.codes[place]) : ""
    view.tooltip.show(view.header.row + this.row(place), at, view.camera, note, keys)
    view.drawOver()
  }

  open(at, { touch = false, keys = false } = {}) {
    const place = this.pick(at, touch || keys ? WIDE : REACH)
    if (touch) this.hover(at, true)
    if (place >= 0 && this.view.header.opens) this.view.send("open", this.row(place))
  }

  // ---- the keyboard's cross

  cross(at) {
    this.view.marks.pen = at
    this.hover(at, true)
    this.view.drawOver()
  }

  say(text) { this.view.status.textContent = text }
}
