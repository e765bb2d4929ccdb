/** After so long something that is sent is late. */
const lateMs = 5_000

/** Whether a component shows something for longer than it should take. */
export const whenLate = (): { readonly isLate: boolean } => {
  let isLate = $state(false)
  $effect(() => {
    const timer = setTimeout(() => {
      isLate = true
    }, lateMs)
    return () => clearTimeout(timer)
  })
  return {
    get isLate() {
      return isLate
    },
  }
}
