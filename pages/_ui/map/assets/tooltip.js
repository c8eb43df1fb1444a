// The card beside the pointer: a row's id and first words, as text.

import { element } from "./dom.js"
import { fetchRow } from "./wire.js"

const PATIENCE = 60 // ms that the pointer rests before the row is asked for
const LENGTH = 200 // characters
const GAP = 14 // CSS pixels

export class Tooltip {
  constructor(status) {
    this.status = status
    this.title = element("div", { class: "tip-title" })
    this.words = element("div", { class: "tip-text" })
    this.note = element("div", { class: "tip-note" })
    this.root = element("div", { class: "tip", role: "tooltip", hidden: true }, this.title, this.words, this.note)
  }

  // `aloud`: for a keyboard, whose reader cannot see the card.
  show(path, [left, top], camera, note, aloud = false) {
    this.place(left, top, camera)
    if (this.path === path) return
    this.hide()
    this.path = path
    this.timer = setTimeout(async () => {
      const row = await fetchRow(path).catch(() => ({ id: "", text: "This row could not be read." }))
      if (this.path !== path) return
      this.title.textContent = cut(row.id)
      this.words.textContent = cut(row.text)
      this.note.textContent = cut(note)
      this.root.hidden = false
      this.place(...this.at, camera)
      if (aloud) this.status.textContent = `${this.words.textContent} ${this.note.textContent}`
    }, PATIENCE)
  }

  place(left, top, camera) {
    this.at = [left, top]
    const { offsetWidth: width, offsetHeight: height } = this.root
    const x = left + GAP + width > camera.width ? left - GAP - width : left + GAP
    const y = top + GAP + height > camera.height ? top - GAP - height : top + GAP
    this.root.style.transform = `translate(${Math.max(4, x)}px, ${Math.max(4, y)}px)`
  }

  hide() {
    clearTimeout(this.timer)
    this.path = null
    this.root.hidden = true
  }
}

const cut = (text) => (text.length > LENGTH ? `${text.slice(0, LENGTH - 1)}…` : text)
