// The small buttons at the right: tools, zoom, picture.

import { element, icon, UNSTYLED } from "./dom.js"

export const TOOLS = ["pan", "lasso", "rectangle"]
const TITLES = {
  pan: "Pan (P): drag to move, scroll to zoom",
  lasso: "Lasso (L): draw around points; Shift adds, Alt removes",
  rectangle: "Rectangle (R): drag over points; Shift adds, Alt removes",
  closer: "Zoom in (+)",
  farther: "Zoom out (−)",
  reset: "Show everything (0)",
  picture: "Save as picture",
}

export class Toolbar {
  constructor(act) { // act(name): a tool to take, or a thing to do
    this.buttons = {}
    const group = (...names) => element("div", { class: "tools" }, ...names.map((name) => this.button(name, act)))
    this.root = element("div", { class: "toolbar", role: "toolbar", "aria-label": "Map tools", "aria-orientation": "vertical", style: UNSTYLED },
      group(...TOOLS), group("closer", "farther", "reset"), group("picture"))
  }

  button(name, act) {
    const made = element("button", { type: "button", title: TITLES[name], "aria-label": TITLES[name], onclick: () => act(name) }, icon(name))
    this.buttons[name] = made
    return made
  }

  show(tool, canLasso) {
    for (const name of TOOLS) {
      this.buttons[name].setAttribute("aria-pressed", String(name === tool))
      this.buttons[name].hidden = !canLasso
    }
  }
}
