// What is drawn over the points: names, the lasso, the marked point and the keyboard's cross.

import { css } from "./theme.js"

export class Overlay {
  constructor(canvas, labels, legend, toolbar) {
    this.canvas = canvas
    this.context = canvas.getContext("2d")
    this.labels = labels
    this.legend = legend
    this.toolbar = toolbar
  }

  // `marks`: {kept: polygons and pending: one, in data units; shape: one being drawn; hover: a point in data units; pen}
  draw(camera, look, marks, ratio) {
    const { context, canvas } = this
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, canvas.width, canvas.height)
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    this.labels.draw(context, camera, look, (cluster) => this.legend.hidesCluster(cluster), this.covered())
    for (const polygon of [...(marks.kept ?? []), marks.pending]) {
      if (polygon?.length) this.outline(polygon.map(([x, y]) => camera.toScreen(x, y)), look, true)
    }
    if (marks.shape.drawing) {
      const corners = marks.shape.outline
      this.outline(marks.pen && marks.shape.kind === "lasso" ? [...corners, marks.pen] : corners, look, false)
    }
    if (marks.hover) this.ring(camera.toScreen(...marks.hover), look, ratio)
    if (marks.pen) this.cross(marks.pen, look)
  }

  // By the toolbar and the legend.
  covered() {
    return [this.legend, this.toolbar].map(({ root }) => root).filter((root) => root.offsetWidth)
      .map(({ offsetLeft: left, offsetTop: top, offsetWidth, offsetHeight }) => [left, top, left + offsetWidth, top + offsetHeight])
  }

  outline(corners, look, done) {
    const { context } = this
    context.beginPath()
    for (const [x, y] of corners) context.lineTo(x, y)
    context.closePath()
    context.fillStyle = css(look.accent, 0.08)
    context.fill("evenodd")
    context.setLineDash(done ? [5, 4] : [])
    context.lineWidth = 1.5
    context.lineJoin = "round"
    context.strokeStyle = css(look.accent, 0.9)
    context.stroke()
    context.setLineDash([])
  }

  ring([x, y], look, ratio) {
    const { context } = this
    const radius = Math.max(5, look.selectedSize / ratio / 2 + 2.5)
    for (const [width, colour] of [[4, look.halo], [1.75, look.text]]) {
      context.beginPath()
      context.arc(x, y, radius, 0, 7)
      context.lineWidth = width
      context.strokeStyle = colour
      context.stroke()
    }
  }

  cross([x, y], look) {
    const { context } = this
    for (const [width, colour] of [[4, look.halo], [1.5, css(look.accent)]]) {
      context.beginPath()
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + dx * 4, y + dy * 4)
        context.lineTo(x + dx * 12, y + dy * 12)
      }
      context.lineWidth = width
      context.strokeStyle = colour
      context.stroke()
    }
  }
}
