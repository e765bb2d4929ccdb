// Runs in a page before its own scripts. `pageClock` says when something is painted, and how long keys take to the paint.

/** Calls the function when the next frame is painted. */
const afterPaint = (run) =>
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = run
    port2.postMessage(null)
  })

const keys = []
addEventListener('keydown', ({ timeStamp }) => afterPaint(() => keys.push(performance.now() - timeStamp)), true)

window.pageClock = {
  /** The milliseconds from each key to the paint that follows it. */
  keys,
  /** Waits until so many keys are painted. */
  painted: (count) =>
    new Promise((resolve) => {
      const look = () => (keys.length >= count ? resolve() : requestAnimationFrame(look))
      look()
    }),
  /** Waits until an element with this text is there and painted. Answers with the milliseconds since the navigation. */
  shown: (selector, text = '') =>
    new Promise((resolve) => {
      const look = () => {
        const isThere = [...document.querySelectorAll(selector)].some(({ textContent }) => textContent.includes(text))
        if (isThere) afterPaint(() => resolve(performance.now()))
        else requestAnimationFrame(look)
      }
      look()
    }),
  /** Follows a link to a ticket. Answers with the milliseconds until its conversation is painted. */
  async open(id) {
    const begin = performance.now()
    const row = document.querySelector(`[data-row="${id}"]`)
    const link = row ?? Object.assign(document.createElement('a'), { href: `tickets/${id}${location.search}` })
    if (row === null) document.body.append(link)
    link.click()
    if (row === null) link.remove()
    await this.shown('.ticket__head', id)
    return (await this.shown('.talk')) - begin
  },
}
