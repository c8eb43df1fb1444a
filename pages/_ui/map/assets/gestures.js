// Mouse, pen and touch: drag, wheel, pinch, click and hover.

const CLICK = 5 // CSS pixels that a click may wander

export class Gestures {
  // `actions`: a Doing
  constructor(stage, actions) {
    this.stage = stage
    this.actions = actions
    this.pointers = new Map()
    stage.onpointerdown = (event) => this.down(event)
    stage.onpointermove = (event) => this.move(event)
    stage.onpointerup = (event) => this.up(event)
    stage.onpointercancel = stage.onlostpointercapture = (event) => this.lose(event)
    stage.onpointerleave = () => this.pointers.size || actions.hover(null)
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false })
  }

  at(event) {
    const box = this.stage.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }

  down(event) {
    if (event.button > 1 || event.target !== this.stage) return
    this.stage.setPointerCapture(event.pointerId)
    if (this.actions.pen) this.actions.cross(null)
    const at = this.at(event)
    this.pointers.set(event.pointerId, at)
    this.from = at
    this.wandered = this.pointers.size > 1
    this.pans = this.actions.tool === "pan" || event.button === 1
    if (this.pointers.size > 1) this.actions.cancel()
  }

  move(event) {
    const at = this.at(event)
    const before = this.pointers.get(event.pointerId)
    if (!before) {
      if (event.target === this.stage && event.pointerType !== "touch") this.actions.hover(at)
      return
    }
    if (this.pointers.size > 1) {
      this.pinch(event.pointerId, at)
      return
    }
    if (!this.wandered && Math.hypot(at[0] - this.from[0], at[1] - this.from[1]) < CLICK) return
    const started = !this.wandered
    this.wandered = true
    this.pointers.set(event.pointerId, at)
    if (!this.pans) this.actions.draw(at, started ? this.from : null)
    else this.actions.pan(at[0] - (started ? this.from : before)[0], at[1] - (started ? this.from : before)[1])
  }

  // Two fingers: what lies between them stays there.
  pinch(id, at) {
    const middle = () => [...this.pointers.values()].slice(0, 2).reduce(([x, y], [x2, y2]) => [x + x2 / 2, y + y2 / 2], [0, 0])
    const spread = () => { const [[x, y], [x2, y2]] = [...this.pointers.values()]; return Math.hypot(x - x2, y - y2) }
    const [was, wide] = [middle(), spread()]
    this.pointers.set(id, at)
    const now = middle()
    this.actions.pan(now[0] - was[0], now[1] - was[1])
    if (wide > 1) this.actions.zoom(spread() / wide, now)
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return
    if (!this.wandered) this.actions.open(this.at(event), { touch: event.pointerType === "touch" })
    else if (!this.pans) this.actions.finish(event)
  }

  lose(event) {
    if (this.pointers.delete(event.pointerId)) this.actions.cancel()
  }

  wheel(event) {
    event.preventDefault()
    const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1
    const speed = event.ctrlKey ? 0.01 : 0.0016 // a trackpad's pinch arrives as a wheel with Ctrl
    this.actions.zoom(Math.exp(-event.deltaY * lines * speed), this.at(event))
  }
}
