// Everything by keys: arrows move the view, or with a lasso or rectangle the pen.

export const HELP =
  "Arrow keys move the map, plus and minus zoom, 0 shows everything. P pans, L takes the lasso, R the rectangle: then " +
  "arrow keys move the pen, Space sets a corner and Enter closes the shape. Enter opens the point at the cross. Escape clears."

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const TOOLS = { p: "pan", l: "lasso", r: "rectangle" }

export class Keyboard {
  // `actions`: a Doing
  constructor(stage, actions) {
    this.actions = actions
    stage.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.target !== stage) return
      if (this.press(event)) {
        event.preventDefault()
        event.stopPropagation()
      }
    }
    stage.onblur = () => actions.cross(null)
  }

  // Where the cross is, or would be.
  get at() { return this.actions.pen ?? this.actions.centre }

  press(event) {
    const { actions } = this
    const tool = actions.tool
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    if (key in ARROWS) this.arrow(ARROWS[key], tool, event.shiftKey)
    else if (key === "+" || key === "=") this.zoom(1.4)
    else if (key === "-" || key === "_") this.zoom(1 / 1.4)
    else if (key === "0" || key === "Home") actions.reset()
    else if (key in TOOLS) this.take(TOOLS[key])
    else if (key === "Escape") this.escape()
    else if (key === " " && tool !== "pan") this.corner(tool)
    else if (key === "Enter") this.enter(event)
    else return false
    return true
  }

  take(tool) {
    this.actions.take(tool)
    if (this.actions.tool !== tool) return
    this.actions.cross(tool === "pan" ? null : this.at)
    this.actions.say(tool === "pan" ? "Pan" : `${tool === "lasso" ? "Lasso" : "Rectangle"}: Space sets a corner, Enter closes the shape`)
  }

  arrow([right, down], tool, far) {
    const [width, height] = this.actions.size
    if (tool === "pan") {
      const step = (far ? 0.3 : 0.1) * Math.min(width, height)
      this.actions.pan(-right * step, -down * step)
      this.actions.cross(this.actions.centre)
      return
    }
    const step = far ? 60 : 12
    const [x, y] = this.at
    const now = [Math.min(width, Math.max(0, x + right * step)), Math.min(height, Math.max(0, y + down * step))]
    if (tool === "rectangle" && this.actions.drawing) this.actions.draw(now, null)
    this.actions.cross(now)
  }

  zoom(factor) {
    this.actions.zoom(factor, this.at)
    this.actions.cross(this.at)
  }

  corner(tool) {
    const at = this.at
    const first = !this.actions.drawing
    this.actions.draw(at, first ? at : null)
    this.actions.cross(at)
    if (tool === "rectangle" && !first) this.actions.finish({})
  }

  enter(event) {
    if (!this.actions.drawing) {
      this.actions.open(this.at, { keys: true })
      return
    }
    this.actions.draw(this.at, null)
    this.actions.finish(event)
  }

  escape() {
    if (this.actions.drawing) this.actions.cancel()
    else this.actions.clear()
  }
}
