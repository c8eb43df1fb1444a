// Elements, without markup: what comes from the data is only ever textContent.

const ICONS = {
  pan: "M12 3v18M3 12h18M12 3l-2.5 2.5M12 3l2.5 2.5M12 21l-2.5-2.5M12 21l2.5-2.5M3 12l2.5-2.5M3 12l2.5 2.5M21 12l-2.5-2.5M21 12l-2.5 2.5",
  lasso: "M12 4c5 0 9 2.4 9 5.6S17 15.2 12 15.2c-1.700 0-3.300-.3-4.700-.8M12 4C7 4 3 6.400 3 9.600c0 2 1.500 3.700 3.900 4.700M8.800 15.600a2 2 0 1 1-4 0 2 2 0 0 1 4 0M6.600 17.600c0 1.400-.6 2.400-1.800 3",
  rectangle: "M4 6h16v12H4z",
  closer: "M12 6v12M6 12h12",
  farther: "M6 12h12",
  reset: "M4 10V4h6M20 14v6h-6M4 4l6.500 6.500M20 20l-6.500-6.500",
  picture: "M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 20h14",
  fold: "M7 10l5 5 5-5",
}

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
