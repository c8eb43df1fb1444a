// Every model's response to one instruction, best first. What comes from the data is set as text, never as markup.

export default function responses({ data, parentElement }) {
  const list = parentElement.querySelector(".responses") ?? parentElement.appendChild(document.createElement("div"))
  const said = JSON.stringify(data)
  if (list.said === said) return
  const same = list.row === data.row // the same instruction: what was opened or closed stays so
  const open = new Set([...list.querySelectorAll("details[open]")].map((one) => one.dataset.model))
  Object.assign(list, { className: "responses", said, row: data.row })
  list.replaceChildren(
    ...data.responses.map((response, rank) => drawn(response, same ? open.has(response[1]) : rank === 0)),
  )
}

function drawn([score, model, words, text], open) {
  const one = element("details", "")
  Object.assign(one, { open })
  one.dataset.model = model
  const summary = element("summary", "")
  summary.append(element("b", score), element("span", model), element("small", words))
  one.append(summary, text.trim() ? body(text) : element("p", "Empty text."))
  return one
}

function body(text) {
  const box = element("div", "")
  const copy = element("button", "Copy")
  Object.assign(copy, { type: "button", title: "Copy this response" })
  const shown = element("pre", text)
  copy.addEventListener("click", async () => {
    await copied(text, shown)
    copy.textContent = "Copied"
    setTimeout(() => (copy.textContent = "Copy"), 1500)
  })
  box.append(copy, shown)
  return box
}

// Away from https and this machine, or where it is not allowed, a browser has no clipboard: then the text is marked and
// copied the old way.
async function copied(text, shown) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    getSelection().selectAllChildren(shown)
    document.execCommand("copy")
  }
}

function element(tag, text) {
  const made = document.createElement(tag)
  made.textContent = text
  return made
}
