// What the colours mean. A category is hidden and shown by a click, numbers by the two ends of their range.

import { element, icon } from "./dom.js"
import { colourOf, css } from "./theme.js"

const NONE = 255
const TOP = 249 // the code of the highest number
const BARS = 50

export class Legend {
  constructor(changed) {
    this.changed = changed // called when the filter has changed
    this.title = element("span", { class: "legend-name" })
    this.head = element("button", { type: "button", class: "legend-head", onclick: () => this.fold(!this.folded) }, this.title, icon("fold"))
    this.body = element("div", { class: "legend-body" })
    this.root = element("section", { class: "legend", "aria-label": "Legend", hidden: true }, this.head, this.body)
    this.root.onpointermove = this.root.onwheel = (event) => event.stopPropagation()
  }

  fold(folded) {
    this.folded = folded
    if (this.memory) this.memory.folded = folded
    this.body.hidden = folded
    this.head.setAttribute("aria-expanded", String(!folded))
  }

  hide() { this.root.hidden = true }

  // `filter`: {hidden, range}, changed in place; `codes`: one a point, for the counts.
  show(scale, codes, filter, theme, memory) {
    const same = this.scale === scale && this.theme?.name === theme.name
    Object.assign(this, { scale, filter, theme, memory })
    this.root.hidden = false
    if (same) return
    this.title.textContent = scale.title
    this.counts = new Uint32Array(256)
    for (const code of codes) this.counts[code]++
    this.body.replaceChildren(...(scale.kind === "categories" ? this.categories() : this.numbers()))
    this.fold(memory.folded ?? this.root.parentElement.clientWidth < 620)
  }

  categories() {
    const all = element("button", { type: "button", class: "legend-all", text: "Show all" })
    const entries = this.scale.names.map((name, code) => this.entry(name, code))
    if (this.counts[NONE]) entries.push(this.entry("None", NONE))
    const refresh = () => {
      for (const { button, code } of entries) button.setAttribute("aria-pressed", String(!this.filter.hidden.has(code)))
      all.hidden = !this.filter.hidden.size
    }
    const alter = (change) => { change(this.filter.hidden); refresh(); this.changed() }
    for (const { button, code } of entries) {
      button.onclick = () => alter((hidden) => hidden.delete(code) || hidden.add(code))
      button.ondblclick = () => alter((hidden) => { for (const other of entries) other.code === code ? hidden.delete(code) : hidden.add(other.code) })
    }
    all.onclick = () => alter((hidden) => hidden.clear())
    refresh()
    return [element("div", { class: "entries" }, ...entries.map(({ button }) => button)), all]
  }

  entry(name, code) {
    const swatch = element("i")
    swatch.style.background = css(colourOf(this.theme, this.scale, code))
    const title = `${name}: click hides or shows it, double-click shows it alone`
    const button = element("button", { type: "button", class: "entry", title }, swatch,
      element("span", { text: name }), element("span", { class: "count", text: this.counts[code].toLocaleString("en") }))
    return { button, code }
  }

  numbers() {
    const { low, high, least, most } = this.scale
    if (!this.counts.subarray(0, TOP + 1).some(Boolean)) return [element("div", { class: "ends", text: "No row has a value." })]
    const bars = element("canvas", { class: "bars", width: 400, height: 72, "aria-hidden": "true" })
    const ends = [element("span"), element("span")]
    const slider = (side, label) => element("input", { type: "range", min: 0, max: TOP, "aria-label": `${label} of ${this.scale.title}`,
      oninput: (event) => {
        const [from, to] = this.filter.range
        const value = Number(event.target.value)
        this.filter.range = side === 0 ? [Math.min(value, to), to] : [from, Math.max(value, from)]
        refresh()
        this.changed()
      } })
    const sliders = [slider(0, "Lowest"), slider(1, "Highest")]
    const valueAt = (code) => {
      if (code === 0) return number(least)
      return code === TOP ? number(most) : number(low + (code / TOP) * (high - low))
    }
    const none = this.counts[NONE] ? [this.without()] : []
    const refresh = () => {
      this.filter.range.forEach((code, side) => {
        sliders[side].value = code
        sliders[side].setAttribute("aria-valuetext", valueAt(code))
        ends[side].textContent = valueAt(code)
      })
      this.bars(bars)
      for (const button of none) button.setAttribute("aria-pressed", String(!this.hides(NONE)))
    }
    refresh()
    return [bars, element("div", { class: "range" }, ...sliders), element("div", { class: "ends" }, ...ends), ...none]
  }

  without() {
    const { button } = this.entry("No value", NONE)
    const refresh = () => button.setAttribute("aria-pressed", String(!this.hides(NONE)))
    button.onclick = () => { this.filter.hidden.delete(NONE) || this.filter.hidden.add(NONE); refresh(); this.changed() }
    refresh()
    return button
  }

  bars(canvas) {
    const context = canvas.getContext("2d")
    const sums = new Float64Array(BARS)
    for (let code = 0; code <= TOP; code++) sums[Math.floor((code * BARS) / (TOP + 1))] += this.counts[code]
    const tallest = Math.max(...sums)
    const wide = canvas.width / BARS
    context.clearRect(0, 0, canvas.width, canvas.height)
    sums.forEach((sum, bar) => {
      const code = Math.round(((bar + 0.5) * (TOP + 1)) / BARS)
      const inside = code >= this.filter.range[0] && code <= this.filter.range[1]
      context.fillStyle = css(colourOf(this.theme, this.scale, Math.min(code, TOP)), inside ? 1 : 0.22)
      const tall = sum ? 3 + Math.sqrt(sum / tallest) * (canvas.height - 3) : 0
      context.fillRect(bar * wide, canvas.height - tall, wide - 1.5, tall)
    })
  }

  // A range leaves out what has no value, too.
  hides(code) {
    if (this.scale.kind === "categories") return this.filter.hidden.has(code)
    const [from, to] = this.filter.range
    if (code === NONE) return this.filter.hidden.has(code) || from > 0 || to < TOP
    return code < from || code > to
  }

  // Whether the colours are clusters, and this one's entry is hidden.
  hidesCluster(label) {
    return !this.root.hidden && (this.scale?.clusters ?? []).some((labels, code) => labels.includes(label) && this.hides(code))
  }

  // Hidden codes as [first, last] pairs, for whoever decides what a lasso holds.
  hiddenRuns() {
    const runs = []
    for (let code = 0; code <= NONE; code++) {
      if ((code > TOP && code !== NONE) || !this.hides(code)) continue
      if (runs.at(-1)?.[1] === code - 1) runs.at(-1)[1] = code
      else runs.push([code, code])
    }
    return runs
  }

  // What a code stands for, in words.
  say(code) {
    const { kind, names, low, high, title } = this.scale
    if (code === NONE) return `${title}: none`
    return kind === "categories" ? `${title}: ${names[code]}` : `${title} ≈ ${number(low + (code / TOP) * (high - low))}`
  }
}

function number(value) {
  if (value < 0) return `−${number(-value)}`
  const size = Math.abs(value)
  if (Number.isInteger(value) || size >= 1000) return Math.round(value).toLocaleString("en")
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 4)
}
