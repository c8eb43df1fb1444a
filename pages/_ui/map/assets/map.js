// The component: Streamlit calls this once for each new data or theme, and keeps the element in between.

import { View } from "./view.js"

const views = new WeakMap()

export default function map({ data, parentElement, setTriggerValue }) {
  let view = views.get(parentElement)
  if (!view) {
    view = new View(parentElement)
    views.set(parentElement, view)
  }
  view.send = setTriggerValue
  view.update(data)
  // Streamlit also calls this for a run that a faster one has overtaken: then the element is still there, and in use.
  return () => setTimeout(() => {
    if (view.root.isConnected) return
    view.destroy()
    views.delete(parentElement)
  })
}
