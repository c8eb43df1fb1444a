// Elements, without markup: what comes from the data is only ever textContent.

const ICONS = {
  pan: "M12 3v18M3 12h18M12 3l-2.5 2.5M12 3l2.5 2.5M12 21l-2.5-2.5M12 21l2.5-2.5M3 12l2.5-2.5M3 12l2.5 2.5M21 12l-2.5-2.5M21 12l-2.5 2.5",
  lasso: "M12 4c5 0 9 2.4 9 5.6S17 15.2 12 15.2c-1.7 0-3.3-.3-4.7-.8M12 4C7 4 3 6.4 3 9.6c0 2 1.5 3.7 3.9 4.7M8.8 15.6a2 2 0 1 1-4 0 2 2 0 0 1 4 0M6.6 17.600c0 1.4-.6 2.4-1.8 3",
  rectangle: "M4 6h16v12H4z",
  closer: "M12 6v12M6 12h12",
  farther: "M6 12h12",
  reset: "M4 10V4h6M20 14v6h-6M4 4l6.5 6.500M20 20l-6.5-6.5",
  picture: "M12 4v11M7.5 11l4.5 4.5 4.5-4.500M5 20h14",
  fold: "M7 10l5 5 5-5",
}

export const UNSTYLED = "visibility: hidden" // until the style sheet has come, which shows it in its place

export function element(tag, { text, ...properties } = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made[name] = value
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value)
  }
  if (text !== undefined) made.textContent = text
  made.append(...children)
  return made
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg"
  const svg = document.createElementNS(space, "svg")
  svg.setAttribute("viewBox", "0 0 24 24")
  svg.setAttribute("aria-hidden", "true")
  const path = document.createElementNS(space, "path")
  path.setAttribute("d", ICONS[name])
  svg.append(path)
  return svg
}
