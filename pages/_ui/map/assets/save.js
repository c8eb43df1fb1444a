// The map as a PNG: page colour, points, names.

import { css } from "./theme.js"

export function savePicture(layers, theme, name) {
  const paper = document.createElement("canvas")
  paper.width = layers[0].width
  paper.height = layers[0].height
  const context = paper.getContext("2d")
  context.fillStyle = css(theme.background)
  context.fillRect(0, 0, paper.width, paper.height)
  for (const layer of layers) context.drawImage(layer, 0, 0)
  paper.toBlob((blob) => {
    const link = document.createElement("a")
    link.href = URL.createObjectURL(blob)
    link.download = name.replace(/[^\w-]+/g, "_") + ".png"
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10000)
  }, "image/png")
}
