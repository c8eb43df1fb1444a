// Names written over the map: the first ones win their place, the others wait until there is room.

const LENGTH = 30 // characters
const FADE_FROM = 5 // zoom
const FADE_TO = 24
const FAINTEST = 0.35

export class Labels {
  set(labels) { // [x, y, text, cluster], most important first
    this.labels = labels.map(([x, y, text, cluster]) => ({ x, y, cluster, text: text.length > LENGTH ? `${text.slice(0, LENGTH - 1).trimEnd()}…` : text }))
    this.font = null
  }

  // `hides(cluster)`: whether the legend does. `covered`: [left, top, right, bottom] of what stands over the map.
  draw(context, camera, look, hides, covered) {
    if (!this.labels?.length) return
    const font = `600 12px ${look.font}`
    context.font = font
    if (this.font !== font) {
      this.font = font
      for (const label of this.labels) label.width = context.measureText(label.text).width
    }
    const faded = (Math.log(camera.zoom) - Math.log(FADE_FROM)) / (Math.log(FADE_TO) - Math.log(FADE_FROM))
    context.save()
    context.globalAlpha = 1 - (1 - FAINTEST) * Math.min(1, Math.max(0, faded))
    context.textAlign = "center"
    context.textBaseline = "middle"
    context.lineJoin = "round"
    context.lineWidth = 4
    context.strokeStyle = look.halo
    context.fillStyle = look.text
    const taken = [...covered]
    for (const { x, y, text, width, cluster } of this.labels) {
      if (hides(cluster)) continue
      let [left, top] = camera.toScreen(x, y)
      if (left < 0 || top < 0 || left > camera.width || top > camera.height) continue
      left = Math.min(camera.width - width / 2 - 4, Math.max(width / 2 + 4, left))
      top = Math.min(camera.height - 10, Math.max(10, top))
      const box = [left - width / 2 - 6, top - 11, left + width / 2 + 6, top + 11]
      if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue
      taken.push(box)
      context.strokeText(text, left, top)
      context.fillText(text, left, top)
    }
    context.restore()
  }
}
