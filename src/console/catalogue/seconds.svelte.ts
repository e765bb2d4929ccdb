/** The time, which a component renews each second for as long as `isTicking` says so. */
export const seconds = (isTicking: () => boolean): { readonly now: number } => {
  let now = $state(Date.now())
  $effect(() => {
    if (!isTicking()) return
    const timer = setInterval(() => {
      now = Date.now()
    }, 1_000)
    return () => clearInterval(timer)
  })
  return {
    get now() {
      return now
    },
  }
}
