// One entry of the browser's history for each page that was opened: Back leads to the page before, as it was left.
// Streamlit adds one for every change of a parameter, so that Back would take away the choices one by one, and stop at
// addresses that were never more than half written.

const push = history.pushState

history.pushState = function pushState(state, title, address) {
  const same = address && new URL(address, location.href).pathname === location.pathname
  return same ? history.replaceState(state, title, address) : push.call(history, state, title, address)
}

export default function nothing() {}
