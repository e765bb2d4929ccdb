/** The time, renewed each half minute while the page is seen. Components that read it follow. */
export const clock = $state({ now: Date.now() })

/** Begins to renew the time. */
export const startClock = (): void => {
  const renew = (): void => {
    if (document.visibilityState === 'visible') clock.now = Date.now()
  }
  setInterval(renew, 30_000)
  document.addEventListener('visibilitychange', renew)
}
